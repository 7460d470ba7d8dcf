import { USUAL_PERIOD } from '../lib/derive/derivations.ts'
import type { Dataset, PriceCandle, RowOf } from '../lib/model/market.ts'

/** How a value travels to the server. */
export type ColumnKind = 'time' | 'decimal' | 'count' | 'integer' | 'double' | 'text'

interface Column<Row> {
  readonly name: string
  readonly field: keyof Row & string
  readonly kind: ColumnKind
  /** A quotient, which one source tells with more digits than another. */
  readonly isRounded?: boolean
}

export interface Table<Row> {
  readonly name: string
  /** Of its short name, where that does not tell. */
  readonly meaning?: string
  /** In the order of the primary key. */
  readonly key: readonly string[]
  /** Where a symbol has several series: what tells them apart, and which one has no variant. */
  readonly variants?: { readonly column: string; readonly usual: string }
  /** Beside venue, symbol and ts. */
  readonly columns: readonly Column<Row>[]
}

const KEY = ['venue', 'symbol', 'ts'] as const
/** The index of all symbols has no symbol of its own. */
const INDEX_KEY = ['venue', 'ts'] as const

/** Where prices are stored, which all have the same columns. */
const pricesIn = (name: string, meaning: string): Table<PriceCandle> => ({
  name,
  meaning,
  key: KEY,
  columns: [
    { name: 'open', field: 'open', kind: 'decimal' },
    { name: 'high', field: 'high', kind: 'decimal' },
    { name: 'low', field: 'low', kind: 'decimal' },
    { name: 'close', field: 'close', kind: 'decimal' },
  ],
})

/** Where the rows of each dataset are stored, in the order in which they are shown. A new one is an entry and a migration. */
export const TABLES: { readonly [D in Dataset]: Table<RowOf[D]> } = {
  ohlcv: {
    name: 'ohlcv',
    key: KEY,
    columns: [
      { name: 'open', field: 'open', kind: 'decimal' },
      { name: 'high', field: 'high', kind: 'decimal' },
      { name: 'low', field: 'low', kind: 'decimal' },
      { name: 'close', field: 'close', kind: 'decimal' },
      { name: 'volume', field: 'volume', kind: 'decimal' },
      { name: 'quote_volume', field: 'quoteVolume', kind: 'decimal' },
      { name: 'trades', field: 'trades', kind: 'count' },
      { name: 'taker_buy_volume', field: 'takerBuyVolume', kind: 'decimal' },
      { name: 'taker_buy_quote_volume', field: 'takerBuyQuoteVolume', kind: 'decimal' },
    ],
  },
  funding: {
    name: 'funding_rates',
    key: KEY,
    columns: [
      { name: 'rate', field: 'rate', kind: 'decimal' },
      { name: 'mark_price', field: 'markPrice', kind: 'decimal' },
      { name: 'rate_type', field: 'rateType', kind: 'text' },
      { name: 'venue_ts', field: 'venueTs', kind: 'time' },
    ],
  },
  mark: pricesIn('mark_prices', 'mark price'),
  index: pricesIn('index_prices', 'index price'),
  premium: pricesIn('premium_index', 'premium index'),
  oi: {
    name: 'open_interest',
    meaning: 'open interest',
    key: KEY,
    columns: [
      { name: 'open_interest', field: 'openInterest', kind: 'decimal' },
      { name: 'open_interest_value', field: 'openInterestValue', kind: 'decimal' },
      { name: 'sampled_at', field: 'sampledAt', kind: 'time' },
    ],
  },
  lsr: {
    name: 'long_short_ratio',
    meaning: 'long/short ratios',
    key: KEY,
    columns: [
      { name: 'global_account_ratio', field: 'globalAccountRatio', kind: 'decimal', isRounded: true },
      { name: 'global_long_account', field: 'globalLongAccount', kind: 'decimal' },
      { name: 'global_short_account', field: 'globalShortAccount', kind: 'decimal' },
      { name: 'top_account_ratio', field: 'topAccountRatio', kind: 'decimal', isRounded: true },
      { name: 'top_long_account', field: 'topLongAccount', kind: 'decimal' },
      { name: 'top_short_account', field: 'topShortAccount', kind: 'decimal' },
      { name: 'top_position_ratio', field: 'topPositionRatio', kind: 'decimal', isRounded: true },
      { name: 'top_long_position', field: 'topLongPosition', kind: 'decimal' },
      { name: 'top_short_position', field: 'topShortPosition', kind: 'decimal' },
      { name: 'sampled_at', field: 'sampledAt', kind: 'time' },
    ],
  },
  lq: {
    name: 'liquidations',
    meaning: 'liquidations',
    key: [...KEY, 'source'],
    columns: [
      { name: 'source', field: 'source', kind: 'text' },
      { name: 'long_volume', field: 'longVolume', kind: 'decimal' },
      { name: 'short_volume', field: 'shortVolume', kind: 'decimal' },
      { name: 'observed_seconds', field: 'observedSeconds', kind: 'integer' },
    ],
  },
  lqo: {
    name: 'liquidation_orders',
    key: [...KEY, 'position_side', 'price', 'quantity'],
    columns: [
      { name: 'position_side', field: 'positionSide', kind: 'text' },
      { name: 'price', field: 'price', kind: 'decimal' },
      { name: 'quantity', field: 'quantity', kind: 'decimal' },
      { name: 'average_price', field: 'averagePrice', kind: 'decimal' },
      { name: 'filled', field: 'filled', kind: 'decimal' },
    ],
  },
  tv: {
    name: 'taker_volume',
    meaning: 'taker volume',
    key: KEY,
    columns: [
      { name: 'buy_volume', field: 'buyVolume', kind: 'decimal' },
      { name: 'sell_volume', field: 'sellVolume', kind: 'decimal' },
      { name: 'method', field: 'method', kind: 'text' },
      { name: 'sampled_at', field: 'sampledAt', kind: 'time' },
    ],
  },
  rsi: {
    name: 'rsi',
    key: ['venue', 'symbol', 'period', 'ts'],
    variants: { column: 'period', usual: String(USUAL_PERIOD) },
    columns: [
      { name: 'period', field: 'period', kind: 'integer' },
      { name: 'rsi', field: 'rsi', kind: 'double' },
      { name: 'avg_gain', field: 'averageGain', kind: 'double' },
      { name: 'avg_loss', field: 'averageLoss', kind: 'double' },
    ],
  },
  mt: {
    name: 'mt_index',
    meaning: 'index of all symbols',
    key: INDEX_KEY,
    columns: [
      { name: 'close', field: 'close', kind: 'double' },
      { name: 'members', field: 'members', kind: 'integer' },
    ],
  },
}

/** Whether the rows name a symbol. */
export const hasSymbol = (dataset: Dataset): boolean => TABLES[dataset].key.includes('symbol')

/** All columns, in the order in which rows are sent. */
export function columnNames(dataset: Dataset): readonly string[] {
  const first = hasSymbol(dataset) ? KEY : INDEX_KEY
  return [...first, ...TABLES[dataset].columns.map((column) => column.name)]
}
