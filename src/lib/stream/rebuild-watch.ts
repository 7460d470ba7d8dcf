import type { RunEventBus } from '../events.ts'
import { DAY, MINUTE } from '../model/window.ts'
import { formatCount, formatPercent, formatPlural } from '../text/numbers.ts'
import type { Clock } from '../time/clock.ts'

/** Less is made in no time. */
const LONG = (7 * DAY) / MINUTE
const EVERY = 30_000

/** Says that something is made of long history beside the feed, how far that is, and when it is over. */
export class RebuildWatch {
  readonly #events: RunEventBus
  readonly #clock: Clock
  /** Of the work that was told of: minutes by series. */
  #done = new Map<string, number>()
  #toldAt = 0

  constructor(events: RunEventBus, clock: Clock) {
    this.#events = events
    this.#clock = clock
  }

  note(symbol: string, done: number, all: number): void {
    if (all < LONG) return
    const isFirst = this.#done.size === 0
    this.#done.set(symbol, done)
    const now = this.#clock.now()
    if (!isFirst && now - this.#toldAt < EVERY) return
    this.#toldAt = now
    this.#tell(
      `making the RSI of ${formatPlural(all, 'minute')} of ${symbol}: ${formatPercent(done / all)}; live rows go first`,
    )
  }

  /** Nothing is left to be made. */
  end(): void {
    if (this.#done.size === 0) return
    const minutes = this.#done.values().reduce((sum, count) => sum + count, 0)
    this.#tell(
      `the RSI of long history is made: ${formatPlural(this.#done.size, 'symbol')}, ${formatCount(minutes)} minutes`,
    )
    this.#done = new Map()
  }

  #tell(message: string): void {
    this.#events.emit('note', { message })
  }
}
