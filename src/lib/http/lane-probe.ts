import { PerpctlError } from '../errors.ts'
import { type LaneState, RunEventBus } from '../events.ts'
import { SECOND } from '../model/window.ts'
import type { Clock } from '../time/clock.ts'
import type { Api } from '../venue/api.ts'
import type { Endpoint } from '../venue/request.ts'
import { Attempts, type Setback, type Success } from './attempt.ts'
import type { Lane } from './lane.ts'
import { LanePool } from './lane-pool.ts'
import { type LaneOptions, type LaneUse, openLanes } from './open-lanes.ts'

/** Beyond the time of one request: for budgets that others are spending, and for the words with who keeps them. */
const EXTRA = 2 * SECOND
const PROBES = 3

/** Why a probe brought nothing. */
export type Failure =
  /** As in a run. */
  | ({ readonly kind: 'setback' } & Setback)
  /** The interface refuses the question, or the key. */
  | { readonly kind: 'refused'; readonly error: PerpctlError }
  /** Nothing was asked: the budget is spent for so long, infinite where nobody can tell. */
  | { readonly kind: 'budget'; readonly waitMs: number }
  /** Its time was over. */
  | { readonly kind: 'late' }

export interface ProbeAnswer<T> extends Success<T> {
  /** By the clock of this machine. */
  readonly receivedAt: number
}

/** What the cheapest question of an interface brought over one lane. */
export interface LaneProbe<T> {
  readonly lane: string
  /** In the order in which they were asked. */
  readonly answers: readonly ProbeAnswer<T>[]
  /** The last one; undefined where every question was answered. */
  readonly failure: Failure | undefined
  /** How the lane stands afterwards: paused or blocked by the venue, with until when. */
  readonly state: LaneState
}

export interface LaneProberOptions<T> extends LaneOptions {
  readonly api: Api & { readonly probe: Endpoint<T> }
  readonly clock: Clock
  /** The venue's time as known so far, for `banned until`. */
  readonly venueNow: () => number
  readonly onAnswer?: (answer: ProbeAnswer<T>) => void
  /** See `LaneUse`. */
  readonly onShared?: LaneUse['onShared']
}

/** Lanes each of which is asked for itself; what is asked is paid for as in a run. Close it when all is asked. */
export class LaneProber<T> implements AsyncDisposable {
  readonly #options: LaneProberOptions<T>
  readonly #pools: readonly LanePool[]

  constructor(options: LaneProberOptions<T>) {
    const { api, clock, onShared } = options
    this.#options = options
    const onChange = (): void => {
      for (const pool of this.#pools) pool.pump()
    }
    this.#pools = openLanes(options, api, { clock, prefix: '', onChange, onShared }).map(
      (lane) =>
        new LanePool({
          lanes: [lane],
          clock,
          concurrency: 1,
          maxPauseMs: Number.POSITIVE_INFINITY,
          onWait: () => {},
        }),
    )
  }

  /** Three times, one after the other, over each lane at once. */
  async probeAll(signal: AbortSignal): Promise<LaneProbe<T>[]> {
    const probes = await Promise.all(this.#pools.map((pool) => this.#probe(pool, PROBES, signal)))
    signal.throwIfAborted()
    return probes
  }

  /** Once, over one lane after the other until one brings an answer or a refusal; undefined without lanes. */
  async probeAny(signal: AbortSignal): Promise<LaneProbe<T> | undefined> {
    const within = AbortSignal.any([signal, AbortSignal.timeout(this.#options.requestTimeoutMs + EXTRA)])
    let last: LaneProbe<T> | undefined
    for (const pool of this.#pools) {
      if (within.aborted) break
      last = await this.#probe(pool, 1, within)
      if (last.failure?.kind !== 'setback') break
    }
    signal.throwIfAborted()
    return last
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.close()))
  }

  async #probe(pool: LanePool, times: number, signal: AbortSignal): Promise<LaneProbe<T>> {
    const { api, clock, requestTimeoutMs, venueNow } = this.#options
    const [lane] = pool.lanes
    if (!lane) throw new RangeError('a pool without a lane')
    const judge = api.judge.bind(api)
    const attempts = new Attempts({
      pool,
      clock,
      events: new RunEventBus(),
      requestTimeoutMs,
      judge,
      venueNow,
    })
    const within = AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs + EXTRA)])
    const answers: ProbeAnswer<T>[] = []
    let failure: Failure | undefined
    for (let asked = 0; asked < times && !(failure && isFinal(failure, lane, clock)); asked += 1) {
      const outcome = await this.#ask(attempts, lane, within)
      if ('value' in outcome) answers.push(outcome)
      else failure = outcome
    }
    return { lane: lane.name, answers, failure, state: lane.state(clock.now()) }
  }

  async #ask(attempts: Attempts, lane: Lane, within: AbortSignal): Promise<ProbeAnswer<T> | Failure> {
    const { api, clock, onAnswer } = this.#options
    try {
      const outcome = await attempts.make(api.probe, within)
      if (!('value' in outcome)) return { kind: 'setback', ...outcome }
      const answer = { ...outcome, receivedAt: Date.now() }
      onAnswer?.(answer)
      return answer
    } catch (error) {
      if (error instanceof PerpctlError) return { kind: 'refused', error }
      if (!within.aborted) throw error
      const waitMs = lane.waitFor(api.probe.request, clock.now())
      return waitMs > 0 ? { kind: 'budget', waitMs } : { kind: 'late' }
    }
  }
}

/** Only what the venue itself got wrong may be better the next time. */
function isFinal(failure: Failure, lane: Lane, clock: Clock): boolean {
  if (failure.kind !== 'setback') return true
  return !lane.isOpen(clock.now()) || ['network', 'timeout', 'proxy'].includes(failure.type)
}
