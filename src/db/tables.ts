import type { Dataset, RowOf } from '../lib/model/market.ts'

/** How a value travels to the server. */
export type ColumnKind = 'time' | 'decimal' | 'count' | 'text'

interface Column<Row> {
  readonly name: string
  readonly field: keyof Row & string
  readonly kind: ColumnKind
}

export interface Table<Row> {
  readonly name: string
  /** Beside venue, symbol and ts, which every table has and which are its key. */
  readonly columns: readonly Column<Row>[]
}

/** Where the rows of each dataset are stored. A new dataset is one entry here and one migration. */
export const TABLES: { readonly [D in Dataset]: Table<RowOf[D]> } = {
  ohlcv: {
    name: 'ohlcv',
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
    columns: [
      { name: 'rate', field: 'rate', kind: 'decimal' },
      { name: 'mark_price', field: 'markPrice', kind: 'decimal' },
      { name: 'rate_type', field: 'rateType', kind: 'text' },
      { name: 'venue_ts', field: 'venueTs', kind: 'time' },
    ],
  },
}

export const KEY_COLUMNS = ['venue', 'symbol', 'ts'] as const

export function columnNames(dataset: Dataset): readonly string[] {
  return [...KEY_COLUMNS, ...TABLES[dataset].columns.map((column) => column.name)]
}
