import { ConfigurationError, PayloadError, PerpctlError, VenueRefusedError } from '../errors.ts'
import type { RunEventBus } from '../events.ts'
import type { ErrorType } from '../model/error-types.ts'
import { SECOND } from '../model/window.ts'
import { formatUtc } from '../text/times.ts'
import type { Clock } from '../time/clock.ts'
import type { Api } from '../venue/api.ts'
import type { Costs } from '../venue/budget.ts'
import { type Answer, type Endpoint, urlOf, type Verdict } from '../venue/request.ts'
import type { Lane } from './lane.ts'
import type { LanePool } from './lane-pool.ts'
import { parseExactly } from './parse-exactly.ts'
import { LONGEST_BAN } from './retry-after.ts'
import { fetchAnswer } from './transport.ts'
import { describeTrouble } from './trouble.ts'

/** Consecutive failures after which a lane is set aside. */
const FAILURES_TO_PAUSE = 3
const PAUSE_BASE = 5 * SECOND
const PAUSE_CAP = 300 * SECOND

export interface AttemptOptions {
  readonly pool: LanePool
  readonly clock: Clock
  readonly events: RunEventBus
  readonly requestTimeoutMs: number
  /** See `Api`. */
  readonly judge: Api['judge']
  /** The venue's time as known so far, for `banned until`. */
  readonly venueNow: () => number
  /** For how long a lane is left out that the venue does not serve. Default: for good. */
  readonly blockMs?: number | undefined
}

/** What one attempt ended with, other than a value. */
export interface Setback {
  readonly type: ErrorType
  readonly reason: string
  /** The lane was set aside for it: another one, or the same later, may well succeed. */
  readonly isLaneTrouble: boolean
  readonly cause: unknown
}

/** `ms`: from the sending of the request to the end of its answer. */
export interface Success<T> {
  readonly value: T
  readonly lane: string
  readonly ms: number
}

export type Outcome<T> = Success<T> | Setback

/**
 * One try of one request over the lane that is free: waits for its budget, sends it, reads the answer, and lets the
 * lane bear the consequences. Throws what no further try can mend: `VenueRefusedError`, an abort, a bug.
 */
export class Attempts {
  readonly #options: AttemptOptions

  constructor(options: AttemptOptions) {
    this.#options = options
  }

  /** `isBulk`: it can wait for those that cannot. `onSent` hears when its time to wait for a lane is over. */
  async make<T>(
    endpoint: Endpoint<T>,
    signal: AbortSignal,
    { isBulk = false, onSent }: { readonly isBulk?: boolean; readonly onSent?: (at: number) => void } = {},
  ): Promise<Outcome<T>> {
    const { pool, clock, requestTimeoutMs } = this.#options
    const { request } = endpoint
    const passage = await pool.acquire(request, signal, isBulk)
    const { lane, sentAt } = passage
    onSent?.(sentAt)
    let answer: Answer | undefined
    let costs: Costs | undefined
    try {
      const needs = { ...request, timeoutMs: requestTimeoutMs, signal }
      answer = await fetchAnswer(urlOf(request), lane.dispatcher, needs)
      const ms = clock.now() - sentAt
      const whole = answer
      const readJson = once(() => parseJson(whole, endpoint))
      const outcome = this.#read(endpoint, { answer, readJson, ms }, lane)
      if ('value' in outcome) costs = request.settle?.(readJson())
      return outcome
    } catch (error) {
      if (signal.aborted) throw signal.reason
      if (error instanceof PerpctlError && !(error instanceof PayloadError)) throw error
      // A venue that answers nonsense is no fault of the lane, a connection that breaks may well be.
      if (error instanceof PayloadError)
        return { type: 'payload', reason: error.message, isLaneTrouble: false, cause: error }
      if (answer) throw error
      const trouble = describeTrouble(error)
      const reason = lane.isDirect ? trouble.reason : `over ${lane.name}, ${trouble.reason}`
      return { type: trouble.type, reason, isLaneTrouble: this.#noteFailure(lane, reason), cause: error }
    } finally {
      pool.release(passage, answer && { headers: answer.headers, costs })
      this.#options.events.emit('lane:state', lane.state(clock.now()))
    }
  }

  #read<T>(
    endpoint: Endpoint<T>,
    { answer, readJson, ms }: { readonly answer: Answer; readJson(): unknown; readonly ms: number },
    lane: Lane,
  ): Outcome<T> {
    const verdict = this.#options.judge(answer, readJson)
    if (verdict.kind === 'ok') {
      const value =
        'payload' in verdict ? endpoint.parse(verdict.payload) : readWhole(answer, endpoint, readJson)
      lane.recover(this.#options.clock.now())
      return { value, lane: lane.name, ms }
    }
    if (verdict.kind === 'deny') throw new ConfigurationError(verdict.reason, { hint: verdict.hint })
    if (verdict.kind === 'refuse') {
      lane.recover(this.#options.clock.now())
      throw new VenueRefusedError(verdict.reason, {
        details: { type: verdict.type, path: endpoint.request.path },
      })
    }
    const isSetAside = verdict.kind !== 'retry' || this.#noteFailure(lane, verdict.reason)
    if (verdict.kind === 'block') this.#block(lane, verdict.reason)
    if (verdict.kind === 'pause') this.#pause(lane, verdict)
    return {
      type: verdict.type,
      reason: verdict.reason,
      isLaneTrouble: isSetAside,
      cause: undefined,
    }
  }

  #block(lane: Lane, reason: string): void {
    const { blockMs, clock } = this.#options
    if (blockMs === undefined) lane.block(reason)
    else lane.pause(clock.now() + blockMs, reason)
  }

  #pause(lane: Lane, verdict: Verdict & { kind: 'pause' }): void {
    const { clock, pool, venueNow } = this.#options
    const told = verdict.until === undefined ? verdict.forMs : verdict.until - venueNow()
    const guessed = Math.min(PAUSE_CAP, PAUSE_BASE * 2 ** Math.min(lane.pauses, 8))
    const ms = told !== undefined && told > 0 ? Math.min(told, LONGEST_BAN) : guessed
    lane.pauses += 1
    lane.failures += 1
    const reason = `${verdict.reason}, paused until ${formatUtc(venueNow() + ms)}`
    for (const each of verdict.isForAll ? pool.lanes : [lane]) each.pause(clock.now() + ms, reason)
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
}

/** An answer without an envelope. */
function readWhole<T>(answer: Answer, endpoint: Endpoint<T>, readJson: () => unknown): T {
  const { accept = 'json' } = endpoint.request
  if (accept === 'bytes') return endpoint.parse(answer.bytes)
  return endpoint.scan?.(answer.body) ?? endpoint.parse(accept === 'text' ? answer.body : readJson())
}

function once<T>(read: () => T): () => T {
  let found: { readonly value: T } | undefined
  return () => {
    found ??= { value: read() }
    return found.value
  }
}

export function parseJson(
  answer: Pick<Answer, 'body'>,
  { request, keepsDigits }: Pick<Endpoint<unknown>, 'request' | 'keepsDigits'>,
): unknown {
  try {
    return keepsDigits ? parseExactly(answer.body) : JSON.parse(answer.body)
  } catch {
    throw new PayloadError(
      request.path,
      answer.body === '' ? 'the answer is empty' : 'the answer is not JSON',
      answer.body,
    )
  }
}
