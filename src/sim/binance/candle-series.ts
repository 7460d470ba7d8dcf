import type { Window } from '../../lib/model/window.ts'
import type { PageQuery } from '../core/candle-source.ts'
import type { KlineRow } from './kline-row.ts'

export interface KlinePage {
  /** One JSON array, in parts. */
  readonly body: readonly Buffer[]
  readonly rows: number
}

/** One-minute rows in the form of candles: of trades, or of a price that is no trade. */
export interface CandleSeries {
  /** From the first row to the end of the last one there will ever be; undefined: no such symbol. */
  life(symbol: string): Window | undefined
  /** Rows that are open or closed by `now`, ascending. */
  page(symbol: string, query: PageQuery, now: number): KlinePage
  rows(symbol: string, window: Window, now: number): KlineRow[]
}
