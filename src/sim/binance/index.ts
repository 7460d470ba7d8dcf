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
import { ARCHIVE_PREFIX, type Archive, createArchive } from './archive/index.ts'
import type { FundingRow } from './funding.ts'
import { createFundingRoutes } from './funding-routes.ts'
import { createFuturesData, type FuturesData } from './futures-data.ts'
import { createInfoRoutes } from './info-routes.ts'
import type { KlineRow } from './kline-row.ts'
import { createKlinesRoutes } from './klines-route.ts'
import { POOLS, statedWeightLimit, weigh } from './limits.ts'
import { createLiquidations } from './liquidations.ts'
import { applyChanges, type ListingChange, orderChanges } from './listing-changes.ts'
import { chooseListings } from './listings.ts'
import { BinanceMarket, type MarketSource } from './market.ts'
import { createOpenInterestRoute } from './open-interest-route.ts'
import type { BinanceSimulatorOptions } from './options.ts'
import { PRICE_KINDS } from './prices/price-kind.ts'
import { PriceKlines } from './prices/price-klines.ts'
import { createRecordedSource } from './recorded-source.ts'
import { createSeededSource } from './seeded-source.ts'
import type { StatisticTruthRows } from './statistics-rows.ts'
import { createBinanceStream } from './stream/index.ts'
import { ShownOrders } from './stream/shown-orders.ts'
import { type BinanceTruth, createTruth } from './truth.ts'
import { REFUSALS } from './wire-errors.ts'

export type { MetricsRow } from './archive/metrics.ts'
export type { ArchiveOptions } from './archive/options.ts'
export type { CandleCorrection } from './corrections.ts'
export type { FundingRow } from './funding.ts'
export type { KlineRow } from './kline-row.ts'
export { createListing, type Listing } from './listing.ts'
export type { ListingChange } from './listing-changes.ts'
export type { BinanceSimulatorOptions, MountScene } from './options.ts'
export type { PriceKind } from './prices/price-kind.ts'
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

export interface BinanceSimulator extends Simulator<KlineRow, FundingRow, StatisticTruthRows> {
  /** Files lie below it under their keys, the listing is asked at the address itself. */
  readonly archiveUrl: string
  readonly truth: BinanceTruth
}

/** Starts a simulated Binance USD-M on loopback. Throws where the address cannot be used or the folder holds nothing. */
export async function startBinanceSimulator(
  options: BinanceSimulatorOptions = {},
): Promise<BinanceSimulator> {
  const parts = createParts(options)
  const { market, clock, stats, faults, liquidations, archive } = parts
  const desk = createDesk(options, parts)
  const mounted = options.mount?.({ seed: seedOf(options), market, liquidations, clock, stats, faults }) ?? []
  const { stream, streamFaults, shownOrders, futuresData, prices } = parts
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
      archive.setDefects(rules)
    },
  }
  const server = await startServer({
    port: options.port ?? 0,
    host: options.host ?? '127.0.0.1',
    desks: [...mounted, archive.mounted, { prefix: '', desk }],
    controls,
    stream,
  })
  return createHandle(server, createTruth({ market, prices, futuresData, shownOrders, clock }), controls)
}

const seedOf = ({ seed = 'perpctl' }: BinanceSimulatorOptions): string => String(seed)

interface Parts {
  readonly market: BinanceMarket
  readonly prices: readonly PriceKlines[]
  readonly archive: Archive
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
    outages: options.outages ?? {},
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
  const seed = seedOf(options)
  const priceSettings = { seed, holes: [options.priceHoles ?? {}, options.outages ?? {}] }
  const prices = PRICE_KINDS.map((kind) => new PriceKlines(kind, market, priceSettings))
  const futuresData = createFuturesData(market, seed, options.futuresData ?? {}, now)
  const faults = new FaultPlan(options.faults)
  const { metrics } = futuresData
  const archiveScene = { seed, market, prices, metrics, clock, stats, faults }
  return {
    market,
    prices,
    archive: createArchive(archiveScene, options.archive ?? {}, options.faults ?? []),
    futuresData,
    liquidations,
    shownOrders,
    clock,
    stats,
    faults,
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
  const { market, prices, futuresData, clock, stats, faults } = parts
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
      ...createKlinesRoutes(market, prices, now),
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
    archiveUrl: `${server.url}${ARCHIVE_PREFIX}`,
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
