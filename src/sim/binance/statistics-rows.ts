import type { Window } from '../../lib/model/window.ts'
import type { RowShape } from '../core/answer.ts'

/** Milliseconds, as a number or as text by `FuturesDataOptions.timestamps`. */
type Timestamp = number | string

export interface OpenInterestRow {
  readonly symbol: string
  readonly sumOpenInterest: string
  readonly sumOpenInterestValue: string
  readonly CMCCirculatingSupply: string
  readonly timestamp: Timestamp
}

export interface RatioRow {
  readonly symbol: string
  readonly longShortRatio: string
  /** Shares of one; the two add up to 1.0000. Of the position ratio too the venue calls them accounts. */
  readonly longAccount: string
  readonly shortAccount: string
  readonly timestamp: Timestamp
}

/** The venue does not name the symbol. Volumes in base asset. */
export interface TakerVolumeRow {
  readonly buySellRatio: string
  readonly buyVol: string
  readonly sellVol: string
  readonly timestamp: Timestamp
}

/** `start`: where the flow begins, whichever end its `timestamp` labels. */
export type TakerTruthRow = TakerVolumeRow & { readonly start: number }

export interface StatisticTruthRows {
  readonly openInterest: OpenInterestRow
  readonly ratio: RatioRow
  readonly takerVolume: TakerTruthRow
}

export const OPEN_INTEREST_SHAPE: RowShape = {
  time: 'timestamp',
  values: ['sumOpenInterest', 'sumOpenInterestValue'],
}
export const RATIO_SHAPE: RowShape = {
  time: 'timestamp',
  values: ['longShortRatio', 'longAccount', 'shortAccount'],
}
export const TAKER_VOLUME_SHAPE: RowShape = {
  time: 'timestamp',
  values: ['buyVol', 'sellVol', 'buySellRatio'],
}

/** The last part of its path. */
export type FuturesDataEndpoint =
  | 'openInterestHist'
  | 'topLongShortAccountRatio'
  | 'topLongShortPositionRatio'
  | 'globalLongShortAccountRatio'
  | 'takerlongshortRatio'

/** How the statistics behave where the real venue's way is not known, or changed. */
export interface FuturesDataOptions {
  /** Which rows of a range with more than `limit` come; default newest. */
  readonly longRange?: 'newest' | 'oldest'
  /** What an unknown symbol gets: `[]` or -1121 (default). */
  readonly unknownSymbol?: 'empty' | 'refuse'
  /** Whether `timestamp` is a number (default) or text. */
  readonly timestamps?: 'integer' | 'string'
  /** Which end of its period the timestamp of a taker flow tells; default start. */
  readonly takerLabel?: 'start' | 'end'
  /** How long after its time (a flow's: the end of its period) a row is out; default 6,200. */
  readonly publicationLagMs?: number
  /** By symbol: points that none of the five statistics ever has. A flow is where its period begins. */
  readonly holes?: Readonly<Record<string, readonly Window[]>>
  /** The same of a single statistic. */
  readonly holesOf?: readonly StatisticHole[]
}

export interface StatisticHole {
  readonly endpoint: FuturesDataEndpoint
  readonly symbol: string
  readonly window: Window
}
