import type { RunEventBus } from '../events.ts'
import { SECOND } from '../model/window.ts'
import type { Clock } from '../time/clock.ts'
import type { Listing, Venue } from '../venue.ts'
import { LanePool } from './lane-pool.ts'
import { openLanes } from './open-lanes.ts'
import { VenueClient } from './venue-client.ts'

/** A ban longer than this ends the run: cron comes back after it. */
const MAX_PAUSE = 900 * SECOND
/** Before anything has worked, few tries tell enough: the host is wrong, or the network is down. */
const FIRST_ATTEMPTS = 4

export interface SessionOptions {
  readonly venue: Venue
  readonly events: RunEventBus
  readonly clock: Clock
  readonly proxies: readonly string[]
  readonly usesDirect: boolean
  readonly concurrency: number
  readonly requestTimeoutMs: number
  /** See `VenueClientOptions`. */
  readonly outageMs: number
}

/** A venue with the lanes to it and its clock. Closing cuts what is under way. */
export class VenueSession implements AsyncDisposable {
  readonly client: VenueClient
  readonly pool: LanePool
  readonly #options: SessionOptions
  /** The venue's time minus the local clock, from the last answer. */
  #offset: number | undefined

  constructor(options: SessionOptions) {
    this.#options = options
    const { venue, clock, events, concurrency, requestTimeoutMs, outageMs } = options
    const lanes = openLanes({ ...options, budgets: venue.budgets })
    const onWait = (lane: { name: string; reason: string | null }, ms: number): void =>
      events.emit('lane:wait', {
        lane: lane.name,
        ms,
        reason: lane.reason ?? 'the budget of this window is spent',
      })
    this.pool = new LanePool({ lanes, clock, concurrency, maxPauseMs: MAX_PAUSE, onWait })
    this.client = new VenueClient({
      pool: this.pool,
      clock,
      events,
      requestTimeoutMs,
      outageMs,
      probe: venue.time,
      judge: (answer) => venue.judge(answer),
      venueNow: () => this.venueTime ?? Date.now(),
    })
  }

  get laneCount(): number {
    return this.pool.lanes.length
  }

  /** The venue's time by its last answer; undefined before the first. */
  get venueTime(): number | undefined {
    return this.#offset === undefined ? undefined : this.#options.clock.now() + this.#offset
  }

  /** Asks the venue for its time. What decides "now", what is closed and what is too old. */
  async readTime(signal: AbortSignal): Promise<number> {
    const { venue, clock } = this.#options
    const limit = this.#offset === undefined ? { maxAttempts: FIRST_ATTEMPTS } : {}
    const { value } = await this.client.fetch(venue.time, signal, limit)
    this.#offset = value - clock.now()
    return value
  }

  /** What is listed now; adopts the limits that the venue states. */
  async readListing(signal: AbortSignal): Promise<Listing> {
    const { venue } = this.#options
    const { value: listing } = await this.client.fetch(venue.listing, signal)
    for (const lane of this.pool.lanes) {
      for (const [pool, limit] of Object.entries(listing.limits)) lane.setLimit(pool, limit)
    }
    if (venue.prepare) await this.client.fetch(venue.prepare, signal)
    return listing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool.close()
  }
}
