import { type Instant, resolveInstant } from '../config/instants.ts'
import { DAY, MINUTE, SECOND, totalSpan, type Window } from '../model/window.ts'
import type { JobSymbol } from '../pipeline/job.ts'
import type { Lack } from '../pipeline/lack.ts'
import { madeOfCandles, wantedSeries } from '../plan/wanted-series.ts'
import { type HealContext, heal } from './heal.ts'

/** Without `--since`, holes are looked for so far back, and only in what is stored. */
const REACH = 30 * DAY
/** What the venue does not have is asked for again after a growing pause, a few times. */
const FIRST_RETRY = 60 * SECOND
const TRIES = 6

interface Order {
  readonly symbols: readonly JobSymbol[]
  readonly until: number
  tries: number
  /** Local time. */
  retryAt: number
}

/**
 * Fills what lies before a stream, or before a symbol came to it, up to its first minute: with `since` from there on,
 * otherwise the holes in what is stored.
 */
export class HistoryFill {
  readonly #context: HealContext
  readonly #since: Instant | undefined
  readonly #onFilled: (symbols: readonly string[], window: Window) => void
  #orders: Order[] = []

  constructor(
    context: HealContext,
    since: Instant | undefined,
    onFilled: (symbols: readonly string[], window: Window) => void,
  ) {
    this.#context = context
    this.#since = since
    this.#onFilled = onFilled
  }

  /** Whether something was not asked for yet. */
  get isFilling(): boolean {
    return this.#orders.some(({ tries }) => tries === 0)
  }

  add(symbols: readonly JobSymbol[], until: number): void {
    this.#orders.push({ symbols, until, tries: 0, retryAt: 0 })
  }

  /** Works on the first order whose time has come. Throws what a run over these symbols throws; safe to do again. */
  async look(): Promise<void> {
    const { clock } = this.#context
    const order = this.#orders.find(({ retryAt }) => retryAt <= clock.now())
    if (!order) return
    const lacks = await this.#fill(order)
    if (order.tries === 0) this.#tell(lacks)
    order.tries += 1
    order.retryAt = clock.now() + FIRST_RETRY * 2 ** (order.tries - 1)
    if (lacks.length === 0 || order.tries === TRIES)
      this.#orders = this.#orders.filter((one) => one !== order)
  }

  async #fill({ symbols, until }: Order): Promise<readonly Lack[]> {
    await this.#saveWanted(symbols, until)
    const wanted = await this.#choose(symbols, until)
    if (wanted.length === 0) return []
    const from = this.#resolveSince(until, wanted)
    const { lacks } = await heal(this.#context, {
      symbols: wanted,
      datasets: ['ohlcv', 'funding'],
      since: from,
      until,
    })
    this.#onFilled(
      wanted.map(({ symbol }) => symbol),
      { from, to: until },
    )
    return lacks
  }

  /** What is streamed is wanted from its first minute on, and what lies before it as far as somebody said so. */
  async #saveWanted(symbols: readonly JobSymbol[], until: number): Promise<void> {
    const { store, venue } = this.#context
    const to = until + MINUTE
    const series = symbols.flatMap((one) => {
      const from = this.#since === undefined ? (one.since ?? until) : this.#resolveSince(until, [one])
      const fetched = [venue.routes.ohlcv, venue.routes.funding].flatMap((source) => {
        const window = { from: Math.max(from, venue.historyStart), to }
        return (source && wantedSeries(source, one, window)) ?? []
      })
      return [...fetched, madeOfCandles({ symbol: one.symbol, dataset: 'tv' }, { from: until, to })]
    })
    await store.saveWanted(series)
  }

  #resolveSince(until: number, wanted: readonly JobSymbol[]): number {
    if (this.#since === undefined) return Math.min(...wanted.map(({ since = until }) => since))
    if (this.#since === 'listing') return this.#context.venue.historyStart
    return resolveInstant(this.#since, until)
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

  #tell(lacks: readonly Lack[]): void {
    for (const { symbol, dataset, minutes, reason } of lacks)
      this.#context.events.emit('failure', {
        type: 'gap',
        message: `${dataset} of ${symbol}: ${minutes} minutes before the stream could not be had (${reason})`,
        details: { symbol, dataset, minutes, reason },
        severity: 'error',
      })
  }
}
