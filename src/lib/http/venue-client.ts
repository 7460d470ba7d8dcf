import { PerpctlError, RequestFailedError, VenueUnavailableError } from '../errors.ts'
import { SECOND } from '../model/window.ts'
import type { ApiRequest, Endpoint } from '../venue/request.ts'
import { type AttemptOptions, Attempts, type Setback, type Success } from './attempt.ts'
import { jitteredBackoff } from './backoff.ts'

const MAX_ATTEMPTS = 8
/** Attempts that ended because a lane was limited or banned do not count as the request's own, up to this many. */
const MAX_LANE_ATTEMPTS = 200
/** Requests given up one after the other: the venue does not do its work, whatever else it answers. */
const FAILED_TO_GIVE_UP = 10
const BACKOFF_BASE = 250
const BACKOFF_CAP = 8 * SECOND
/** No success for this long ends the run, whatever the lanes were told to wait for. */
const MAX_SILENCE = 1_800 * SECOND

export interface VenueClientOptions extends AttemptOptions {
  /** No success over any lane for this long: the venue counts as unavailable and the run ends. */
  readonly outageMs: number
  /** The cheapest question: whether the venue answers at all. */
  readonly probe: Endpoint<unknown>
}

/** What a request brought, and over which lane. */
export interface Fetched<T> extends Success<T> {
  readonly attempts: number
}

export interface FetchOptions {
  readonly maxAttempts?: number
  readonly onRetry?: (attempt: number, reason: string) => void
  /** It can wait: a part of each budget stays for what cannot. */
  readonly isBulk?: boolean
}

/** Who sends requests, tries them again, and turns their failures into typed errors. */
export type Requester = Pick<VenueClient, 'fetch'>

/**
 * Sends requests over the lanes, tries again what may be tried again, and turns every failure into a typed error:
 * `VenueRefusedError` (asking again cannot help), `RequestFailedError` (every attempt failed), `VenueUnavailableError`
 * (no lane reaches the venue). A bug in `parse` is never retried. Nothing else retries below this.
 */
export class VenueClient {
  readonly #options: VenueClientOptions
  readonly #attempts: Attempts

  #lastSuccessAt: number
  /** Requests given up since the last that succeeded. */
  #failedInARow = 0

  constructor(options: VenueClientOptions) {
    this.#options = options
    this.#attempts = new Attempts(options)
    this.#lastSuccessAt = Number.NEGATIVE_INFINITY
  }

  /** The same for requests that can wait. */
  readonly bulk: Requester = {
    fetch: (endpoint, signal, options) => this.fetch(endpoint, signal, { ...options, isBulk: true }),
  }

  async fetch<T>(
    endpoint: Endpoint<T>,
    signal: AbortSignal,
    options: FetchOptions = {},
  ): Promise<Fetched<T>> {
    // To wait for a budget is no silence of the venue.
    let startedAt = Number.POSITIVE_INFINITY
    const onSent = (at: number): void => {
      startedAt = Math.min(startedAt, at)
    }
    const { isBulk = false } = options
    let failures = 0
    for (let total = 1; ; total += 1) {
      const outcome = await this.#attempts.make(endpoint, signal, { isBulk, onSent })
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
    return 'value' in (await this.#attempts.make(this.#options.probe, signal))
  }

  #tell(setback: Setback, endpoint: Endpoint<unknown>, attempt: number): void {
    const details = {
      ...describeRequest(endpoint.request),
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
        details: { type: setback.type, ...describeRequest(endpoint.request), attempts },
      },
    )
  }

  #unavailable(endpoint: Endpoint<unknown>, setback: Setback): VenueUnavailableError {
    const host = new URL(endpoint.request.baseUrl).host
    const isReached = !['network', 'timeout', 'proxy'].includes(setback.type)
    const what = isReached ? `${host} does not do its work` : `cannot reach ${host}`
    return new VenueUnavailableError(`${what}: ${setback.reason}`, {
      cause: setback.cause,
      hint: 'check the network, --proxies and whether the venue is up, then run the same command again',
      details: { type: setback.type, path: endpoint.request.path },
    })
  }
}

/** What was asked, and about which symbol, without its headers. */
const describeRequest = ({ path, query, body, subject }: ApiRequest): Readonly<Record<string, unknown>> => ({
  path,
  query,
  ...(body && { body }),
  ...(subject !== undefined && { symbol: subject }),
})
