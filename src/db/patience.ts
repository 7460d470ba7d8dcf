import { systemClock } from '../lib/time/clock.ts'
import { toDatabaseError } from './database-error.ts'

export interface Patience {
  readonly url: string
  /** The id of the run: its sessions are known by it. */
  readonly run?: string
  /** How long the database may stay away before the work fails. */
  readonly timeoutMs: number
  /** How long one transaction may take before its connection is cut. Default: as long as the database may stay away. */
  readonly guardMs?: number
  /** Somebody wants the run to end: the wait is cut short. */
  readonly signal?: AbortSignal
  /** Told at each wait. */
  readonly onWait: (reason: string, waitedMs: number) => void
}

const FIRST_WAIT = 200
const LONGEST_WAIT = 5_000
/** What is left of the patience when the run is to end. */
const LAST_CHANCE = 3_000

/** SQLSTATEs and system codes after which the same work may succeed on another connection, or a moment later. */
const PASSING = new Set([
  '08000',
  '08001',
  '08003',
  '08004',
  '08006',
  '57P01',
  '57P02',
  '57P03',
  '57P05',
  '25P03',
  '53300',
  '40001',
  '40P01',
  '55P03',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ERR_STREAM_PREMATURE_CLOSE',
])
const LOST_CONNECTION =
  /Connection terminated|connection error|not queryable|stream was destroyed|Premature close|timeout expired/i

export function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('code' in error && typeof error.code === 'string' && PASSING.has(error.code)) return true
  return LOST_CONNECTION.test(error.message) || isAway(error.cause)
}

/** Does `work` until the database lets it, again and again while it is away; `work` must be safe to do twice. */
export async function keepTrying<T>(patience: Patience, work: (attempt: number) => Promise<T>): Promise<T> {
  const startedAt = systemClock.now()
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(attempt)
    } catch (error) {
      const waitedMs = systemClock.now() - startedAt
      const timeoutMs = patience.signal?.aborted
        ? Math.min(LAST_CHANCE, patience.timeoutMs)
        : patience.timeoutMs
      if (!isAway(error) || waitedMs >= timeoutMs) throw toDatabaseError(error, patience.url)
      const { message, hint } = toDatabaseError(error, patience.url)
      patience.onWait(hint === undefined ? message : `${message}; ${hint}`, waitedMs)
      const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempt - 1), timeoutMs - waitedMs)
      await rest(Math.max(1, wait), patience.signal)
    }
  }
}

/** Ends early when somebody wants the run to end; a wait that begins after that is a short one anyway. */
async function rest(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await systemClock.sleep(ms, signal?.aborted ? undefined : signal).catch(() => {})
}
