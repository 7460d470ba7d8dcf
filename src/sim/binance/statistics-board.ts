import { ceilTo, floorTo, type Window } from '../../lib/model/window.ts'
import type { BinanceMarket } from './market.ts'
import type { Statistic } from './statistics.ts'
import type { FuturesDataOptions } from './statistics-rows.ts'

const DEFAULT_LAG_MS = 6_200

export interface PointQuery {
  readonly symbol: string
  readonly period: number
  /** Both inclusive, on a snapshot's instant or the start of a flow's period. */
  readonly from: number
  readonly to: number
  readonly limit: number
  /** Which rows come where there are more. */
  readonly end: 'oldest' | 'newest'
}

export interface PublishedRow<Row> {
  readonly at: number
  readonly row: Row
}

/** What of the statistics is out: by time, by the symbol's life, without holes. */
export class StatisticsBoard {
  readonly #market: BinanceMarket
  readonly #options: FuturesDataOptions

  constructor(market: BinanceMarket, options: FuturesDataOptions) {
    this.#market = market
    this.#options = options
  }

  /** How far a row's timestamp lies behind the point it stands for. */
  labelOffset({ isFlow }: Statistic<unknown>, period: number): number {
    return isFlow && this.#options.takerLabel === 'end' ? period : 0
  }

  /** The rows of a query, ascending; none for a symbol that the venue does not know. */
  read<Row>(statistic: Statistic<Row>, query: PointQuery, now: number): PublishedRow<Row>[] {
    const { symbol, period, limit } = query
    const { first, last } = this.#rangeOf(statistic, query, now)
    const holes = this.#holesOf(statistic, symbol)
    const isOldest = query.end === 'oldest'
    const offset = this.labelOffset(statistic, period)
    const found: PublishedRow<Row>[] = []
    for (let step = 0; first + step <= last && found.length < limit; step += period) {
      const at = isOldest ? first + step : last - step
      if (holes.some((hole) => at >= hole.from && at < hole.to)) continue
      const row = statistic.create({ symbol, at, period, timestamp: this.#write(at + offset) }, now)
      if (row) found.push({ at, row })
    }
    return isOldest ? found : found.toReversed()
  }

  /** Both inclusive and on the grid of the period; the first may lie behind the last. */
  #rangeOf({ isFlow }: Statistic<unknown>, query: PointQuery, now: number): { first: number; last: number } {
    const { symbol, period, from, to } = query
    const life = this.#market.klines.source.life(symbol) ?? { from: 0, to: 0 }
    const newestEnd = floorTo(now - (this.#options.publicationLagMs ?? DEFAULT_LAG_MS), period)
    const newest = isFlow ? newestEnd - period : newestEnd
    return {
      first: ceilTo(Math.max(from, life.from), period),
      last: floorTo(Math.min(to, newest, life.to - 1), period),
    }
  }

  #holesOf({ endpoint }: Statistic<unknown>, symbol: string): readonly Window[] {
    const { holes = {}, holesOf = [] } = this.#options
    const own = holesOf.filter((hole) => hole.endpoint === endpoint && hole.symbol === symbol)
    return [...(holes[symbol] ?? []), ...own.map(({ window }) => window)]
  }

  #write(ts: number): number | string {
    return this.#options.timestamps === 'string' ? String(ts) : ts
  }
}
