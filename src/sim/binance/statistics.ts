import type { Exact } from '../../lib/model/exact-decimal.ts'
import type { RowShape } from '../core/answer.ts'
import type { RatioKind } from '../core/simulator.ts'
import type { BinanceMarket } from './market.ts'
import { createMarketFigures, divide, formatAtLeast, type MarketFigures } from './market-figures.ts'
import { createSeededStatistics, type SeededStatistics } from './seeded-statistics.ts'
import {
  type FuturesDataEndpoint,
  OPEN_INTEREST_SHAPE,
  type OpenInterestRow,
  RATIO_SHAPE,
  type RatioRow,
  TAKER_VOLUME_SHAPE,
  type TakerVolumeRow,
} from './statistics-rows.ts'

/** One place of a statistic's grid. */
export interface StatisticPoint {
  readonly symbol: string
  /** The instant of a snapshot, the start of a flow's period. */
  readonly at: number
  readonly period: number
  /** What the row tells as its time. */
  readonly timestamp: number | string
}

export interface Statistic<Row> {
  readonly endpoint: FuturesDataEndpoint
  readonly shape: RowShape
  /** A sum over a period, not a snapshot of an instant. */
  readonly isFlow: boolean
  /** Undefined where the venue was not there. */
  create(point: StatisticPoint, now: number): Row | undefined
}

export interface Statistics {
  readonly openInterest: Statistic<OpenInterestRow>
  readonly ratios: Readonly<Record<RatioKind, Statistic<RatioRow>>>
  readonly takerVolume: Statistic<TakerVolumeRow>
}

const RATIO_DECIMALS = 4

const RATIO_ENDPOINTS: Readonly<Record<RatioKind, FuturesDataEndpoint>> = {
  'global-account': 'globalLongShortAccountRatio',
  'top-account': 'topLongShortAccountRatio',
  'top-position': 'topLongShortPositionRatio',
}

/** The five statistics of a market: prices and flows are those of its candles, all else is made from the seed. */
export function createStatistics(market: BinanceMarket, seed: string): Statistics {
  const figures = createMarketFigures(market)
  const find = createFinder(market, seed)
  const createRatios = (kind: RatioKind): Statistic<RatioRow> => ({
    endpoint: RATIO_ENDPOINTS[kind],
    shape: RATIO_SHAPE,
    isFlow: false,
    create: (point) =>
      figures.priceAt(point.symbol, point.at) &&
      createRatio(point, find(point.symbol)?.longShareAt(kind, point.at)),
  })
  return {
    openInterest: {
      endpoint: 'openInterestHist',
      shape: OPEN_INTEREST_SHAPE,
      isFlow: false,
      create: (point) =>
        createOpenInterest(point, figures.priceAt(point.symbol, point.at), find(point.symbol)),
    },
    ratios: {
      'global-account': createRatios('global-account'),
      'top-account': createRatios('top-account'),
      'top-position': createRatios('top-position'),
    },
    takerVolume: {
      endpoint: 'takerlongshortRatio',
      shape: TAKER_VOLUME_SHAPE,
      isFlow: true,
      create: (point, now) => createTakerVolume(point, figures, now),
    },
  }
}

type Found = SeededStatistics & { readonly sizeDecimals: number }

function createFinder(market: BinanceMarket, seed: string): (symbol: string) => Found | undefined {
  const made = new Map<string, Found>()
  return (symbol) => {
    const known = made.get(symbol)
    if (known) return known
    const listing = market.listing(symbol)
    if (!listing) return undefined
    const found = { ...createSeededStatistics(seed, listing), sizeDecimals: listing.sizeDecimals }
    made.set(symbol, found)
    return found
  }
}

function createOpenInterest(
  { symbol, at, timestamp }: StatisticPoint,
  price: Exact | undefined,
  seeded: Found | undefined,
): OpenInterestRow | undefined {
  if (!price || !seeded) return undefined
  const held: Exact = { digits: BigInt(seeded.openInterestAt(at)), scale: seeded.sizeDecimals }
  const value: Exact = { digits: held.digits * price.digits, scale: held.scale + price.scale }
  return {
    symbol,
    sumOpenInterest: formatAtLeast(held, 8),
    sumOpenInterestValue: formatAtLeast(value, 8),
    CMCCirculatingSupply: `${seeded.supply}.00000000`,
    timestamp,
  }
}

function createRatio({ symbol, timestamp }: StatisticPoint, share: number | undefined): RatioRow | undefined {
  if (share === undefined) return undefined
  const long: Exact = { digits: BigInt(share), scale: 4 }
  const short: Exact = { digits: BigInt(10_000 - share), scale: 4 }
  return {
    symbol,
    longShortRatio: divide(long, short, RATIO_DECIMALS),
    longAccount: formatAtLeast(long, 4),
    shortAccount: formatAtLeast(short, 4),
    timestamp,
  }
}

function createTakerVolume(
  { symbol, at, period, timestamp }: StatisticPoint,
  figures: MarketFigures,
  now: number,
): TakerVolumeRow | undefined {
  const flow = figures.flowOf(symbol, { from: at, to: at + period }, now)
  if (!flow) return undefined
  return {
    buySellRatio: divide(flow.buy, flow.sell, RATIO_DECIMALS),
    buyVol: formatAtLeast(flow.buy, 4),
    sellVol: formatAtLeast(flow.sell, 4),
    timestamp,
  }
}
