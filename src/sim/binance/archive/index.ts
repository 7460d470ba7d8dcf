import type { VenueClock } from '../../core/clock.ts'
import type { FaultPlan, FaultRule } from '../../core/faults.ts'
import { Limiter } from '../../core/limiter.ts'
import type { MountedDesk } from '../../core/server.ts'
import type { StatsCounter } from '../../core/stats.ts'
import { type Route, VenueDesk } from '../../core/venue-desk.ts'
import type { BinanceMarket } from '../market.ts'
import type { PriceKlines } from '../prices/price-klines.ts'
import { Catalogue } from './catalogue.ts'
import { createDataSets } from './data-sets.ts'
import { DefectPlan } from './defect-plan.ts'
import { answerList } from './list-route.ts'
import type { ReadMetrics } from './metrics.ts'
import type { ArchiveOptions } from './options.ts'
import { ObjectStore, type StoredObject, strayFolderOf } from './store.ts'
import { createTree, strayIn, type TreeParts } from './tree.ts'
import { noSuchKey, REFUSALS } from './wire-errors.ts'

export const ARCHIVE_PREFIX = '/archive'

export interface ArchiveScene {
  readonly seed: string
  readonly market: BinanceMarket
  readonly prices: readonly PriceKlines[]
  readonly metrics: ReadMetrics
  readonly clock: VenueClock
  readonly stats: StatsCounter
  readonly faults: FaultPlan
}

export interface Archive {
  readonly mounted: MountedDesk
  /** Replaces the rules about files; those of requests are the fault plan's. */
  setDefects(rules: readonly FaultRule[]): void
}

/** Nobody is known to be limited. */
const POOL = { name: 'archive', limit: Number.POSITIVE_INFINITY, windowMs: 60_000, text: 'no limit' }
const FREE = { pool: POOL.name, weight: 0 }

/** The bulk archive of the venue: objects below the prefix, and the listing of all of them at the prefix itself. */
export function createArchive(
  scene: ArchiveScene,
  options: ArchiveOptions,
  rules: readonly FaultRule[],
): Archive {
  const { market, clock, stats, faults, seed } = scene
  const plan = new DefectPlan(rules)
  const catalogue = new Catalogue({ market, dataSets: createDataSets(scene), plan, options })
  const parts: TreeParts = { catalogue, plan, store: new ObjectStore(catalogue, seed) }
  const desk = new VenueDesk({
    routes: [],
    findRoute: (endpoint) => createRoute(endpoint, parts, { options, scene }),
    refusals: REFUSALS,
    clock,
    limiter: new Limiter({
      pools: [POOL],
      isEnforced: false,
      window: 'minute',
      ignoredBeforeBan: Number.POSITIVE_INFINITY,
    }),
    faults,
    stats,
    unknownCost: FREE,
    hasRetryAfter: false,
  })
  return {
    mounted: {
      prefix: ARCHIVE_PREFIX,
      desk,
      watch: (endpoint, delivery) => stats.transfers.begin(keyOf(endpoint), delivery.answer),
    },
    setDefects: (next) => plan.set(next),
  }
}

/** The key that a path names; `''` is the listing. */
function keyOf(endpoint: string): string {
  try {
    return decodeURIComponent(endpoint.slice(1))
  } catch {
    return endpoint.slice(1)
  }
}

interface RouteScene {
  readonly options: ArchiveOptions
  readonly scene: ArchiveScene
}

function createRoute(endpoint: string, parts: TreeParts, { options, scene }: RouteScene): Route {
  const key = keyOf(endpoint)
  const now = (): number => scene.clock.now()
  if (key === '') {
    return {
      path: endpoint,
      cost: () => FREE,
      answer: (query) =>
        answerList(query, {
          tree: createTree(parts, now()),
          find: (name) => findObject(name, parts, now()),
          maxKeys: options.maxKeys,
        }),
    }
  }
  const symbol = symbolOf(key)
  return {
    path: endpoint,
    cost: () => FREE,
    ...(symbol === undefined ? {} : { symbol }),
    answer: () => {
      const object = findObject(key, parts, now())
      if (!object) return noSuchKey(key)
      for (const kind of object.defects) scene.stats.countFault(kind)
      return {
        status: 200,
        body: object.read(),
        headers: {
          'content-type': object.contentType,
          etag: object.etag,
          'last-modified': new Date(object.modifiedAt).toUTCString(),
        },
      }
    },
  }
}

/** The symbol is the fifth folder of every key. */
const symbolOf = (key: string): string | undefined => key.split('/')[5]

function findObject(key: string, parts: TreeParts, now: number): StoredObject | undefined {
  const folder = strayFolderOf(key)
  if (folder === undefined) return parts.store.find(key, now)
  const stray = strayIn({ path: folder, symbol: symbolOf(key) ?? '' }, parts, now)
  return stray?.key === key ? stray : undefined
}
