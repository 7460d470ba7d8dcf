import { readRetryAfter } from '../../lib/http/retry-after.ts'
import { HOUR, MINUTE } from '../../lib/model/window.ts'
import type { Api } from '../../lib/venue/api.ts'
import type { Answer, Verdict } from '../../lib/venue/request.ts'

export interface CoinalyzeAddress {
  readonly baseUrl: string
  readonly key: string
}

/** Each symbol of a question is a call, and so is a question without symbols. 40 a minute for a key (documentation). */
export const CALLS = 'coinalyze-calls'

const NO_KEY = 'COINALYZE_KEY is not set: liquidations come from Coinalyze'
const WHERE_TO_GET_A_KEY = 'get a free key at https://coinalyze.net/account/api-key/ and set COINALYZE_KEY'

export const headersOf = ({ key }: CoinalyzeAddress): Readonly<Record<string, string>> => ({ api_key: key })

/** Calls are counted by the minute: nobody has to be silent for longer than this. */
const LONGEST_PAUSE = HOUR

/** Coinalyze v1, which tells of the contracts of many venues. */
export function createCoinalyzeApi(address: CoinalyzeAddress): Api {
  const { baseUrl } = address
  return {
    name: 'coinalyze',
    host: new URL(baseUrl).host,
    budgets: [{ pool: CALLS, limit: 40, windowMs: MINUTE, scope: 'key' }],
    probe: {
      request: { baseUrl, path: '/exchanges', query: {}, headers: headersOf(address), costs: { [CALLS]: 1 } },
      parse: () => undefined,
    },
    key: {
      variable: 'COINALYZE_KEY',
      ...(address.key === '' && { lacks: { reason: NO_KEY, hint: WHERE_TO_GET_A_KEY } }),
    },
    judge,
  }
}

/** Retry-After is a number of seconds, not always a whole one. What an error's body holds is not documented. */
function judge({ status, headers }: Answer): Verdict {
  if (status === 200) return { kind: 'ok' }
  const type = `http_${status}` as const
  const reason = `coinalyze answered ${status}`
  if (status === 401 || status === 403) {
    const told = `coinalyze does not accept the key in COINALYZE_KEY (${status})`
    return { kind: 'deny', type, reason: told, hint: WHERE_TO_GET_A_KEY }
  }
  if (status === 429) {
    const told = readRetryAfter(headers)
    const forMs = told === undefined ? MINUTE : Math.min(Math.ceil(told) + 100, LONGEST_PAUSE)
    return { kind: 'pause', type, reason: `${reason} (limit reached)`, forMs, isForAll: true }
  }
  const isPassing = status === 408 || status >= 500 || status < 400
  return isPassing ? { kind: 'retry', type, reason } : { kind: 'refuse', type, reason }
}
