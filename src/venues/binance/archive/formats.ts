import type { CandleColumns } from '../../../lib/archive/candle-cells.ts'
import { ArchiveFileError } from '../../../lib/archive/file-error.ts'
import type { CellMap } from '../../../lib/archive/row-encoder.ts'
import type { ArchiveType } from './layout.ts'

const KLINES = [
  'open_time',
  'open',
  'high',
  'low',
  'close',
  'volume',
  'close_time',
  'quote_volume',
  'count',
  'taker_buy_volume',
  'taker_buy_quote_volume',
  'ignore',
] as const

/** The columns of each type; all files have them in this order, whether they name them or not. */
export const COLUMNS = {
  klines: KLINES,
  markPriceKlines: KLINES,
  indexPriceKlines: KLINES,
  premiumIndexKlines: KLINES,
  fundingRate: ['calc_time', 'funding_interval_hours', 'last_funding_rate'],
  metrics: [
    'create_time',
    'symbol',
    'sum_open_interest',
    'sum_open_interest_value',
    'count_toptrader_long_short_ratio',
    'sum_toptrader_long_short_ratio',
    'count_long_short_ratio',
    'sum_taker_long_short_vol_ratio',
  ],
} as const satisfies Readonly<Record<ArchiveType, readonly string[]>>

/**
 * Whether the first line of a file is a header: candles have had one since 2022, by day and month not from the same day
 * on, so that each file is looked at. A line that begins as no row does must be the header that is known: throws
 * `ArchiveFileError` for other columns.
 */
export function createHeaderRule(type: ArchiveType, where: string): (line: string) => boolean {
  const names = COLUMNS[type].join()
  return (line) => {
    if (/^\d/.test(line)) return false
    if (line.trim().toLowerCase() === names) return true
    throw new ArchiveFileError(where, 'content', `begins with other columns than ${names}`, line)
  }
}

/** Names the columns of a type by their place. */
function place<T extends ArchiveType>(type: T, name: (typeof COLUMNS)[T][number]): number {
  return (COLUMNS[type] as readonly string[]).indexOf(name)
}

export const CANDLE_COLUMNS: CandleColumns = {
  open: place('klines', 'open'),
  high: place('klines', 'high'),
  low: place('klines', 'low'),
  close: place('klines', 'close'),
  volume: place('klines', 'volume'),
  quoteVolume: place('klines', 'quote_volume'),
  trades: place('klines', 'count'),
  takerBuyVolume: place('klines', 'taker_buy_volume'),
  takerBuyQuoteVolume: place('klines', 'taker_buy_quote_volume'),
}

export const CANDLE_CELLS: CellMap<'ohlcv'> = CANDLE_COLUMNS

/** Of mark price, index and premium; volume and count tell nothing there. */
export const PRICE_CELLS: CellMap<'mark'> = {
  open: CANDLE_COLUMNS.open,
  high: CANDLE_COLUMNS.high,
  low: CANDLE_COLUMNS.low,
  close: CANDLE_COLUMNS.close,
}

/** No mark price and no type of settlement stands in the archive. */
export const FUNDING_CELLS: CellMap<'funding'> = {
  rate: place('fundingRate', 'last_funding_rate'),
  markPrice: null,
  rateType: null,
  venueTs: place('fundingRate', 'calc_time'),
}

export const OPEN_INTEREST_CELLS: CellMap<'oi'> = {
  openInterest: place('metrics', 'sum_open_interest'),
  openInterestValue: place('metrics', 'sum_open_interest_value'),
  sampledAt: 'ts',
}

/** Shares of accounts and positions do not stand in the archive, only how they relate. */
export const RATIO_CELLS: CellMap<'lsr'> = {
  globalAccountRatio: place('metrics', 'count_long_short_ratio'),
  globalLongAccount: null,
  globalShortAccount: null,
  topAccountRatio: place('metrics', 'count_toptrader_long_short_ratio'),
  topLongAccount: null,
  topShortAccount: null,
  topPositionRatio: place('metrics', 'sum_toptrader_long_short_ratio'),
  topLongPosition: null,
  topShortPosition: null,
  sampledAt: 'ts',
}
