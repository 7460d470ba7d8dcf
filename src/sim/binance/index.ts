import { createClock, type VenueClock } from '../core/clock.ts'
import { FaultPlan, type FaultRule } from '../core/faults.ts'
import { Limiter } from '../core/limiter.ts'
import type { Liquidations } from '../core/liquidations.ts'
import { type RunningServer, startServer } from '../core/server.ts'
import type { Simulator } from '../core/simulator.ts'
import { StatsCounter } from '../core/stats.ts'
import { StreamFaults } from '../core/stream/stream-faults.ts'
import type { StreamServer } from '../core/stream/stream-server.ts'
import { VenueDesk } from '../core/venue-desk.ts'
import type { FundingRow } from './funding.ts'
import { createFundingRoutes } from './funding-routes.ts'
import { createFuturesData, type FuturesData } from './futures-data.ts'
import { createInfoRoutes } from './info-routes.ts'
import type { KlineRow } from './kline-row.ts'
import { createKlinesRoute } from './klines-route.ts'
import { POOLS, statedWeightLimit, weigh } from './limits.ts'
import { createLiquidations } from './liquidations.ts'
import { applyChanges, type ListingChange, orderChanges } from './listing-changes.ts'
import { chooseListings } from './listings.ts'
import { BinanceMarket, type MarketSource } from './market.ts'
import { createOpenInterestRoute } from './open-interest-route.ts'
import type { BinanceSimulatorOptions } from './options.ts'
import { createRecordedSource } from './recorded-source.ts'
import { createSeededSource } from './seeded-source.ts'
import type { StatisticTruthRows } from './statistics-rows.ts'
import { createBinanceStream } from './stream/index.ts'
import { ShownOrders } from './stream/shown-orders.ts'
import { type BinanceTruth, createTruth } from './truth.ts'
import { REFUSALS } from './wire-errors.ts'

export type { CandleCorrection } from './corrections.ts'
export type { FundingRow } from './funding.ts'
export type { KlineRow } from './kline-row.ts'
export { createListing, type Listing } from './listing.ts'
export type { ListingChange } from './listing-changes.ts'
export type { BinanceSimulatorOptions, MountScene } from './options.ts'
export type {
  FuturesDataEndpoint,
  FuturesDataOptions,
  OpenInterestRow,
  RatioRow,
  StatisticHole,
  TakerTruthRow,
  TakerVolumeRow,
} from './statistics-rows.ts'
export type { StreamOptions } from './stream/options.ts'

export type BinanceSimulator = Simulator<KlineRow, FundingRow, StatisticTruthRows>

/** Starts a simulated Binance USD-M on loopback. Throws where the address cannot be used or the folder holds nothing. */
export async function startBinanceSimulator(
  options: BinanceSimulatorOptions = {},
): Promise<BinanceSimulator> {
  const parts = createParts(options)
  const { market, clock, stats, faults, liquidations } = parts
  const desk = createDesk(options, parts)
  const mounted = options.mount?.({ seed: seedOf(options), market, liquidations, clock, stats, faults }) ?? []
  const { stream, streamFaults, shownOrders, futuresData } = parts
  const controls = {
    clock,
    stats: () => stats.read(market.notes()),
    stream: () => {
      stream.catchUp()
      return stream.stats()
    },
    setFaults: (rules: readonly FaultRule[]) => {
      // What is due by now still goes by the old rules.
      stream.catchUp()
      faults.set(rules)
      streamFaults.set(rules, clock.now())
    },
  }
  const server = await startServer({
    port: options.port ?? 0,
    host: options.host ?? '127.0.0.1',
    desks: [...mounted, { prefix: '', desk }],
    controls,
    stream,
  })
  return createHandle(server, createTruth({ market, futuresData, shownOrders, clock }), controls)
}

const seedOf = ({ seed = 'perpctl' }: BinanceSimulatorOptions): string => String(seed)

interface Parts {
  readonly market: BinanceMarket
  readonly futuresData: FuturesData
  readonly liquidations: Liquidations
  readonly shownOrders: ShownOrders
  readonly clock: VenueClock
  readonly stats: StatsCounter
  readonly faults: FaultPlan
  readonly streamFaults: StreamFaults
  readonly stream: StreamServer
}

function createParts(options: BinanceSimulatorOptions): Parts {
  const listingChanges = orderChanges(options.listingChanges ?? [])
  const { source, clock } = createSource(options, listingChanges)
  const market = new BinanceMarket(source, {
    holes: options.permanentHoles ?? {},
    corrections: options.corrections ?? [],
    listingChanges,
  })
  const now = (): number => clock.now()
  const stats = new StatsCounter(options.recordsRequests ?? false)
  const streamFaults = new StreamFaults((kind) => stats.countFault(kind))
  streamFaults.set(options.faults ?? [], now())
  const liquidations = createLiquidations(seedOf(options), market, now)
  const streamOptions = options.stream ?? {}
  const shownOrders = new ShownOrders(liquidations, streamOptions.forceOrder ?? 'largest')
  const hasLimits = options.hasLimits ?? true
  const scene = { market, clock, faults: streamFaults, shownOrders, hasLimits }
  return {
    market,
    futuresData: createFuturesData(market, seedOf(options), options.futuresData ?? {}, now),
    liquidations,
    shownOrders,
    clock,
    stats,
    faults: new FaultPlan(options.faults),
    streamFaults,
    stream: createBinanceStream(scene, streamOptions),
  }
}

function createSource(
  options: BinanceSimulatorOptions,
  changes: readonly ListingChange[],
): { source: MarketSource; clock: VenueClock } {
  const hasRateType = options.fundingWithRateType ?? false
  if (options.dataFolder !== undefined) {
    const source = createRecordedSource(options.dataFolder, hasRateType)
    const clock = createClock({ startAt: source.startAt, ...options.clock })
    return { source: { ...source, listings: applyChanges(source.listings, changes) }, clock }
  }
  const clock = createClock(options.clock)
  const seed = seedOf(options)
  const listings = applyChanges(chooseListings(options, clock.now()), changes)
  return { source: createSeededSource(listings, { seed, hasRateType }), clock }
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
      createOpenInterestRoute(market, seedOf(options), now),
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

interface Controls {
  readonly clock: VenueClock
  readonly stats: BinanceSimulator['stats']
  readonly stream: BinanceSimulator['stream']
  readonly setFaults: BinanceSimulator['setFaults']
}

function createHandle(
  server: RunningServer,
  truth: BinanceTruth,
  { clock, stats, stream, setFaults }: Controls,
): BinanceSimulator {
  return {
    restUrl: server.url,
    wsUrl: server.wsUrl,
    truth,
    stats,
    stream,
    setFaults,
    now: () => clock.now(),
    advance: (ms) => clock.advance(ms),
    close: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  }
}
