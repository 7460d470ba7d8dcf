import { VenueUnavailableError } from '../errors.ts'
import type { Clock } from '../time/clock.ts'
import type { Costs, Priced } from '../venue/budget.ts'
import type { Arrival, Lane, Passage } from './lane.ts'

interface Waiter {
  readonly request: Priced
  readonly isBulk: boolean
  readonly since: number
  readonly resolve: (passage: Passage) => void
  readonly reject: (error: unknown) => void
}

/** A shorter wait is nothing to tell of. */
const NEWS = 1_000

type Queue = readonly [string, readonly Waiter[]]
const byPriority = ([, [a]]: Queue, [, [b]]: Queue): number =>
  Number(a?.isBulk ?? false) - Number(b?.isBulk ?? false)

export interface LanePoolOptions {
  readonly lanes: readonly Lane[]
  readonly clock: Clock
  /** Requests in flight per lane. */
  readonly concurrency: number
  /** A wait for the venue's permission longer than this ends the run: cron comes back later. */
  readonly maxPauseMs: number
  /** Told when a request has to wait for a lane, at most once per wait; infinite where nobody knows for how long. */
  readonly onWait: (lane: Lane, ms: number) => void
}

/**
 * Hands out lanes: first come first served among requests of the same budgets, each to the lane that is free now and
 * has the fewest requests in flight. Requests of one budget never wait behind those of another, and none behind those that
 * can wait (`isBulk`), which leave the reserve of each budget to it.
 */
export class LanePool {
  readonly lanes: readonly Lane[]
  readonly #options: LanePoolOptions
  readonly #queues = new Map<string, Waiter[]>()
  #timer: NodeJS.Timeout | undefined
  #lastWaitTold = 0

  constructor(options: LanePoolOptions) {
    this.#options = options
    this.lanes = options.lanes
  }

  /** The request has begun on the lane of the passage. The caller ends it with `release`. */
  acquire(request: Priced, signal: AbortSignal, isBulk = false): Promise<Passage> {
    signal.throwIfAborted()
    const key = this.#queueOf(request, isBulk)
    const queue = this.#queues.get(key) ?? []
    this.#queues.set(key, queue)
    return new Promise<Passage>((resolve, reject) => {
      const onAbort = (): void => {
        const at = queue.indexOf(waiter)
        if (at >= 0) queue.splice(at, 1)
        reject(signal.reason)
      }
      const settle =
        <T>(then: (value: T) => void) =>
        (value: T): void => {
          signal.removeEventListener('abort', onAbort)
          then(value)
        }
      const since = this.#options.clock.now()
      const waiter: Waiter = { request, isBulk, since, resolve: settle(resolve), reject: settle(reject) }
      signal.addEventListener('abort', onAbort, { once: true })
      queue.push(waiter)
      this.pump()
    })
  }

  /** See `Lane.end`. */
  release(passage: Passage, arrival: Arrival | undefined): void {
    passage.lane.end(passage, this.#options.clock.now(), arrival)
    this.pump()
  }

  /** Requests of the same budgets wait for each other, and of those that each symbol has for itself no others do. */
  #queueOf({ costs, subject = '' }: Priced, isBulk: boolean): string {
    const symbol = this.lanes[0]?.countsBySymbol(costs) ? [subject] : []
    return [isBulk ? 'bulk' : 'live', ...Object.keys(costs).sort(), ...symbol].join(' ')
  }

  /**
   * Milliseconds until the last request of so much work may leave, by what is spent now and what the budgets allow: the
   * lanes share it evenly. The network's own time comes on top.
   */
  waitForAll(costs: Costs): number {
    const open = this.lanes.filter((lane) => !lane.isBlocked)
    const now = this.#options.clock.now()
    return Math.max(0, ...open.map((lane) => lane.waitForAll(lane.shareOf(costs, open.length), now)))
  }

  /** Called whenever a lane's standing may have changed. */
  pump(): void {
    clearTimeout(this.#timer)
    this.#serveInTurn()
    const now = this.#options.clock.now()
    let wake = Number.POSITIVE_INFINITY
    for (const queue of this.#queues.values()) {
      if (queue.length === 0) continue
      this.#giveUpIfHopeless(queue, now)
      wake = Math.min(wake, this.#nextWake(queue[0], now))
    }
    if (wake === Number.POSITIVE_INFINITY) return
    this.#timer = setTimeout(() => this.pump(), Math.max(1, Math.ceil(wake)))
  }

  /**
   * One from the front of each queue at a time, the one that was served last at the end: a place is for all of them, but
   * first for what cannot wait.
   */
  #serveInTurn(): void {
    for (let isServed = true; isServed; ) {
      isServed = false
      for (const [key, queue] of [...this.#queues].toSorted(byPriority)) {
        if (!this.#serveFirst(queue)) continue
        isServed = true
        this.#queues.delete(key)
        if (queue.length > 0) this.#queues.set(key, queue)
      }
    }
  }

  #serveFirst(queue: Waiter[]): boolean {
    const [waiter] = queue
    const lane = waiter && this.#findLane(waiter, this.#options.clock.now())
    if (!waiter || !lane) return false
    queue.shift()
    waiter.resolve(lane.begin(waiter.request, this.#options.clock.now()))
    return true
  }

  #findLane({ request, isBulk }: Waiter, now: number): Lane | undefined {
    let best: Lane | undefined
    for (const lane of this.lanes) {
      if (lane.inFlight >= this.#options.concurrency || lane.waitFor(request, now, isBulk) > 0) continue
      if (!best || lane.inFlight < best.inFlight) best = lane
    }
    return best
  }

  #nextWake(waiter: Waiter | undefined, now: number): number {
    if (!waiter) return Number.POSITIVE_INFINITY
    const { request, isBulk } = waiter
    let soonest = Number.POSITIVE_INFINITY
    let soonestLane: Lane | undefined
    for (const lane of this.lanes) {
      if (lane.inFlight >= this.#options.concurrency) continue
      const wait = lane.waitFor(request, now, isBulk)
      if (!soonestLane || wait < soonest) [soonest, soonestLane] = [wait, lane]
    }
    // Where nobody knows for how long, the wait itself has to last.
    const isLong = soonest > NEWS && (Number.isFinite(soonest) || now - waiter.since >= NEWS)
    const isNews = soonestLane && isLong && now - this.#lastWaitTold > NEWS
    if (isNews && soonestLane && this.lanes.every((lane) => lane.inFlight === 0)) {
      this.#lastWaitTold = now
      this.#options.onWait(soonestLane, soonest)
    }
    return Math.min(soonest, now < waiter.since + NEWS ? waiter.since + NEWS - now : Number.POSITIVE_INFINITY)
  }

  /** No lane is open, nor will one be within the time that a run is ready to wait. */
  #giveUpIfHopeless(queue: Waiter[], now: number): void {
    const isHopeless = this.lanes.every(
      (lane) => lane.isBlocked || !lane.isOpen(now + this.#options.maxPauseMs),
    )
    if (!isHopeless) return
    const reasons = this.lanes.map((lane) => `${lane.name}: ${lane.reason ?? 'not usable'}`)
    const error = new VenueUnavailableError(`no lane is left (${reasons.join('; ')})`, {
      hint: 'run the same command again later, or add proxies with --proxies',
      details: { lanes: reasons },
    })
    for (const waiter of queue.splice(0)) waiter.reject(error)
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    await Promise.all(this.lanes.map((lane) => lane.close()))
  }
}
