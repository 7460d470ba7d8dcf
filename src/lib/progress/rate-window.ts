// Limits are per minute: a shorter window would see a burst, then nothing.
const SECONDS = 60

/** How many per second, over the last minute; one counter per second, whatever comes in. */
export class RateWindow {
  readonly #counts = new Float64Array(SECONDS)
  #second = 0
  #firstAt: number | undefined

  add(count: number, now: number): void {
    this.#firstAt ??= now
    this.#advance(now)
    const at = this.#second % SECONDS
    this.#counts[at] = (this.#counts[at] ?? 0) + count
  }

  perSecond(now: number): number {
    if (this.#firstAt === undefined) return 0
    this.#advance(now)
    const sum = this.#counts.reduce((total, count) => total + count, 0)
    return sum / Math.min(SECONDS, Math.max(1, (now - this.#firstAt) / 1_000))
  }

  /** Forgets the seconds that have left the window. */
  #advance(now: number): void {
    const second = Math.floor(now / 1_000)
    const from = Math.max(this.#second + 1, second - SECONDS + 1)
    for (let at = from; at <= second; at += 1) this.#counts[at % SECONDS] = 0
    this.#second = Math.max(this.#second, second)
  }
}
