import { floorTo, MINUTE } from '../model/window.ts'
import { type HealContext, heal } from './heal.ts'
import type { LiveSymbols } from './live-symbols.ts'

/** Checked twice: what was not final for certain the last time. */
const OVERLAP = 5 * MINUTE

/** Asks from time to time once more for what was closed since the last time: the venue's last word on it counts. */
export class Recheck {
  readonly #context: HealContext
  readonly #symbols: LiveSymbols
  readonly #everyMs: number
  readonly #onChecked: (symbols: readonly string[], window: { from: number; to: number }) => void
  #nextAt: number
  /** Up to here it was asked the last time, in venue time. */
  #checkedUntil: number

  constructor(
    context: HealContext,
    symbols: LiveSymbols,
    everyMs: number,
    onChecked: (symbols: readonly string[], window: { from: number; to: number }) => void,
  ) {
    this.#context = context
    this.#symbols = symbols
    this.#everyMs = everyMs
    this.#onChecked = onChecked
    this.#nextAt = context.clock.now() + everyMs
    this.#checkedUntil = context.venueNow()
  }

  async look(): Promise<void> {
    const { clock, venueNow } = this.#context
    if (this.#everyMs === 0 || clock.now() < this.#nextAt) return
    const until = floorTo(venueNow(), MINUTE) - MINUTE
    const since = Math.min(this.#checkedUntil, until) - OVERLAP
    const symbols = this.#symbols.all
    await heal(this.#context, { symbols, datasets: ['ohlcv'], since, until, isRefetch: true })
    this.#onChecked(
      symbols.map(({ symbol }) => symbol),
      { from: since, to: until },
    )
    this.#checkedUntil = until
    this.#nextAt = clock.now() + this.#everyMs
  }
}
