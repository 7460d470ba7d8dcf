import { type Finding, findingsOf } from '../../lib/diagnosis/finding.ts'
import { openFeedWays } from '../../lib/feed/open-feed-ways.ts'
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
  readonly feed: Feed
  readonly ways: WayOptions
  readonly requestTimeoutMs: number
  readonly signal: AbortSignal
}

/** Over each way at once: whether it connects and data come. An open connection alone proves nothing. */
export async function checkFeed({ feed, ways, requestTimeoutMs, signal }: FeedChoice): Promise<Finding[]> {
  const work = openFeedWays(ways).map(async (way) => {
    const probe = await probeFeed({
      feed,
      way,
      clock: systemClock,
      handshakeTimeoutMs: Math.min(LONGEST_HANDSHAKE, requestTimeoutMs),
      stallMs: Math.min(LONGEST_SILENCE, requestTimeoutMs),
      signal,
    })
    if (probe.isUp) {
      const seconds = (probe.ms / SECOND).toFixed(1)
      return report.ok(way.name, `${feed.host} sends data after ${seconds} s`, {
        details: { host: feed.host, dataAfterMs: Math.round(probe.ms) },
      })
    }
    const { reason, code } = probe
    return report.failed(way.name, `${feed.host}: ${reason}`, {
      details: { host: feed.host, reason, code: code ?? null },
    })
  })
  return await Promise.all(work)
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
