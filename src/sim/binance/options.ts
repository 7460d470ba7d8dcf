import type { Window } from '../../lib/model/window.ts'
import type { ClockOptions, VenueClock } from '../core/clock.ts'
import type { FaultPlan, FaultRule } from '../core/faults.ts'
import type { Liquidations } from '../core/liquidations.ts'
import type { WindowKind } from '../core/meter.ts'
import type { MountedDesk } from '../core/server.ts'
import type { StatsCounter } from '../core/stats.ts'
import type { ArchiveOptions } from './archive/options.ts'
import type { CandleCorrection } from './corrections.ts'
import type { ListingChange } from './listing-changes.ts'
import type { ListingChoice } from './listings.ts'
import type { BinanceMarket } from './market.ts'
import type { Outages } from './outages.ts'
import type { FuturesDataOptions } from './statistics-rows.ts'
import type { StreamOptions } from './stream/options.ts'

export interface BinanceSimulatorOptions extends ListingChoice {
  /** 0 (default): a free one. */
  readonly port?: number
  /** A loopback address, default 127.0.0.1. */
  readonly host?: string
  readonly seed?: number | string
  /** Serve the recorded candles of this folder instead of a seeded market. */
  readonly dataFolder?: string
  /** The venue's own clock; default real time, with a data folder from a minute after its last candle. */
  readonly clock?: ClockOptions
  /** False: weights are told but never enforced, and the limit that is stated is out of reach. */
  readonly hasLimits?: boolean
  /** How limits count: by calendar window, as the venue does, or always over the last minute. */
  readonly window?: WindowKind
  readonly ignoredBeforeBan?: number
  /** Whether 429 and 418 say how long to wait. */
  readonly hasRetryAfter?: boolean
  readonly faults?: readonly FaultRule[]
  /** Minutes that the venue never had, by symbol. */
  readonly permanentHoles?: Readonly<Record<string, readonly Window[]>>
  /** Minutes in which nobody could trade, by symbol: flat candles without volume, and no mark, index and premium. */
  readonly outages?: Outages
  /** By symbol (of the index: by pair): minutes that have a candle, but no mark, index and premium. */
  readonly priceHoles?: Readonly<Record<string, readonly Window[]>>
  readonly corrections?: readonly CandleCorrection[]
  /** Symbols that are listed, settled or closed at a venue time. */
  readonly listingChanges?: readonly ListingChange[]
  readonly fundingWithRateType?: boolean
  /** How the statistics below `/futures/data/` behave. */
  readonly futuresData?: FuturesDataOptions
  /** When the archive has what. */
  readonly archive?: ArchiveOptions
  /** How the live stream behaves. */
  readonly stream?: StreamOptions
  /** Keep every request for `stats().recorded`. */
  readonly recordsRequests?: boolean
  /** Further desks on the same server, of whoever else tells about this market. */
  readonly mount?: (scene: MountScene) => readonly MountedDesk[]
}

/** What a further desk shares with this venue. */
export interface MountScene {
  readonly seed: string
  readonly market: BinanceMarket
  readonly liquidations: Liquidations
  readonly clock: VenueClock
  readonly stats: StatsCounter
  readonly faults: FaultPlan
}
