import {
  PayloadError,
  PerpctlError,
  RequestFailedError,
  VenueRefusedError,
  VenueUnavailableError,
} from '../errors.ts'
import type { RunEventBus } from '../events.ts'
import { SECOND } from '../model/window.ts'
import { formatUtc } from '../text/times.ts'
import type { Clock } from '../time/clock.ts'
import { jitteredBackoff } from './backoff.ts'
import type { Lane } from './lane.ts'
import type { LanePool } from './lane-pool.ts'
import { type Answer, type Endpoint, urlOf, type Verdict } from './request.ts'
import { fetchAnswer } from './transport.ts'
import { describeTrouble } from './trouble.ts'

const MAX_ATTEMPTS = 8
/** Attempts that ended because a lane was limited or banned do not count as the request's own, up to this many. */
const MAX_LANE_ATTEMPTS = 200
/** Requests given up one after the other: the venue does not do its work, whatever else it answers. */
const FAILED_TO_GIVE_UP = 10
const BACKOFF_BASE = 250
const BACKOFF_CAP = 8 * SECOND
/** Consecutive failures after which a lane is set aside. */
const FAILURES_TO_PAUSE = 3
/** No success for this long ends the run, whatever the lanes were told to wait for. */
const MAX_SILENCE = 1_800 * SECOND
const PAUSE_BASE = 5 * SECOND
const PAUSE_CAP = 300 * SECOND

export interface VenueClientOptions {
  readonly pool: LanePool
  readonly clock: Clock
  readonly events: RunEventBus
  readonly requestTimeoutMs: number
  /** No success over any lane for this long: the venue counts as unavailable and the run ends. */
  readonly outageMs: number
  /** The cheapest question: whether the venue answers at all. */
  readonly probe: Endpoint<unknown>
  /** The venue's reading of an answer's status, headers and error body. */
  readonly judge: (answer: Answer) => Verdict
  /** The venue's time as known so far, for `banned until`. */
  readonly venueNow: () => number
}

/** What a request brought, and over which lane. */
export interface Fetched<T> {
  readonly value: T
  readonly lane: string
  readonly attempts: number
}

export interface FetchOptions {
  readonly maxAttempts?: number
  readonly onRetry?: (attempt: number, reason: string) => void
}

/** What one attempt ended with, other than a value. */
interface Setback {
  readonly type: string
  readonly reason: string
  readonly isLaneTrouble: boolean
  readonly cause: unknown
}

/**
 * Sends requests over the lanes, tries again what may be tried again, and turns every failure into a typed error:
 * `VenueRefusedError` (asking again cannot help), `RequestFailedError` (every attempt failed), `VenueUnavailableError`
 * (no lane reaches the venue). A bug in `parse` is never retried. Nothing else retries below this.
 */
export class VenueClient {
  readonly #options: VenueClientOptions

  #lastSuccessAt: number
  /** Requests given up since the last that succeeded. */
  #failedInARow = 0

  constructor(options: VenueClientOptions) {
    this.#options = options
    this.#lastSuccessAt = Number.NEGATIVE_INFINITY
  }

