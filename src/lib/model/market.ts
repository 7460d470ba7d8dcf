/**
 * The words of the field as perpctl uses them.
 *
 * - **venue**: an exchange, by its short name (`binance`).
 * - **symbol**: the venue's own name of an instrument, case kept (`BTCUSDT`).
 * - **dataset**: one kind of rows, stored in one table (`ohlcv`, `mark`, `index`, `premium`, `funding`, `oi`, `lsr`, `lq`, `lqo`, `tv`, `rsi`, `mt`).
 * - **route**: one way to get a dataset (`rest`, `coinalyze`).
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

/** A minute of a price that nobody trades at; of the premium index a share of the price, which may be below 0. */
export interface PriceCandle extends Row {
  readonly open: Decimal
  readonly high: Decimal
  readonly low: Decimal
  readonly close: Decimal
}

export interface FundingRate extends Row {
  /** A fraction, not a percentage: `0.0001` is one basis point. */
  readonly rate: Decimal
  readonly markPrice: Decimal | null
  readonly rateType: string | null
  /** The settlement time as sent, with the venue's jitter; `ts` is the same rounded to the minute. */
  readonly venueTs: number
}

/** A snapshot holds from the moment it was taken: it fills the minutes up to the next one, never one before it. */
export interface OpenInterest extends Row {
  /** Base asset. */
  readonly openInterest: Decimal
  /** Quote asset; null where the venue does not tell. */
  readonly openInterestValue: Decimal | null
  /** When the snapshot was taken. */
  readonly sampledAt: number
}

/** Ratios are long ÷ short; accounts and positions are shares of 1. Null where the venue has no snapshot of that kind. */
export interface LongShortRatio extends Row {
  readonly globalAccountRatio: Decimal | null
  readonly globalLongAccount: Decimal | null
  readonly globalShortAccount: Decimal | null
  readonly topAccountRatio: Decimal | null
  readonly topLongAccount: Decimal | null
  readonly topShortAccount: Decimal | null
  readonly topPositionRatio: Decimal | null
  readonly topLongPosition: Decimal | null
  readonly topShortPosition: Decimal | null
  readonly sampledAt: number
}

/** Volume of positions that were closed by force in a minute, in base asset, by the side of the position. */
export interface Liquidations extends Row {
  readonly source: string
  readonly longVolume: Decimal
  readonly shortVolume: Decimal
  /** How much of the minute a live feed saw; null where the source tells of the whole minute. */
  readonly observedSeconds: number | null
}

/** One position that was closed by force, as a live feed shows it: of several in a second perhaps only one. */
export interface LiquidationOrder extends Row {
  /** When the order was filled, not the start of a minute. */
  readonly ts: number
  /** The side of the position that was closed, not of the order that closed it. */
  readonly positionSide: 'long' | 'short'
  readonly price: Decimal
  /** Base asset, as ordered. */
  readonly quantity: Decimal
  readonly averagePrice: Decimal | null
  /** Base asset, as filled. */
  readonly filled: Decimal | null
}

/** `weighted`: a longer statistic spread over its minutes by their volume; `exact`: the candle's own split. */
export type TakerMethod = 'weighted' | 'exact'

/** Base volume in which the taker bought and sold. */
export interface TakerVolume extends Row {
  readonly buyVolume: Decimal
  readonly sellVolume: Decimal
  readonly method: TakerMethod
  /** The time by which the venue labels the statistic that the row is a part of. */
  readonly sampledAt: number
}

/** Wilder's RSI of one-minute closes, with the averages that it goes on from; doubles, bit for bit. */
export interface RsiValue extends Row {
  readonly period: number
  readonly rsi: number
  readonly averageGain: number
  readonly averageLoss: number
}

/** The equally weighted index of all symbols. */
export interface IndexValue extends Row {
  readonly close: number
  /** Symbols with a candle in this minute and in the one before. */
  readonly members: number
}

/** The symbol under which the index of all symbols has its RSI and its coverage. */
export const INDEX_SYMBOL = 'MT'

/** Row type of each dataset. A new dataset is one entry here, one route in a venue and one table in `db/tables.ts`. */
export interface RowOf {
  ohlcv: Candle
  mark: PriceCandle
  index: PriceCandle
  premium: PriceCandle
  funding: FundingRate
  oi: OpenInterest
  lsr: LongShortRatio
  lq: Liquidations
  lqo: LiquidationOrder
  tv: TakerVolume
  rsi: RsiValue
  mt: IndexValue
}
export type Dataset = keyof RowOf
/** Candles of prices, in the order in which they are shown. */
export const PRICE_DATASETS = ['mark', 'index', 'premium'] as const satisfies readonly Dataset[]
export type PriceDataset = (typeof PRICE_DATASETS)[number]

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
