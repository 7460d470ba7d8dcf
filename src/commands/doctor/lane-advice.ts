import type { Failure } from '../../lib/http/lane-probe.ts'
import { describeTrouble } from '../../lib/http/trouble.ts'
import type { Way } from '../../lib/http/ways.ts'
import { formatDuration } from '../../lib/text/durations.ts'
import { ownCommand } from '../../lib/text/own-command.ts'

/** Why nothing came over a lane, in a word for scripts and in one for people, and what to do. */
export interface LaneTrouble {
  readonly type: string
  readonly reason: string
  readonly hint: string | null
}

const WAIT = 'wait until then and run nothing from this address meanwhile; runs of perpctl wait by themselves'

export function explainFailure(
  failure: Failure,
  { name, proxy }: Way,
  lane: { readonly state: 'open' | 'paused' | 'blocked'; readonly reason: string | null },
): LaneTrouble {
  switch (failure.kind) {
    case 'budget': {
      const wait = Number.isFinite(failure.waitMs) ? `, free again in ${formatDuration(failure.waitMs)}` : ''
      const reason = `its budget is spent by runs that are under way${wait}`
      return {
        type: 'budget',
        reason,
        hint: `nothing is wrong: run ${ownCommand('doctor')} again in a minute`,
      }
    }
    case 'late':
      return { type: 'timeout', reason: 'no answer in time', hint: networkHint(name, proxy) }
    case 'refused': {
      const { code, message, hint } = failure.error
      return { type: code, reason: message, hint: hint ?? NOT_THE_VENUE }
    }
    case 'setback': {
      const { type, cause } = failure
      if (lane.state !== 'open')
        return { type, reason: lane.reason ?? failure.reason, hint: closedHint(lane.state, name, proxy) }
      if (!['network', 'timeout', 'proxy'].includes(type)) {
        const hint =
          type === 'payload' ? NOT_THE_VENUE : 'the venue is in trouble: run the same command again later'
        return { type, reason: failure.reason, hint }
      }
      const { reason, isAboutLogin } = describeTrouble(cause)
      const hint = isAboutLogin ? loginHint(name) : networkHint(name, proxy)
      return { type, reason, hint }
    }
  }
}

const NOT_THE_VENUE =
  'what answers there is not the venue: check its address (PERPCTL_…_URL), and what stands in between'

const loginHint = (name: string): string =>
  `check user and password of ${name} in PERPCTL_PROXIES (--proxies)`

const closedHint = (state: 'paused' | 'blocked', name: string, proxy: URL | undefined): string => {
  if (state === 'paused') return WAIT
  return proxy
    ? `replace ${name} in PERPCTL_PROXIES by a proxy in a place that the venue serves`
    : 'use a proxy in a place that the venue serves (--proxies), and --no-direct to leave this address out'
}

const networkHint = (name: string, proxy: URL | undefined): string =>
  proxy
    ? `see whether the proxy runs and lets through to the venue; correct ${name} in PERPCTL_PROXIES, or take it out`
    : 'check network, name service and firewall of this machine, or go through a proxy (--proxies)'
