import type { VenueClock } from '../core/clock.ts'
import type { FaultPlan } from '../core/faults.ts'
import { Limiter } from '../core/limiter.ts'
import type { Liquidations } from '../core/liquidations.ts'
import type { WindowKind } from '../core/meter.ts'
import type { MountedDesk } from '../core/server.ts'
import type { StatsCounter } from '../core/stats.ts'
import { type Route, VenueDesk } from '../core/venue-desk.ts'
import {
  EXCHANGES,
  type FutureMarket,
  IRREGULAR_NAMES,
  OTHER_MARKETS,
  renderMarket,
  type VenueSymbol,
} from './future-markets.ts'
import { createKeyring } from './keys.ts'
import { formatWait, ONE_CALL, POOLS } from './limits.ts'
import { createLiquidationRoute } from './liquidation-route.ts'
import { REFUSALS } from './wire-errors.ts'

export type { FutureMarket, VenueSymbol } from './future-markets.ts'

export const COINALYZE_PREFIX = '/coinalyze/v1'

export interface CoinalyzeOptions {
  /** The keys that are good; default: any that is not empty. */
  readonly keys?: readonly string[]
  /** Symbols of the venue that Coinalyze does not have. */
  readonly missing?: readonly string[]
  /** Names by the venue's symbol that do not follow the pattern; default: one for 1000PEPEUSDT. */
  readonly names?: Readonly<Record<string, string>>
  /** Newest points that are kept of each side; default 1,700. */
  readonly retainedPoints?: number
  /** How long after it happened a liquidation is told, in milliseconds; default 0. */
  readonly lagMs?: number
  /** Whether a symbol without a row in the range is told with an empty history; default: it is left out. */
  readonly hasEmptyHistories?: boolean
  /** Whether 429 says how long to wait; default true. */
  readonly hasRetryAfter?: boolean
  readonly hasLimits?: boolean
  readonly window?: WindowKind
}

/** What Coinalyze shares with the venue that it tells about. */
export interface CoinalyzeScene {
  readonly clock: VenueClock
  readonly stats: StatsCounter
  readonly faults: FaultPlan
  readonly liquidations: Liquidations
  /** The symbols that trade now. */
  symbols(): readonly VenueSymbol[]
}

/** A simulated Coinalyze: what it tells about one simulated venue. */
export function mountCoinalyze(scene: CoinalyzeScene, options: CoinalyzeOptions = {}): MountedDesk {
  const limiter = new Limiter({
    pools: POOLS,
    isEnforced: options.hasLimits ?? true,
    window: options.window ?? 'minute',
    ignoredBeforeBan: Number.POSITIVE_INFINITY,
  })
  const desk = new VenueDesk({
    routes: createRoutes(scene, options),
    refusals: REFUSALS,
    clock: scene.clock,
    limiter,
    faults: scene.faults,
    stats: scene.stats,
    unknownCost: ONE_CALL,
    hasRetryAfter: options.hasRetryAfter ?? true,
    formatWait,
    identify: createKeyring(options.keys),
  })
  return { prefix: COINALYZE_PREFIX, desk }
}

function createRoutes({ clock, liquidations, symbols }: CoinalyzeScene, options: CoinalyzeOptions): Route[] {
  const { missing = [], names = IRREGULAR_NAMES } = options
  const markets = (): (readonly [FutureMarket, VenueSymbol | null])[] => [
    ...symbols()
      .filter(({ symbol }) => !missing.includes(symbol))
      .map((source) => [renderMarket(source, names), source] as const),
    ...OTHER_MARKETS.map((market) => [market, null] as const),
  ]
  const { lagMs = 0, retainedPoints = 1_700, hasEmptyHistories = false } = options
  return [
    createListRoute('/exchanges', () => EXCHANGES),
    createListRoute('/future-markets', () => markets().map(([market]) => market)),
    createLiquidationRoute({
      liquidations,
      retainedPoints,
      hasEmptyHistories,
      knownUntil: () => clock.now() - lagMs,
      find: (name) => markets().find(([{ symbol }]) => symbol === name)?.[1],
    }),
  ]
}

const createListRoute = (path: string, list: () => readonly unknown[]): Route => ({
  path,
  cost: () => ONE_CALL,
  answer: () => {
    const items = list()
    return { status: 200, body: JSON.stringify(items), rows: items.length }
  },
})
