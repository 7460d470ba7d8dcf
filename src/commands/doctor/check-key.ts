import { type Finding, findingsOf } from '../../lib/diagnosis/finding.ts'
import { ConfigurationError } from '../../lib/errors.ts'
import { LaneProber } from '../../lib/http/lane-probe.ts'
import type { LaneOptions } from '../../lib/http/open-lanes.ts'
import { listWays } from '../../lib/http/ways.ts'
import { ownCommand } from '../../lib/text/own-command.ts'
import { systemClock } from '../../lib/time/clock.ts'
import type { Api } from '../../lib/venue/api.ts'
import { explainFailure } from './lane-advice.ts'

const report = findingsOf('key')

export interface KeyChoice {
  readonly api: Api
  readonly lanes: LaneOptions
  readonly signal: AbortSignal
}

/** One call, over the first lane that brings an answer. */
export async function checkKey({ api, lanes, signal }: KeyChoice): Promise<Finding> {
  const { variable: name = 'key', lacks } = api.key ?? {}
  if (lacks) {
    return report.note(name, 'not set: backfill lq (and all, without --skip lq) needs it', {
      hint: lacks.hint,
    })
  }
  await using prober = new LaneProber({ ...lanes, api, clock: systemClock, venueNow: () => Date.now() })
  const probe = await prober.probeAny(signal)
  if (!probe) return report.skipped(name, 'there is no lane')
  const { failure, state } = probe
  const details = { host: api.host, lane: probe.lane }
  if (!failure) return report.ok(name, `${api.host} accepts it`, { details })
  if (failure.kind === 'refused' && failure.error instanceof ConfigurationError)
    return report.error(name, failure.error)
  const way = listWays(lanes).find(({ name }) => name === probe.lane) ?? {
    name: probe.lane,
    proxy: undefined,
  }
  const { type, reason } = explainFailure(failure, way, state)
  return report.warning(name, `could not be tried at ${api.host}: ${reason}`, {
    hint: `run ${ownCommand('doctor')} again later; only ${ownCommand('backfill lq')} needs it`,
    details: { ...details, type },
  })
}
