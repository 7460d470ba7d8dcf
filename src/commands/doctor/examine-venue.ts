import { PostgresBudgets } from '../../db/budgets.ts'
import type { DoctorSettings } from '../../lib/config/settings.ts'
import { type Finding, findingsOf } from '../../lib/diagnosis/finding.ts'
import { LaneProber } from '../../lib/http/lane-probe.ts'
import type { LaneOptions } from '../../lib/http/open-lanes.ts'
import { listWays, type WayOptions } from '../../lib/http/ways.ts'
import { SECOND } from '../../lib/model/window.ts'
import { describeShared } from '../../lib/rate/payer.ts'
import { systemClock } from '../../lib/time/clock.ts'
import { settleAll } from '../../lib/time/within.ts'
import type { Venue } from '../../lib/venue/venue.ts'
import { checkVenueClock } from './check-clock.ts'
import { adviseFeed, checkFeeds } from './check-feed.ts'
import { checkKey } from './check-key.ts'
import { describeLane, describePath } from './check-lanes.ts'

/** A server that is still starting is not waited for: three cheap requests need no agreement with others. */
const BUDGET_PATIENCE = 5 * SECOND

export interface VenueChoice {
  readonly venue: Venue
  readonly settings: DoctorSettings
  readonly ways: WayOptions
  /** Where all processes agree on what each may spend. */
  readonly databaseUrl: Promise<string | undefined>
  readonly signal: AbortSignal
}

/** The ways to the venue, its feed and the key, side by side. */
export async function examineVenue(choice: VenueChoice): Promise<Finding[]> {
  await using stack = new AsyncDisposableStack()
  const { venue, settings, ways, signal } = choice
  const feed = checkLive(choice)
  feed.catch(() => {})
  const url = await Promise.race([choice.databaseUrl, systemClock.sleep(BUDGET_PATIENCE, signal)])
  const broker = url ? stack.use(new PostgresBudgets({ url, clock: systemClock })) : undefined
  const lanes: LaneOptions = {
    ...ways,
    concurrency: 1,
    requestTimeoutMs: settings.requestTimeout,
    address: settings.address,
    ...(broker ? { broker } : {}),
  }
  const [probed, live, key] = await settleAll([
    checkLanes(venue, lanes, signal),
    feed,
    checkKeys(choice, lanes),
  ])
  return [...probed, ...adviseFeed(live, probed), ...key]
}

export const skipVenue = (): Finding[] =>
  (['lanes', 'feed'] as const).map((group) => findingsOf(group).skipped('all', 'there is no lane'))

async function checkLanes(venue: Venue, lanes: LaneOptions, signal: AbortSignal): Promise<Finding[]> {
  let offset = 0
  const shared = new Map<string, string>()
  await using prober = new LaneProber({
    ...lanes,
    api: venue,
    clock: systemClock,
    venueNow: () => Date.now() + offset,
    onAnswer: ({ value, receivedAt }) => {
      offset = value - receivedAt
    },
    onShared: ({ payer }, other) => shared.set(payer, other),
  })
  const all = listWays(lanes)
  const [probes, paths] = await Promise.all([
    prober.probeAll(signal),
    Promise.all(all.map((way) => describePath(way, venue))),
  ])
  const found = all.flatMap((way, at) => {
    const [path, probe] = [paths[at], probes[at]]
    return path && probe ? [describeLane({ way, path, probe }, venue)] : []
  })
  const together = [...shared].map(([payer, other], at) =>
    findingsOf('lanes').warning(
      at === 0 ? 'shared address' : `shared address ${at + 1}`,
      describeShared(payer, other),
      {
        hint: 'set PERPCTL_ADDRESS to one name on all machines behind that address',
        details: { payer, other },
      },
    ),
  )
  return [checkVenueClock(probes, venue.name), ...found, ...together]
}

async function checkLive({ venue, settings, ways, signal }: VenueChoice): Promise<Finding[]> {
  const { feeds } = venue
  if (feeds.length === 0)
    return [findingsOf('feed').note('all', `${venue.name} has no live feed that perpctl knows`)]
  return await checkFeeds({ feeds, ways, requestTimeoutMs: settings.requestTimeout, signal })
}

async function checkKeys({ venue, signal }: VenueChoice, lanes: LaneOptions): Promise<Finding[]> {
  const api = venue.routes.lq?.api
  if (!api) return []
  return [await checkKey({ api, lanes, signal })]
}
