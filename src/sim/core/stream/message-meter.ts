const SECOND = 1_000

/** Counts messages in a rolling second. */
export class MessageMeter {
  readonly #limit: number
  /** Times of the last `limit` messages, oldest first. */
  #times: number[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  /** False where this message is one too many. `now`: milliseconds of any clock that never goes back. */
  take(now: number): boolean {
    this.#times = this.#times.filter((time) => time > now - SECOND)
    if (this.#times.length >= this.#limit) return false
    this.#times.push(now)
    return true
  }
}
