import { readIdentity } from '../../db/identity.ts'
import { PostgresLiquidationSums } from '../../db/liquidation-sums.ts'
import { SpoolFile } from '../../db/spool.ts'
import { PostgresStore } from '../../db/store.ts'
import type { StreamClaims } from '../../db/stream-claims.ts'
import type { StreamSettings } from '../../lib/config/settings.ts'
import { UsageError } from '../../lib/errors.ts'
import { FeedClients } from '../../lib/feed/feed-clients.ts'
import { openFeedWays } from '../../lib/feed/open-feed-ways.ts'
import { SECOND } from '../../lib/model/window.ts'
import type { EarlyFeed } from '../../lib/stream/early-feed.ts'
import { LiveStream } from '../../lib/stream/live-stream.ts'
import type { LiveStreamOptions } from '../../lib/stream/live-stream-options.ts'
import type { ChosenSymbol } from '../../lib/symbols/choose-symbols.ts'
import { systemClock } from '../../lib/time/clock.ts'
import { closeTogether, type RunContext } from '../run/open-run.ts'
import { createFindChanges } from './find-changes.ts'

/** A database that does not answer for so long is away: rows then go to the disk. */
const LIVE_PATIENCE = 2 * SECOND
/** A transaction that takes longer is given up, and tried again. */
const LIVE_GUARD = 30 * SECOND

export interface StreamPlan {
  readonly names: readonly string[]
  readonly symbols: readonly ChosenSymbol[]
  readonly claims: StreamClaims
  /** Where rows wait while the database is away. */
  readonly folder: string
  /** The venue's time. */
  readonly now: number
  readonly signal: AbortSignal
  /** Open already, where its symbols were known before the venue had answered. */
  readonly early: EarlyFeed | undefined
}

/** A feed that is believed to have been heard for longer than this tells another time than the venue. */
const LONGEST_START = 3_600_000

/** Opens connections to the live feed of a run's venue. */
export function createFeedOpener(
  { venue }: RunContext,
  { proxies, direct, stallTimeout, reconnectMax }: StreamSettings,
): LiveStreamOptions['openFeed'] {
  const { feeds } = venue
  if (feeds.length === 0) throw new UsageError(`${venue.name} has no live feed that perpctl knows`)
  return (onMessage, onEvent) =>
    new FeedClients({
      feeds,
      ways: openFeedWays({ proxies, usesDirect: direct }),
      stallMs: stallTimeout,
      longestPauseMs: reconnectMax,
      onMessage,
      onEvent,
    })
}

/** Puts a stream together; what it holds is closed by `stack`. */
export async function openStream(
  stack: AsyncDisposableStack,
  run: RunContext,
  settings: StreamSettings,
  { names, symbols, claims, folder, now, signal, early }: StreamPlan,
): Promise<LiveStream> {
  const { venue, session, store, candles, volumes, events, database } = run
  const heard = early?.since ?? now
  const spool = stack.use(await SpoolFile.open({ folder, identity: await readIdentity(database.url) }))
  const live = { ...database, signal, timeoutMs: LIVE_PATIENCE, guardMs: LIVE_GUARD }
  const liveStore = new PostgresStore(venue.name, live)
  const sums = new PostgresLiquidationSums(venue.name, database)
  closeTogether(stack, [liveStore, sums])
  return new LiveStream({
    venue,
    clientOf: (source) => session.clientOf(source),
    bulkClientOf: (source) => session.bulkClientOf(source),
    client: session.client,
    store,
    liveStore,
    candles,
    volumes,
    sums,
    spool,
    events,
    clock: systemClock,
    signal,
    run: run.executionId,
    concurrency: settings.concurrency * session.laneCount,
    readVenueTime: (abort) => session.readTime(abort),
    openFeed: early ? early.adopt.bind(early) : createFeedOpener(run, settings),
    symbols,
    now,
    heardFrom: heard < now && heard > now - LONGEST_START ? heard : now,
    since: settings.since,
    period: settings.rsi ? settings.period : undefined,
    pollsOpenInterest: settings.oiPoll,
    recheckMs: settings.recheck,
    heartbeatMs: settings.heartbeat,
    readListing: () => session.readListing(signal),
    findChanges: createFindChanges(run, names, claims, settings.share),
    release: (symbols) => claims.give(symbols),
  })
}
