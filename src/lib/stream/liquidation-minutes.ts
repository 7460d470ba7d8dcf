import { floorTo, HOUR, MINUTE, SECOND } from '../model/window.ts'
import type { LiquidationSums } from '../ports.ts'
import type { ObservedTime } from './observed-time.ts'

/** An order may be told so long after it was filled. */
const DELAY = 5 * SECOND
/** Minutes of one statement. */
const MOST_AT_ONCE = 60
/** An order that is told later than this is not summed any more with what was seen of its minute. */
const KEPT = HOUR

export interface LiquidationMinutesOptions {
  readonly sums: LiquidationSums
  readonly observed: ObservedTime
  /** Those that were streamed during the whole minute. */
  readonly symbolsOf: (minute: number) => readonly string[]
  readonly venueNow: () => number
  /** Resolves when all that came is in the database; false where it waits on the disk. */
  readonly flush: () => Promise<boolean>
  /** The first minute of which anything was seen. */
  readonly from: number
}

/** Sums per minute of the stored orders, when a minute is over, and again for one of which an order came late. */
export class LiquidationMinutes {
  readonly #options: LiquidationMinutesOptions
  /** Orders of earlier minutes are late. */
  #summedUntil: number
  #isRecovered = false
  #late = new Set<number>()

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
    const { venueNow, flush, observed } = this.#options
    const now = venueNow()
    const until = isLast ? floorTo(now, MINUTE) + MINUTE : floorTo(now - DELAY, MINUTE)
    if (until <= this.#summedUntil && this.#late.size === 0 && this.#isRecovered) return
    const [from, late] = [this.#summedUntil, this.#late]
    // From here on an order of these minutes is a late one: it may not be in what is summed now.
    this.#summedUntil = Math.max(from, until)
    this.#late = new Set()
    try {
      if (!(await flush())) return this.#restore(from, late)
      await this.#recover()
      await this.#write([...late].filter((minute) => minute < from))
      await this.#sumRange(from, until)
    } catch (error) {
      this.#restore(from, late)
      throw error
    }
    observed.forget(Math.min(from, now - KEPT))
  }

  async #recover(): Promise<void> {
    if (!this.#isRecovered) await this.#options.sums.recover(this.#options.from)
    this.#isRecovered = true
  }

  async #sumRange(from: number, until: number): Promise<void> {
    for (let at = from; at < until; at += MOST_AT_ONCE * MINUTE) {
      const minutes: number[] = []
      const to = Math.min(until, at + MOST_AT_ONCE * MINUTE)
      for (let minute = at; minute < to; minute += MINUTE) minutes.push(minute)
      await this.#write(minutes)
    }
  }

  #restore(summedUntil: number, late: ReadonlySet<number>): void {
    this.#summedUntil = summedUntil
    for (const minute of late) this.#late.add(minute)
  }

  async #write(minutes: readonly number[]): Promise<void> {
    const { sums, symbolsOf, observed } = this.#options
    // Mostly they are the same for all.
    const groups = Map.groupBy(minutes, (minute) => symbolsOf(minute).join(','))
    for (const group of groups.values()) {
      const seen = group.map((ts) => ({ ts, seconds: observed.secondsOf(ts) }))
      await sums.sum(symbolsOf(group[0] ?? 0), seen)
    }
  }
}
