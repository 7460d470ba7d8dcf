import { type Finding, findingsOf } from '../../lib/diagnosis/finding.ts'
import { type FeedWay, openFeedWays } from '../../lib/feed/open-feed-ways.ts'
import { probeFeed } from '../../lib/feed/probe-feed.ts'
import type { WayOptions } from '../../lib/http/ways.ts'
import { SECOND } from '../../lib/model/window.ts'
import { systemClock } from '../../lib/time/clock.ts'
import type { Feed } from '../../lib/venue/feed.ts'

const report = findingsOf('feed')

/** Data come several times a second; with less patience a slow proxy would be called silent. */
const LONGEST_SILENCE = 8 * SECOND
const LONGEST_HANDSHAKE = 10 * SECOND

export interface FeedChoice {
  readonly feeds: readonly Feed[]
  readonly ways: WayOptions
  readonly requestTimeoutMs: number
  readonly signal: AbortSignal
}

/** Over each way at once: whether all feeds connect and data come. An open connection alone proves nothing. */
export async function checkFeeds({ feeds, ways, ...needs }: FeedChoice): Promise<Finding[]> {
  const work = openFeedWays(ways).map(async (way) => {
    const probes = await Promise.all(feeds.map((feed) => probe(feed, way, needs)))
    // What fails, or else what was the last to come, says how it stands.
    return probes.toSorted((a, b) => Number(a.isUp) - Number(b.isUp) || b.ms - a.ms)[0]?.finding ?? []
  })
  return (await Promise.all(work)).flat()
}

async function probe(
  feed: Feed,
  way: FeedWay,
  { requestTimeoutMs, signal }: Pick<FeedChoice, 'requestTimeoutMs' | 'signal'>,
): Promise<{ readonly isUp: boolean; readonly ms: number; readonly finding: Finding }> {
  const found = await probeFeed({
    feed,
    way,
    clock: systemClock,
    handshakeTimeoutMs: Math.min(LONGEST_HANDSHAKE, requestTimeoutMs),
    stallMs: Math.min(LONGEST_SILENCE, requestTimeoutMs),
    signal,
  })
  const { host } = feed
  if (found.isUp) {
    const { isUp, ms } = found
    const told = `${host} sends data after ${(ms / SECOND).toFixed(1)} s`
    return {
      isUp,
      ms,
      finding: report.ok(way.name, told, { details: { host, dataAfterMs: Math.round(ms) } }),
    }
  }
  const { isUp, reason, code } = found
  const details = { host, reason, code: code ?? null }
  return { isUp, ms: 0, finding: report.failed(way.name, `${host}: ${reason}`, { details }) }
}

/** What fails like its lane is mended with it; what fails alone has reasons of its own. */
export function adviseFeed(feed: readonly Finding[], lanes: readonly Finding[]): Finding[] {
  return feed.map((finding) => {
    if (finding.status !== 'failed') return finding
    const works = lanes.some(({ name, status }) => name === finding.name && status !== 'failed')
    return { ...finding, hint: works ? ONLY_FEED : 'its lane does not work either: mend that first' }
  })
}

const ONLY_FEED =
  'a firewall or proxy may not let websockets through, or the venue may send nothing to this address: try another proxy (--proxies). Only stream needs the feed'
