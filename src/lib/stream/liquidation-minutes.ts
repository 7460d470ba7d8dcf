import { floorTo, MINUTE, SECOND } from '../model/window.ts'
import type { LiquidationSums } from '../ports.ts'
import type { ObservedTime } from './observed-time.ts'

/** An order may be told so long after it was filled. */
const DELAY = 5 * SECOND
/** Minutes of one statement. */
const MOST_AT_ONCE = 60

export interface LiquidationMinutesOptions {
  readonly sums: LiquidationSums
  readonly observed: ObservedTime
  readonly symbols: () => readonly string[]
  readonly venueNow: () => number
  /** Resolves when all that came is in the database; false where it waits on the disk. */
  readonly flush: () => Promise<boolean>
  /** The first minute of which anything was seen. */
  readonly from: number
}

/** Sums per minute of the stored orders, when a minute is over, and again for one of which an order came late. */
export class LiquidationMinutes {
  readonly #options: LiquidationMinutesOptions
  #summedUntil: number
  #isRecovered = false
  readonly #late = new Set<number>()

  constructor(options: LiquidationMinutesOptions) {
    this.#options = options
    this.#summedUntil = options.from
  }

  /** An order was filled at `ts`. */
  note(ts: number): void {
    const minute = floorTo(ts, MINUTE)
    if (minute < this.#summedUntil) this.#late.add(minute)
  }

  /** Sums what is over; at the end of a stream also what was seen of the minute that is not. */
  async sum(isLast = false): Promise<void> {
    const { venueNow, flush } = this.#options
    const now = venueNow()
    const until = isLast ? floorTo(now, MINUTE) + MINUTE : floorTo(now - DELAY, MINUTE)
    if (until <= this.#summedUntil && this.#late.size === 0 && this.#isRecovered) return
    if (!(await flush())) return
    if (!this.#isRecovered) await this.#options.sums.recover(this.#options.from)
    this.#isRecovered = true
    const late = [...this.#late]
    await this.#write(late, now)
    for (const minute of late) this.#late.delete(minute)
    while (this.#summedUntil < until) {
      const to = Math.min(until, this.#summedUntil + MOST_AT_ONCE * MINUTE)
      const minutes: number[] = []
      for (let minute = this.#summedUntil; minute < to; minute += MINUTE) minutes.push(minute)
      await this.#write(minutes, now)
      this.#summedUntil = to
    }
  }

  async #write(minutes: readonly number[], now: number): Promise<void> {
    const { sums, symbols, observed } = this.#options
    const seen = minutes.map((ts) => ({ ts, seconds: observed.secondsOf(ts, now) }))
    // Of a minute of which nothing was seen nothing can be told.
    await sums.sum(
      symbols(),
      seen.filter(({ seconds }) => seconds > 0),
    )
  }
}
