import { floorTo, MINUTE, type Window } from '../model/window.ts'
import { type HealContext, heal } from './heal.ts'
import type { LiveSymbol, LiveSymbols } from './live-symbols.ts'

/** Checked twice: what was not final for certain the last time. */
const OVERLAP = 5 * MINUTE
/** What was fetched right after its end may not have been the venue's last word: it is asked for again so much later. */
const SETTLED_AFTER = MINUTE
const RECENT = 3 * MINUTE
/** A stream begins with what another one may have fetched just before. */
const REACH_BACK = 10 * MINUTE

interface Healed {
  readonly symbols: readonly string[]
  readonly window: Window
  /** Local time. */
  readonly checkAt: number
}

/** Asks from time to time once more for what was closed since the last time: the venue's last word on it counts. */
export class Recheck {
  readonly #context: HealContext
  readonly #symbols: LiveSymbols
  readonly #everyMs: number
  readonly #onChecked: (symbols: readonly string[], window: Window) => void
  #nextAt: number
  /** Up to here it was asked the last time, in venue time. */
  #checkedUntil: number
  #healed: Healed[] = []

  constructor(
    context: HealContext,
    symbols: LiveSymbols,
    everyMs: number,
    onChecked: (symbols: readonly string[], window: Window) => void,
  ) {
    this.#context = context
    this.#symbols = symbols
    this.#everyMs = everyMs
    this.#onChecked = onChecked
    this.#nextAt = context.clock.now() + Math.min(everyMs, SETTLED_AFTER)
    this.#checkedUntil = context.venueNow() - REACH_BACK
  }

  /** Minutes were fetched because the feed had not told of them in time. */
  noteHealed(symbols: readonly string[], { from, to }: Window): void {
    const { clock, venueNow } = this.#context
    if (this.#everyMs === 0 || to < venueNow() - RECENT) return
    const window = { from: Math.max(from, to - RECENT), to }
    this.#healed.push({ symbols, window, checkAt: clock.now() + SETTLED_AFTER })
  }

  async look(): Promise<void> {
    const { clock, venueNow } = this.#context
    if (this.#everyMs === 0) return
    await this.#checkHealed()
    if (clock.now() < this.#nextAt) return
    const until = floorTo(venueNow(), MINUTE) - MINUTE
    const since = Math.min(this.#checkedUntil, until) - OVERLAP
    await this.#check(this.#symbols.all, { from: since, to: until })
    this.#checkedUntil = until
    this.#nextAt = clock.now() + this.#everyMs
  }

  async #checkHealed(): Promise<void> {
    const isDue = ({ checkAt }: Healed): boolean => checkAt <= this.#context.clock.now()
    const due = this.#healed.filter(isDue)
    if (due.length === 0) return
    const names = new Set(due.flatMap(({ symbols }) => symbols))
    const from = Math.min(...due.map(({ window }) => window.from))
    const to = Math.max(...due.map(({ window }) => window.to))
    await this.#check(
      this.#symbols.all.filter(({ symbol }) => names.has(symbol)),
      { from, to },
    )
    this.#healed = this.#healed.filter((one) => !due.includes(one))
  }

  async #check(symbols: readonly LiveSymbol[], window: Window): Promise<void> {
    const { from: since, to: until } = window
    await heal(this.#context, { symbols, datasets: ['ohlcv'], since, until, isRefetch: true })
    this.#onChecked(
      symbols.map(({ symbol }) => symbol),
      window,
    )
  }
}
