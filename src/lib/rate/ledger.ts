import type { Budget } from './budget.ts'

interface Spent {
  readonly weight: number
  readonly expiresAt: number
}

interface Report {
  readonly used: number
  /** Value of `#totalSpent` that the report is taken to include; what was spent beyond it comes on top. */
  readonly includes: number
  readonly expiresAt: number
}

/**
 * What one address has spent of one budget. Times are of a local clock that only goes forward.
 *
 * Weight counts from the moment a request leaves until one window after its answer arrived: the venue counted it
 * somewhere in between, so that neither a calendar minute nor a rolling one can see more than the limit. The venue's
 * own figure wins where it is higher (another process on the same address).
 */
export class Ledger {
  #budget: Budget
  readonly #spent: Spent[] = []
  #head = 0
  #settledWeight = 0
  #inFlightWeight = 0
  #totalSpent = 0
  #report: Report | undefined
  #isProbed: boolean

  constructor(budget: Budget) {
    this.#budget = budget
    this.#isProbed = budget.usedHeader === undefined
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
  waitFor(weight: number, now: number): number {
    this.#expire(now)
    // One request alone asks the venue what other processes have spent before many rely on it.
    if (!this.#isProbed && this.#inFlightWeight > 0) return Number.POSITIVE_INFINITY
    const room = this.#budget.limit - Math.min(weight, this.#budget.limit)
    const reportWait = this.#report && this.#reportedUsed() > room ? this.#report.expiresAt - now : 0
    return Math.max(this.#ownWait(this.#ownUsed() - room, now), reportWait)
  }

  spend(weight: number): void {
    this.#inFlightWeight += weight
    this.#totalSpent += weight
  }

  /** The answer is here, or the request failed: `reported` is the venue's own figure if it told one. */
  settle(weight: number, now: number, reported: number | undefined): void {
    this.#inFlightWeight -= weight
    this.#settledWeight += weight
    this.#spent.push({ weight, expiresAt: now + this.#budget.windowMs })
    this.#isProbed = true
    if (reported === undefined) return
    const includes = this.#totalSpent - this.#inFlightWeight
    this.#report = { used: reported, includes, expiresAt: now + this.#budget.windowMs }
  }

  #ownUsed(): number {
    return this.#settledWeight + this.#inFlightWeight
  }

  #reportedUsed(): number {
    return this.#report ? this.#report.used + this.#totalSpent - this.#report.includes : 0
  }

  /** Until `excess` of what we spent ourselves has left the window. */
  #ownWait(excess: number, now: number): number {
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
      this.#head += 1
    }
    if (this.#head > 1_024 && this.#head * 2 > this.#spent.length) {
      this.#spent.splice(0, this.#head)
      this.#head = 0
    }
    if (this.#report && this.#report.expiresAt <= now) this.#report = undefined
  }
}