  async fetch<T>(
    endpoint: Endpoint<T>,
    signal: AbortSignal,
    options: FetchOptions = {},
  ): Promise<Fetched<T>> {
    const startedAt = this.#options.clock.now()
    let failures = 0
    for (let total = 1; ; total += 1) {
      const outcome = await this.#attempt(endpoint, signal)
      if ('value' in outcome) {
        this.#lastSuccessAt = this.#options.clock.now()
        this.#failedInARow = 0
        return { ...outcome, attempts: total }
      }
      this.#tell(outcome, endpoint, total)
      if (!outcome.isLaneTrouble) failures += 1
      await this.#giveUp(
        endpoint,
        outcome,
        { failures, total, startedAt, maxAttempts: options.maxAttempts },
        signal,
      )
      options.onRetry?.(total, outcome.reason)
      if (!outcome.isLaneTrouble) {
        await this.#options.clock.sleep(jitteredBackoff(failures, BACKOFF_BASE, BACKOFF_CAP), signal)
      }
    }
  }

  /** Throws where another attempt is of no use; a venue that answers nobody gets its whole time. */
  async #giveUp(
    endpoint: Endpoint<unknown>,
    setback: Setback,
    tries: { failures: number; total: number; startedAt: number; maxAttempts: number | undefined },
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, outageMs } = this.#options
    if (tries.maxAttempts !== undefined && tries.failures >= tries.maxAttempts) {
      throw this.#unavailable(endpoint, setback)
    }
    const silentMs = clock.now() - Math.max(this.#lastSuccessAt, tries.startedAt)
    const isSpent = tries.failures >= MAX_ATTEMPTS || tries.total >= MAX_LANE_ATTEMPTS
    // A pause that the venue asked for is no outage.
    if (!isSpent && silentMs <= (setback.isLaneTrouble ? MAX_SILENCE : outageMs)) return
    if (this.#lastSuccessAt >= tries.startedAt || (await this.#isAnswering(signal))) {
      this.#failedInARow += 1
      const isHopeless = this.#failedInARow >= FAILED_TO_GIVE_UP
      throw isHopeless ? this.#unavailable(endpoint, setback) : this.#failed(endpoint, setback, tries.total)
    }
    if (silentMs > outageMs && !setback.isLaneTrouble) throw this.#unavailable(endpoint, setback)
  }

  /** Whether it is this request alone that fails: one cheap question that the venue answers if it answers at all. */
  async #isAnswering(signal: AbortSignal): Promise<boolean> {
    return 'value' in (await this.#attempt(this.#options.probe, signal))
  }

  async #attempt<T>(
    endpoint: Endpoint<T>,
    signal: AbortSignal,
  ): Promise<{ value: T; lane: string } | Setback> {
    const { pool, requestTimeoutMs } = this.#options
    const { costs } = endpoint.request
    const lane = await pool.acquire(costs, signal)
    let answer: Answer | undefined
    try {
      answer = await fetchAnswer(urlOf(endpoint.request), lane.dispatcher, {
        timeoutMs: requestTimeoutMs,
        signal,
      })
      return this.#read(endpoint, answer, lane)
    } catch (error) {
      if (signal.aborted) throw signal.reason
      if (error instanceof PerpctlError && !(error instanceof PayloadError)) throw error
      // A venue that answers nonsense is no fault of the lane, a connection that breaks may well be.
      if (error instanceof PayloadError)
        return { type: 'payload', reason: error.message, isLaneTrouble: false, cause: error }
      if (answer) throw error
      const trouble = describeTrouble(error)
      return { ...trouble, isLaneTrouble: this.#noteFailure(lane, trouble.reason), cause: error }
    } finally {
      pool.release(lane, costs, answer?.headers)
      this.#options.events.emit('lane:state', lane.state(this.#options.clock.now()))
    }
  }

  #read<T>(endpoint: Endpoint<T>, answer: Answer, lane: Lane): { value: T; lane: string } | Setback {
    const verdict = this.#options.judge(answer)
    if (verdict.kind === 'ok') {
      const value = endpoint.parse(parseJson(answer, endpoint.request.path))
      lane.recover()
      return { value, lane: lane.name }
    }
    if (verdict.kind === 'refuse') {
      lane.recover()
      throw new VenueRefusedError(verdict.reason, {
        details: { type: verdict.type, path: endpoint.request.path },
      })
    }
    const isSetAside = verdict.kind !== 'retry' || this.#noteFailure(lane, verdict.reason)
    if (verdict.kind === 'block') lane.block(verdict.reason)
    if (verdict.kind === 'pause') this.#pause(lane, verdict)
    return {
      type: verdict.type,
      reason: verdict.reason,
      isLaneTrouble: isSetAside,
      cause: undefined,
    }
  }

  #pause(lane: Lane, verdict: Verdict & { kind: 'pause' }): void {
    const { clock, venueNow } = this.#options
    const told = verdict.until === undefined ? verdict.forMs : verdict.until - venueNow()
    const guessed = Math.min(PAUSE_CAP, PAUSE_BASE * 2 ** lane.pauses)
    const ms = told === undefined || told < 0 ? guessed : told
    lane.pauses += 1
    lane.failures += 1
    lane.pause(clock.now() + ms, `${verdict.reason}, paused until ${formatUtc(venueNow() + ms)}`)
  }

  /** Whether the lane was set aside for it: only where another one can go on. */
  #noteFailure(lane: Lane, reason: string): boolean {
    lane.failures += 1
    const { clock, pool } = this.#options
    const hasOther = pool.lanes.some(
      (other) => other !== lane && other.isOpen(clock.now()) && other.failures === 0,
    )
    if (lane.failures < FAILURES_TO_PAUSE || !hasOther) return false
    const ms = Math.min(PAUSE_CAP, PAUSE_BASE * 2 ** Math.min(lane.pauses, 8))
    lane.pauses += 1
    lane.pause(clock.now() + ms, reason)
    return true
  }

  #tell(setback: Setback, endpoint: Endpoint<unknown>, attempt: number): void {
    const { path, query } = endpoint.request
    const details = {
      path,
      query,
      attempt,
      ...(setback.cause instanceof PerpctlError ? setback.cause.details : {}),
    }
    this.#options.events.emit('failure', {
      type: setback.type,
      message: setback.reason,
      details,
      severity: 'warning',
    })
  }

  #failed(endpoint: Endpoint<unknown>, setback: Setback, attempts: number): RequestFailedError {
    const host = new URL(endpoint.request.baseUrl).host
    return new RequestFailedError(
      `${host}${endpoint.request.path} failed ${attempts} times, last: ${setback.reason}`,
      {
        cause: setback.cause,
        details: { type: setback.type, path: endpoint.request.path, query: endpoint.request.query, attempts },
      },
    )
  }

  #unavailable(endpoint: Endpoint<unknown>, setback: Setback): VenueUnavailableError {
    const host = new URL(endpoint.request.baseUrl).host
    return new VenueUnavailableError(`cannot reach ${host}: ${setback.reason}`, {
      cause: setback.cause,
      hint: 'check the network, --proxies and whether the venue is up, then run the same command again',
      details: { type: setback.type, path: endpoint.request.path },
    })
  }
}

function parseJson(answer: Answer, path: string): unknown {
  try {
    return JSON.parse(answer.body)
  } catch {
    throw new PayloadError(
      path,
      answer.body === '' ? 'the answer is empty' : 'the answer is not JSON',
      answer.body,
    )
  }
}
