import { readRetryAfter } from '../../lib/http/retry-after.ts'
import { MINUTE } from '../../lib/model/window.ts'
import { isObject, toTime } from '../../lib/venue/read-payload.ts'
import type { Answer, Verdict } from '../../lib/venue/request.ts'

interface ErrorBody {
  readonly code: number | undefined
  readonly message: string
}

/** `{code, msg}` in either order of keys; anything else (an HTML page of a firewall) has no code. */
function readError(body: string): ErrorBody {
  try {
    const parsed: unknown = JSON.parse(body)
    if (isObject(parsed)) {
      const { code, msg } = parsed
      const isCode = typeof code === 'number' && Number.isSafeInteger(code)
      return { code: isCode ? code : undefined, message: typeof msg === 'string' ? msg : '' }
    }
  } catch {
    // A body that is not JSON is told by its status alone.
  }
  return { code: undefined, message: '' }
}

function readPause(answer: Answer, message: string): { until?: number; forMs?: number } {
  const forMs = readRetryAfter(answer.headers)
  if (forMs !== undefined) return { forMs }
  const until = toTime(/banned until (\d+)/.exec(message)?.[1])
  return until === undefined ? {} : { until }
}

/** Bans last from two minutes to three days; a firewall's refusal is not to be tested soon. */
const DEFAULT_BAN = 2 * MINUTE
const FIREWALL_PAUSE = MINUTE
/** Codes that a venue in trouble answers with status 400: the same request may well work later. */
const TRANSIENT_CODES = new Set([-1000, -1001, -1006, -1007, -1008, -1016])

/** Binance's error rules: general information and error codes of 2026, with what was seen of Retry-After and 202. */
export function judge(answer: Answer): Verdict {
  const { status } = answer
  if (status === 200) return { kind: 'ok' }
  const { code, message } = readError(answer.body)
  const told = message ? `: ${message.slice(0, 160).replace(/\.$/, '')}` : ''
  switch (status) {
    case 429:
      return {
        kind: 'pause',
        type: 'http_429',
        reason: 'binance answered 429 (limit reached)',
        forMs: MINUTE,
        ...readPause(answer, message),
      }
    case 418:
      return {
        kind: 'pause',
        type: 'http_418',
        reason: 'binance answered 418 (address banned)',
        forMs: DEFAULT_BAN,
        ...readPause(answer, message),
      }
    case 403:
    case 202:
      return {
        kind: 'pause',
        type: `http_${status}`,
        reason: `binance's firewall answered ${status}`,
        forMs: FIREWALL_PAUSE,
        ...readPause(answer, message),
      }
    case 451:
      return {
        kind: 'block',
        type: 'http_451',
        reason: 'binance answered 451: it does not serve this location (try a proxy elsewhere)',
      }
  }
  if (status === 408 || status >= 500 || status < 400 || (code !== undefined && TRANSIENT_CODES.has(code))) {
    return { kind: 'retry', type: `http_${status}`, reason: `binance answered ${status}${told}` }
  }
  if (code === -1003)
    return {
      kind: 'pause',
      type: 'http_429',
      reason: 'binance answered -1003 (limit reached)',
      forMs: MINUTE,
      ...readPause(answer, message),
    }
  return {
    kind: 'refuse',
    type: code === undefined ? `http_${status}` : `binance_${code}`,
    reason: `binance refused${told || ` with ${status}`}`,
  }
}
