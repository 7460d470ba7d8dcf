import type { Dataset, RowOf } from '../lib/model/market.ts'

/** How a value travels to the server. */
export type ColumnKind = 'time' | 'number' | 'text'

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
      { name: 'open', field: 'open', kind: 'number' },
      { name: 'high', field: 'high', kind: 'number' },
      { name: 'low', field: 'low', kind: 'number' },
      { name: 'close', field: 'close', kind: 'number' },
      { name: 'volume', field: 'volume', kind: 'number' },
      { name: 'quote_volume', field: 'quoteVolume', kind: 'number' },
      { name: 'trades', field: 'trades', kind: 'number' },
      { name: 'taker_buy_volume', field: 'takerBuyVolume', kind: 'number' },
      { name: 'taker_buy_quote_volume', field: 'takerBuyQuoteVolume', kind: 'number' },
    ],
  },
  funding: {
    name: 'funding_rates',
    columns: [
      { name: 'rate', field: 'rate', kind: 'number' },
      { name: 'mark_price', field: 'markPrice', kind: 'number' },
      { name: 'rate_type', field: 'rateType', kind: 'text' },
      { name: 'venue_ts', field: 'venueTs', kind: 'time' },
    ],
  },
}

export const KEY_COLUMNS = ['venue', 'symbol', 'ts'] as const

export function columnNames(dataset: Dataset): readonly string[] {
  return [...KEY_COLUMNS, ...TABLES[dataset].columns.map((column) => column.name)]
}
