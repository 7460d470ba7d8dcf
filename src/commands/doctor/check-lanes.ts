import { type Finding, findingsOf } from '../../lib/diagnosis/finding.ts'
import { findAddress, findLocalAddress } from '../../lib/http/addresses.ts'
import type { LaneProbe } from '../../lib/http/lane-probe.ts'
import type { Way } from '../../lib/http/ways.ts'
import type { Venue } from '../../lib/venue/venue.ts'
import { explainFailure } from './lane-advice.ts'

const report = findingsOf('lanes')

/** Where requests of a lane go and come from, without credentials. */
export interface LanePath {
  readonly text: string
  readonly details: Readonly<Record<string, unknown>>
}

/** The proxy and its address, or the local address and that of the venue. */
export async function describePath({ proxy }: Way, venue: Venue): Promise<LanePath> {
  if (proxy) {
    const found = await findAddress(proxy.hostname)
    const address = found?.address ?? null
    const isName = address !== null && address !== proxy.hostname.replace(/^\[(.*)\]$/, '$1')
    return {
      text: `over ${proxy.protocol}//${proxy.host}${isName ? ` (${address})` : ''}`,
      details: { proxy: `${proxy.protocol}//${proxy.host}`, address },
    }
  }
  const { hostname } = new URL(venue.probe.request.baseUrl)
  const remote = await findAddress(hostname)
  const local = remote === undefined ? undefined : await findLocalAddress(remote)
  return {
    text: local === undefined ? 'from this machine' : `from ${local}`,
    details: { address: local ?? null, venueAddress: remote?.address ?? null },
  }
}

export interface ProbedLane {
  readonly way: Way
  readonly path: LanePath
  readonly probe: LaneProbe<number>
}

export function describeLane({ way, path, probe }: ProbedLane, venue: Venue): Finding {
  const { answers, failure, state } = probe
  const trouble = failure && explainFailure(failure, way, state)
  const latencyMs = median(answers.map(({ ms }) => ms))
  const details = {
    ...path.details,
    host: venue.host,
    answers: answers.length,
    latencyMs,
    ...(trouble ? { type: trouble.type, reason: trouble.reason } : {}),
  }
  const speed = `${venue.host} answers in ${latencyMs} ms ${path.text}`
  if (trouble === undefined) return report.ok(way.name, speed, { details })
  const { reason, hint } = trouble
  // What has answered and is not told to be silent works.
  if (answers.length > 0 && state.state === 'open')
    return report.warning(way.name, `${speed}, but not always: ${reason}`, { hint, details })
  const message = `${path.text}: ${reason}`
  return report[failure?.kind === 'budget' ? 'warning' : 'failed'](way.name, message, { hint, details })
}

/** In tenths of a millisecond; null of nothing. */
function median(values: readonly number[]): number | null {
  const middle = values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)]
  return middle === undefined ? null : Math.round(middle * 10) / 10
}
