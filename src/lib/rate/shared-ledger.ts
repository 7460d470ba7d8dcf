import type { Budget } from '../venue/budget.ts'
import { type CreditLine, type LastWord, shareOf } from './credit-line.ts'
import { type BudgetLedger, Ledger, reserveOf, type Settlement } from './ledger.ts'

/** The first word of the broker is worth this wait: on a busy machine many may begin at once, each of them unheard. */
const FIRST_PATIENCE = 5_000
/**
 * Processes do not notice the same silence at the same moment, but within one word and the patience for its answer: until
 * then another one may still spend what it was granted before.
 */
const NOTICED_WITHIN = 1_500

/** How to reach the broker about one budget; `limit` may change. */
export type OpenCreditLine = (limit: () => number) => CreditLine

/**
 * A budget that several processes spend. Each spends what the broker has granted it. While the broker is silent, each
 * keeps within a share that is its own whatever the others do: for one window no more than it already had, which the
 * broker keeps for it, then its part of the limit.
 */
export class SharedLedger implements BudgetLedger {
  readonly #ledger: Ledger
  readonly #line: CreditLine

  constructor(budget: Budget, open: OpenCreditLine) {
    this.#ledger = new Ledger(budget)
    this.#line = open(() => this.#ledger.budget.limit)
  }

  get budget(): Budget {
    return this.#ledger.budget
  }

  setLimit(limit: number): void {
    this.#ledger.setLimit(limit)
  }

  used(now: number): number {
    return this.#ledger.used(now)
  }

  waitFor(weight: number, now: number, isBulk = false): number {
    const kept = isBulk ? reserveOf(this.budget) : 0
    const limit = this.budget.limit - kept
    const { loss } = this.#line
    if (loss) return Math.max(this.#ledger.waitFor(weight, now, isBulk), this.#waitAlone(loss, weight, now))
    const own = this.#ledger.waitWithin(limit, weight, now)
    if (own > 0) return own
    const wait = this.#line.waitFor(Math.min(weight, limit), now, kept)
    // Once the broker knows it, its grants have taken the venue's figure into account.
    if (!this.#line.hasUntoldReport) return wait
    const reported = this.#ledger.waitFor(weight, now, isBulk)
    if (reported > 0) this.#line.tell(now)
    return Math.max(wait, reported)
  }

  waitForAll(weight: number, now: number): number {
    return this.#ledger.waitForAll(weight, now)
  }

  spend(weight: number): void {
    this.#ledger.spend(weight)
    this.#line.spend(weight)
  }

  settle(weight: number, now: number, reported: number | null | undefined, settled: Settlement = {}): void {
    this.#ledger.settle(weight, now, reported, settled)
    this.#line.settle(weight, now, reported, settled)
  }

  async close(): Promise<void> {
    await this.#line.close()
  }

  #waitAlone({ lostAt, firstAskedAt, answer }: LastWord, weight: number, now: number): number {
    const { limit, windowMs } = this.budget
    const share = shareOf(limit, answer?.holders ?? 0)
    const wanted = Math.min(weight, share)
    const withShare = this.#ledger.waitWithin(share, wanted, now)
    const shareAt = answer ? lostAt + windowMs + NOTICED_WITHIN : firstAskedAt + FIRST_PATIENCE
    if (now >= shareAt) return withShare
    const had = answer?.fallback ?? 0
    const withHad = had < wanted ? Number.POSITIVE_INFINITY : this.#ledger.waitWithin(had, wanted, now)
    return Math.min(withHad, Math.max(withShare, shareAt - now))
  }
}
