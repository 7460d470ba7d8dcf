import type { Instant } from '../config/instants.ts'
import { DAY, MINUTE, SECOND, totalSpan, type Window } from '../model/window.ts'
import type { JobSymbol } from '../pipeline/job.ts'
import { type HealContext, heal } from './heal.ts'

/** Without `--since`, holes are looked for so far back, and only in what is stored. */
const REACH = 30 * DAY
/** What the venue does not have is asked for again after a growing pause, a few times. */
const FIRST_RETRY = 60 * SECOND
const TRIES = 6

/**
 * Fills what lies before a stream, up to its first minute: with `since` from there on, otherwise the holes in what is
 * stored. Ends when nothing is left that can be had.
 */
export class HistoryFill {
  readonly #context: HealContext
  readonly #since: Instant | undefined
  readonly #onFilled: (symbols: readonly string[], window: Window) => void

  constructor(
    context: HealContext,
    since: Instant | undefined,
    onFilled: (symbols: readonly string[], window: Window) => void,
  ) {
    this.#context = context
    this.#since = since
    this.#onFilled = onFilled
  }

  /** Throws what a run over these symbols throws; safe to do again. */
  async run(symbols: readonly JobSymbol[], until: number): Promise<void> {
    const { clock, signal, events } = this.#context
    const wanted = await this.#choose(symbols, until)
    if (wanted.length === 0) return
    const since = this.#since ?? Math.min(...wanted.map((one) => one.since ?? until))
    const from = typeof since === 'number' ? since : until - REACH
    for (let tries = 1; ; tries += 1) {
      const { lacks } = await heal(this.#context, {
        symbols: wanted,
        datasets: ['ohlcv', 'funding'],
        since,
        until,
      })
      this.#onFilled(
        wanted.map(({ symbol }) => symbol),
        { from, to: until },
      )
      if (lacks.length === 0) return
      if (tries === 1)
        for (const { symbol, dataset, minutes, reason } of lacks)
          events.emit('failure', {
            type: 'gap',
            message: `${dataset} of ${symbol}: ${minutes} minutes before the stream could not be had (${reason})`,
            details: { symbol, dataset, minutes, reason },
            severity: 'error',
          })
      if (tries === TRIES) return
      await clock.sleep(FIRST_RETRY * 2 ** (tries - 1), signal)
    }
  }

  async #choose(symbols: readonly JobSymbol[], until: number): Promise<JobSymbol[]> {
    if (this.#since !== undefined) return symbols.map((one) => ({ ...one, since: 0 }))
    const names = symbols.map(({ symbol }) => symbol)
    const known = await this.#context.store.coverage('ohlcv', names)
    return symbols.flatMap((one) => {
      const covered = known.get(one.symbol)?.covered ?? []
      const start = covered.reduce((least, { from }) => Math.min(least, from), Number.POSITIVE_INFINITY)
      if (totalSpan(covered) < MINUTE || start >= until) return []
      return [{ ...one, since: Math.max(start, until - REACH) }]
    })
  }
}
