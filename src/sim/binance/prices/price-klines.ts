import { floorTo, MINUTE, type Window } from '../../../lib/model/window.ts'
import { joinSlices } from '../../core/candle-block.ts'
import { type PageQuery, readPage } from '../../core/candle-source.ts'
import type { CandleSeries, KlinePage } from '../candle-series.ts'
import type { KlineRow } from '../kline-row.ts'
import type { BinanceMarket } from '../market.ts'
import { ORIGINS, type PriceKind } from './price-kind.ts'
import { createPriceRows, type MakePriceRow, openRow } from './price-row.ts'

export interface PriceSettings {
  readonly seed: string
  /** By symbol, each: minutes that have a candle but no price. */
  readonly holes: readonly Readonly<Record<string, readonly Window[]>>[]
}

/** The one-minute candles of one kind of price: a row for each minute that has a candle, close to it. */
export class PriceKlines implements CandleSeries {
  readonly kind: PriceKind
  readonly #market: BinanceMarket
  readonly #settings: PriceSettings
  readonly #makers = new Map<string, MakePriceRow>()

  constructor(kind: PriceKind, market: BinanceMarket, settings: PriceSettings) {
    this.kind = kind
    this.#market = market
    this.#settings = settings
  }

  /** Undefined for a symbol that is not known or has no such price. */
  life(symbol: string): Window | undefined {
    const whole = this.#market.klines.life(symbol)
    if (!whole || (this.kind === 'index' && this.#market.pairOf(symbol) !== symbol)) return undefined
    const life = { from: Math.max(whole.from, ORIGINS[this.kind]), to: whole.to }
    return life.from < life.to ? life : undefined
  }

  page(symbol: string, query: PageQuery, now: number): KlinePage {
    const rows = this.#read(symbol, query, now)
    return { body: [Buffer.from(JSON.stringify(rows))], rows: rows.length }
  }

  rows(symbol: string, { from, to }: Window, now: number): KlineRow[] {
    return this.#read(symbol, { from, to: to - 1, limit: Number.POSITIVE_INFINITY, end: 'oldest' }, now)
  }

  #read(symbol: string, query: PageQuery, now: number): KlineRow[] {
    const life = this.life(symbol)
    if (!life) return []
    const openMinute = floorTo(now, MINUTE)
    const holes = this.#settings.holes.flatMap((bySymbol) => bySymbol[symbol] ?? [])
    const range = { ...query, from: Math.max(query.from, life.from), to: Math.min(query.to, openMinute) }
    // Where there are holes, more rows have to be read than are wanted.
    const limit = holes.length > 0 ? Number.POSITIVE_INFINITY : query.limit
    // First values, whatever was corrected later: a correction of trades moves no index.
    const candles = parseRows(readPage(this.#market.klines.source, symbol, { ...range, limit }))
    const found = candles.filter(([ts]) => !holes.some((hole) => ts >= hole.from && ts < hole.to))
    const kept = query.end === 'oldest' ? found.slice(0, query.limit) : found.slice(-query.limit)
    const make = this.#makerOf(symbol)
    return kept.map((candle) => {
      const row = make(candle)
      return row[0] === openMinute ? openRow(row, (now - openMinute) / MINUTE) : row
    })
  }

  #makerOf(symbol: string): MakePriceRow {
    const known = this.#makers.get(symbol) ?? createPriceRows(this.kind, this.#settings.seed, symbol)
    this.#makers.set(symbol, known)
    return known
  }
}

const parseRows = (slices: ReturnType<typeof readPage>): KlineRow[] =>
  JSON.parse(Buffer.concat(joinSlices(slices)).toString('latin1'))
