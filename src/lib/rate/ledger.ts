import type { Budget } from '../venue/budget.ts'

/** A report older than this part of the window says little of what others spend. */
const STALE_PART = 12

/** So much of a window is kept for what cannot wait: the time, the list, the minutes just missed. */
const RESERVE_PART = 100

/** What work that can wait leaves of a budget. */
export const reserveOf = ({ limit }: Budget): number => Math.floor(limit / RESERVE_PART)

interface Spent {
  readonly weight: number
  readonly expiresAt: number
}

interface Report {
  readonly used: number
  /** Values of `#totalSpent` and `#totalExpired` that the report is taken to include; what comes later is set off. */
  readonly spent: number
  readonly expired: number
  readonly at: number
}

/** What is known of a request once its answer is there. */
export interface Settlement {
  /** What it really cost, at most what was spent. Default: that. */
  readonly actual?: number
  /** From when on its weight counts for a window. Default: now. */
  readonly countedAt?: number
}

/** Who says when something may be spent of one budget, and hears of it. Times are of the local clock. */
export interface BudgetLedger {
  readonly budget: Budget
  setLimit(limit: number): void
  used(now: number): number
  /** `isBulk`: it can wait, and leaves the reserve of a window to what cannot. */
  waitFor(weight: number, now: number, isBulk?: boolean): number
  /** Milliseconds until the last of `weight`, of which much more than a window's worth may be left, may leave as bulk. */
  waitForAll(weight: number, now: number): number
  spend(weight: number): void
  settle(weight: number, now: number, reported: number | null | undefined, settled?: Settlement): void
  /** Nothing more will be spent. */
  close?(): Promise<void>
}

/**
 * What one process has spent of one budget on one address. Times are of a local clock that only goes forward.
 *
 * Weight counts from the moment a request leaves until one window after its answer arrived, or a little less
 * (`RoundTrips`): the venue counted it somewhere in between, so that neither a calendar minute nor a rolling one can see
 * more than the limit. The venue's own figure wins where it is higher (another process on the same address); after a
 * silence one request alone brings a new one.
 */
export class Ledger implements BudgetLedger {
  #budget: Budget
  readonly #spent: Spent[] = []
  #head = 0
  #settledWeight = 0
  #inFlightWeight = 0
  #totalSpent = 0
  #totalExpired = 0
  #report: Report | undefined
  /** Whether the venue tells its figure at all; unknown before the first answer. */
  #isTold: boolean | undefined

  constructor(budget: Budget) {
    this.#budget = budget
    this.#isTold = budget.readUsed === undefined ? false : undefined
  }

  get budget(): Budget {
    return this.#budget
  }

  /** The venue said what its limit really is. */
  setLimit(limit: number): void {
    this.#budget = { ...this.#budget, limit }
  }

  /** Weight that counts against the limit now. */
  used(now: number): number {
    this.#expire(now)
    return Math.max(this.#ownUsed(), this.#reportedUsed())
  }

  /**
   * Milliseconds until `weight` may be spent: 0 for now, Infinity for "not before an answer that is under way".
   * It never sleeps itself. A weight above the limit itself waits for an empty window.
   */
  waitFor(weight: number, now: number, isBulk = false): number {
    this.#expire(now)
    const limit = this.#budget.limit - (isBulk ? reserveOf(this.#budget) : 0)
    const room = limit - Math.min(weight, limit)
    const ownWait = this.waitWithin(limit, weight, now)
    if (ownWait === Number.POSITIVE_INFINITY) return ownWait
    const reportEnd = this.#report ? this.#report.at + this.#budget.windowMs - now : 0
    return Math.max(ownWait, Math.min(reportEnd, this.#waitForFree(this.#reportedUsed() - room, now)))
  }

  /** The same by our own count alone, of which no more than `ceiling` may be in a window. */
  waitWithin(ceiling: number, weight: number, now: number): number {
    this.#expire(now)
    if (this.#isStale(now) && this.#inFlightWeight > 0) return Number.POSITIVE_INFINITY
    return this.#waitForFree(this.#ownUsed() - ceiling + Math.min(weight, ceiling), now)
  }

  waitForAll(weight: number, now: number): number {
    const { limit, windowMs } = this.#budget
    const most = Math.max(1, limit - reserveOf(this.#budget))
    const over = weight - (most - this.used(now))
    if (over <= 0) return 0
    // What is free now goes at once. Then each window gives the whole limit once, as what was spent leaves it.
    const windows = Math.ceil(over / most) - 1
    const rest = this.#waitForFree(over - windows * most, now)
    return windows * windowMs + Math.min(rest, windowMs)
  }

  spend(weight: number): void {
    this.#inFlightWeight += weight
    this.#totalSpent += weight
  }

  /**
   * The request is over. `reported` is the venue's own figure, null for an answer without one, undefined where there
   * was no answer.
   */
  settle(
    weight: number,
    now: number,
    reported: number | null | undefined,
    { actual = weight, countedAt = now }: Settlement = {},
  ): void {
    this.#inFlightWeight -= weight
    this.#totalSpent -= weight - actual
    this.#settledWeight += actual
    // In their order, as they are let go from the front.
    const last = this.#spent.at(-1)?.expiresAt ?? Number.NEGATIVE_INFINITY
    this.#spent.push({ weight: actual, expiresAt: Math.max(last, countedAt + this.#budget.windowMs) })
    if (reported === undefined) return
    this.#isTold = reported !== null
    if (reported === null) return
    const spent = this.#totalSpent - this.#inFlightWeight
    this.#report = { used: reported, spent, expired: this.#totalExpired, at: now }
  }

  /** What other processes spend shows only in answers: an old one must not let a whole window's worth go. */
  #isStale(now: number): boolean {
    if (this.#isTold === false) return false
    return !this.#report || now - this.#report.at > this.#budget.windowMs / STALE_PART
  }

  #ownUsed(): number {
    return this.#settledWeight + this.#inFlightWeight
  }

  #reportedUsed(): number {
    const report = this.#report
    if (!report) return 0
    const later = this.#totalSpent - report.spent
    const gone = this.#totalExpired - report.expired
    return Math.max(0, report.used - gone) + later
  }

  /** Until `excess` of what we spent ourselves has left the window. */
  #waitForFree(excess: number, now: number): number {
    if (excess <= 0) return 0
    let freed = 0
    for (let at = this.#head; at < this.#spent.length; at += 1) {
      const entry = this.#spent[at]
      freed += entry?.weight ?? 0
      if (entry && freed >= excess) return entry.expiresAt - now
    }
    return Number.POSITIVE_INFINITY
  }

  #expire(now: number): void {
    for (
      let entry = this.#spent[this.#head];
      entry && entry.expiresAt <= now;
      entry = this.#spent[this.#head]
    ) {
      this.#settledWeight -= entry.weight
      this.#totalExpired += entry.weight
      this.#head += 1
    }
    if (this.#head > 1_024 && this.#head * 2 > this.#spent.length) {
      this.#spent.splice(0, this.#head)
      this.#head = 0
    }
    if (this.#report && this.#report.at + this.#budget.windowMs <= now) this.#report = undefined
  }
}
