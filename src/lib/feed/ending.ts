import type { IncomingHttpHeaders } from 'node:http'
import { readRetryAfter } from '../http/retry-after.ts'
import { describeTrouble } from '../http/trouble.ts'
import { formatDuration } from '../text/durations.ts'
import { redactUrls } from '../text/secrets.ts'

/** Why a connection is over, and what follows for the way that it took. */
export interface Ending {
  readonly reason: string
  /** See `FeedEvent`. */
  readonly code?: number | undefined
  /** So long the venue wants to hear nothing from this way. */
  readonly pauseMs?: number
  /** The venue does not serve where this way comes out. */
  readonly isBlocked?: boolean
  /** Not a loss: see `FeedEvent`. */
  readonly isWanted?: boolean
}

export const RENEWED: Ending = { reason: 'renewed', isWanted: true }
export const NOT_NEEDED: Ending = { reason: 'not needed any more', isWanted: true }

/** Close code of a connection that ended without saying so (RFC 6455, 7.1.5). */
const BROKEN_OFF = 1006
const REASON_LENGTH = 100

export function describeClose(host: string, code: number, words: string): Ending {
  if (code === BROKEN_OFF) return { reason: `the connection broke off (code ${code})`, code }
  const said = words === '' ? '' : `: ${words.slice(0, REASON_LENGTH)}`
  return { reason: `closed by ${host} with code ${code}${said}`, code }
}

export const describeStall = (stallMs: number): Ending => ({
  reason: `no data for ${formatDuration(stallMs)} although the connection is open`,
})

export const describeSilence = (stallMs: number): Ending => ({
  reason: `subscriptions were not confirmed within ${formatDuration(stallMs)}`,
})

/** A limit, a ban and a firewall: asking again soon makes each of them worse. */
const REFUSALS = new Set([429, 418, 403])
const SHORTEST_PAUSE = 60_000
/** Whatever is told, one try an hour finds out whether it still holds. */
const LONGEST_PAUSE = 3_600_000
const RESTRICTED_LOCATION = 451

export function describeRefusal(host: string, status: number, headers: IncomingHttpHeaders): Ending {
  const refused = { reason: `${host} refused the handshake with ${status}`, code: status }
  if (status === RESTRICTED_LOCATION) {
    const reason = `${refused.reason}: it does not serve this location (try a proxy elsewhere)`
    return { ...refused, reason, isBlocked: true }
  }
  const told = Math.min(LONGEST_PAUSE, readRetryAfter(headers) ?? 0)
  return { ...refused, pauseMs: REFUSALS.has(status) ? Math.max(SHORTEST_PAUSE, told) : told }
}

/** A failure below the handshake, or a frame that breaks the protocol. */
export function describeFailure(error: unknown, hasReachedVenue: boolean): Ending {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code.startsWith('WS_ERR_')) return { reason: `a frame breaks the protocol (${code})` }
  const { type, reason: known } = describeTrouble(error)
  const isUnknown = known === 'the request failed' && error instanceof Error
  const reason = isUnknown
    ? `the handshake failed (${redactUrls(error.message).slice(0, REASON_LENGTH)})`
    : known
  return { reason: hasReachedVenue || type === 'proxy' ? reason : `the proxy cannot be used: ${reason}` }
}
