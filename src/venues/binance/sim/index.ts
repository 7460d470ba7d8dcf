import { floorTo, MINUTE, type Window } from '../../../lib/model/window.ts'
import { type ClockOptions, createClock, type VenueClock } from '../../../lib/sim/clock.ts'
import { FaultPlan, type FaultRule } from '../../../lib/sim/faults.ts'
import { Limiter } from '../../../lib/sim/limiter.ts'
import type { WindowKind } from '../../../lib/sim/meter.ts'
import { type MountedDesk, type RunningServer, startServer } from '../../../lib/sim/server.ts'
import type { Simulator, Truth } from '../../../lib/sim/simulator.ts'
import { StatsCounter } from '../../../lib/sim/stats.ts'
import { VenueDesk } from '../../../lib/sim/venue-desk.ts'
import type { CandleCorrection } from './corrections.ts'
import type { FundingRow } from './funding.ts'
import { createFundingRoutes } from './funding-routes.ts'
import { createFuturesData, type FuturesData } from './futures-data.ts'
import { createInfoRoutes } from './info-routes.ts'
import type { KlineRow } from './kline-row.ts'
import { createKlinesRoute } from './klines-route.ts'
import { POOLS, statedWeightLimit, weigh } from './limits.ts'
import { chooseListings, type ListingChoice } from './listings.ts'
import { BinanceMarket, type MarketSource } from './market.ts'
import { createRecordedSource } from './recorded-source.ts'
import { createSeededSource } from './seeded-source.ts'
import type { FuturesDataOptions, StatisticTruthRows } from './statistics-rows.ts'
import { REFUSALS } from './wire-errors.ts'

export type { CandleCorrection } from './corrections.ts'
export type { FundingRow } from './funding.ts'
export type { KlineRow } from './kline-row.ts'
export { createListing, type Listing } from './listing.ts'
export type {
  FuturesDataEndpoint,
  FuturesDataOptions,
  OpenInterestRow,
  RatioRow,
  StatisticHole,
  TakerTruthRow,
  TakerVolumeRow,
} from './statistics-rows.ts'

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
  readonly corrections?: readonly CandleCorrection[]
  readonly fundingWithRateType?: boolean
  /** How the statistics below `/futures/data/` behave. */
  readonly futuresData?: FuturesDataOptions
  /** Keep every request for `stats().recorded`. */
  readonly recordsRequests?: boolean
  /** Further desks on the same server, of whoever else tells about this market. */
  readonly mount?: (scene: MountScene) => readonly MountedDesk[]
}

/** What a further desk shares with this venue. */
export interface MountScene {
  readonly seed: string
  readonly market: BinanceMarket
  readonly clock: VenueClock
  readonly stats: StatsCounter
  readonly faults: FaultPlan
}

export type BinanceSimulator = Simulator<KlineRow, FundingRow, StatisticTruthRows>

/** Starts a simulated Binance USD-M on loopback. Throws where the address cannot be used or the folder holds nothing. */
export async function startBinanceSimulator(
  options: BinanceSimulatorOptions = {},
): Promise<BinanceSimulator> {
  const { source, clock } = createSource(options)
  const market = new BinanceMarket(source, {
    holes: options.permanentHoles ?? {},
    corrections: options.corrections ?? [],
  })
  const stats = new StatsCounter(options.recordsRequests ?? false)
  const faults = new FaultPlan(options.faults)
  const controls = {
    clock,
    stats: () => stats.read(market.notes()),
    setFaults: (rules: readonly FaultRule[]) => faults.set(rules),
  }
  const futuresData = createFuturesData(market, seedOf(options), options.futuresData ?? {}, () => clock.now())
  const desk = createDesk(options, { market, futuresData, clock, stats, faults })
  const mounted = options.mount?.({ seed: seedOf(options), market, clock, stats, faults }) ?? []
  const server = await startServer({
    port: options.port ?? 0,
    host: options.host ?? '127.0.0.1',
    desks: [...mounted, { prefix: '', desk }],
    controls,
  })
  return createHandle(server, createTruth(market, futuresData, clock), controls)
}

const seedOf = ({ seed = 'perpctl' }: BinanceSimulatorOptions): string => String(seed)

function createSource(options: BinanceSimulatorOptions): { source: MarketSource; clock: VenueClock } {
  const hasRateType = options.fundingWithRateType ?? false
  if (options.dataFolder !== undefined) {
    const source = createRecordedSource(options.dataFolder, hasRateType)
    return { source, clock: createClock({ startAt: source.startAt, ...options.clock }) }
  }
  const clock = createClock(options.clock)
  const seed = seedOf(options)
  return { source: createSeededSource(chooseListings(options, clock.now()), { seed, hasRateType }), clock }
}

interface Parts {
  readonly market: BinanceMarket
  readonly futuresData: FuturesData
  readonly clock: VenueClock
  readonly stats: StatsCounter
  readonly faults: FaultPlan
}

function createDesk(options: BinanceSimulatorOptions, parts: Parts): VenueDesk {
  const { market, futuresData, clock, stats, faults } = parts
  const now = (): number => clock.now()
  const hasLimits = options.hasLimits ?? true
  const limiter = new Limiter({
    pools: POOLS,
    isEnforced: hasLimits,
    window: options.window ?? 'minute',
    ignoredBeforeBan: options.ignoredBeforeBan ?? 5,
  })
  return new VenueDesk({
    routes: [
      ...createInfoRoutes(market, now, statedWeightLimit(hasLimits)),
      createKlinesRoute(market, now),
      ...createFundingRoutes(market, now),
      ...futuresData.routes,
    ],
    refusals: REFUSALS,
    clock,
    limiter,
    faults,
    stats,
    unknownCost: weigh(1),
    hasRetryAfter: options.hasRetryAfter ?? true,
  })
}

type BinanceTruth = Truth<KlineRow, FundingRow, StatisticTruthRows>

const createTruth = (market: BinanceMarket, futuresData: FuturesData, clock: VenueClock): BinanceTruth => ({
  ...futuresData.truth,
  candles: (symbol, { from, to }) => {
    const now = clock.now()
    return market.klines.rows(symbol, { from, to: Math.min(to, floorTo(now, MINUTE)) }, now)
  },
  funding: (symbol, { from, to }) =>
    market.funding.rows(symbol, {
      from,
      to: Math.min(to - 1, clock.now()),
      limit: Number.POSITIVE_INFINITY,
      end: 'oldest',
    }),
})

interface Controls {
  readonly clock: VenueClock
  readonly stats: BinanceSimulator['stats']
  readonly setFaults: BinanceSimulator['setFaults']
}

function createHandle(
  server: RunningServer,
  truth: BinanceTruth,
  { clock, stats, setFaults }: Controls,
): BinanceSimulator {
  return {
    restUrl: server.url,
    truth,
    stats,
    setFaults,
    now: () => clock.now(),
    advance: (ms) => clock.advance(ms),
    close: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  }
}
