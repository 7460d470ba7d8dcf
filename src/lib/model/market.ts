/**
 * The words of the field as perpctl uses them.
 *
 * - **venue**: an exchange, by its short name (`binance`).
 * - **symbol**: the venue's own name of an instrument, case kept (`BTCUSDT`).
 * - **dataset**: one kind of rows, stored in one table (`ohlcv`, `funding`).
 * - **source**: the interface that data come from (`rest`, later `archive`, `stream`).
 * - **page**: the answer to one request: rows and the window it covers.
 * - **coverage**: the windows that were asked, answered and committed; **absent**: grid points inside it for which the
 *   venue itself has no row; **gap**: wanted window minus coverage.
 * - **run**: one execution of a command; **job**: one symbol and dataset of a run.
 * - **lane**: one way out to the network; **budget**: a weighted limit over a time window.
 *
 * Prices and sizes are decimal strings exactly as the venue sent them: never parsed when only carried.
 */

/** A non-negative or signed decimal in plain notation, as the venue sent it. */
export type Decimal = string

/** What all rows share. */
export interface Row {
  /** Start of the row's minute, milliseconds since the epoch, UTC. */
  readonly ts: number
}

export interface Candle extends Row {
  readonly open: Decimal
  readonly high: Decimal
  readonly low: Decimal
  readonly close: Decimal
  /** Base asset. */
  readonly volume: Decimal
  /** The last four are null, never 0, where a venue does not tell. */
  readonly quoteVolume: Decimal | null
  readonly trades: number | null
  readonly takerBuyVolume: Decimal | null
  readonly takerBuyQuoteVolume: Decimal | null
}

export interface FundingRate extends Row {
  /** A fraction, not a percentage: `0.0001` is one basis point. */
  readonly rate: Decimal
  readonly markPrice: Decimal | null
  readonly rateType: string | null
  /** The settlement time as sent, with the venue's jitter; `ts` is the same rounded to the minute. */
  readonly venueTs: number
}

/** Row type of each dataset. A new dataset is one entry here, one source in a venue and one table in `db/tables.ts`. */
export interface RowOf {
  ohlcv: Candle
  funding: FundingRate
}
export type Dataset = keyof RowOf

export interface Instrument {
  readonly symbol: string
  readonly baseAsset: string
  readonly quoteAsset: string
  readonly contractType: string
  readonly status: string
  /** The venue's word; a first candle may well be earlier. */
  readonly onboardTs: number | null
  readonly deliveryTs: number | null
  readonly tickSize: Decimal | null
  readonly stepSize: Decimal | null
  /** The venue's own object, as sent. */
  readonly raw: unknown
}
