import { CreditLine } from '../../src/lib/rate/credit-line.ts'
import type { BudgetBroker, BudgetKey } from '../../src/lib/rate/shared-budget.ts'
import { SharedLedger } from '../../src/lib/rate/shared-ledger.ts'
import { systemClock } from '../../src/lib/time/clock.ts'
import { tellsUsed } from '../../src/lib/venue/budget.ts'

export interface Arrival {
  readonly at: number
  readonly weight: number
  readonly holder: number
}

export interface SpenderOptions {
  readonly broker: BudgetBroker
  readonly key: BudgetKey
  readonly limit: number
  readonly windowMs: number
  readonly holder: number
  /** Where the venue notes what it counts, for all holders. */
  readonly arrivals: Arrival[]
  /** The venue's figure for an answer; without it, it tells none. */
  readonly tell?: () => number
}

/** One process that spends a shared budget: requests of a random latency, as fast as the ledger lets them go. */
export class Spender implements AsyncDisposable {
  readonly ledger: SharedLedger
  readonly #options: SpenderOptions
  readonly #underWay = new Set<Promise<void>>()
  #wake = (): void => {}

  constructor(options: SpenderOptions) {
    const { broker, key, limit, windowMs, tell } = options
    const header = tell ? { readUsed: tellsUsed('x-used') } : {}
    this.#options = options
    this.ledger = new SharedLedger({ pool: key.pool, limit, windowMs, ...header }, (readLimit) => {
      const onChange = (): void => this.#wake()
      const clock = systemClock
      return new CreditLine({
        key,
        broker,
        clock,
        windowMs,
        requestTimeoutMs: 1_000,
        limit: readLimit,
        onChange,
      })
    })
  }

  /** Until `weight` could leave; the answer then arrives `latencyMs` later, by itself. */
  async send(weight: number, latencyMs: number): Promise<void> {
    const { ledger } = this
    for (let wait = ledger.waitFor(weight, systemClock.now()); wait > 0; ) {
      await this.#pause(wait)
      wait = ledger.waitFor(weight, systemClock.now())
    }
    ledger.spend(weight)
    const answer = this.#answer(weight, latencyMs).finally(() => this.#underWay.delete(answer))
    this.#underWay.add(answer)
  }

  /** Until every answer has arrived. */
  async finish(): Promise<void> {
    await Promise.all(this.#underWay)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.finish()
    await this.ledger.close()
  }

  /** The venue counts half-way. */
  async #answer(weight: number, latencyMs: number): Promise<void> {
    const { arrivals, holder, tell } = this.#options
    await systemClock.sleep(latencyMs / 2)
    arrivals.push({ at: systemClock.now(), weight, holder })
    const used = tell?.()
    await systemClock.sleep(latencyMs / 2)
    this.ledger.settle(weight, systemClock.now(), used)
    this.#wake()
  }

  async #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    const timer = ms === Number.POSITIVE_INFINITY ? undefined : setTimeout(resolve, Math.max(1, ms))
    await promise
    clearTimeout(timer)
  }
}

/** The most that any window of this length holds. */
export function heaviestWindow(arrivals: readonly Arrival[], windowMs: number): number {
  const sorted = arrivals.toSorted((a, b) => a.at - b.at)
  let [most, sum, from] = [0, 0, 0]
  for (const { at, weight } of sorted) {
    sum += weight
    for (; (sorted[from]?.at ?? at) <= at - windowMs; from += 1) sum -= sorted[from]?.weight ?? 0
    most = Math.max(most, sum)
  }
  return most
}
