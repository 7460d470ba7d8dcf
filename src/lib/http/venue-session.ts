import type { RunEventBus } from '../events.ts'
import { SECOND } from '../model/window.ts'
import { describeShared } from '../rate/payer.ts'
import type { BudgetKey } from '../rate/shared-budget.ts'
import { formatDuration } from '../text/durations.ts'
import type { Clock } from '../time/clock.ts'
import type { Api } from '../venue/api.ts'
import type { Costs } from '../venue/budget.ts'
import type { Listing } from '../venue/listing.ts'
import type { Route } from '../venue/route.ts'
import type { Venue } from '../venue/venue.ts'
import { LanePool } from './lane-pool.ts'
import { OddEntries } from './odd-entries.ts'
import { type LaneOptions, openLanes } from './open-lanes.ts'
import { type Requester, VenueClient } from './venue-client.ts'

/** A ban longer than this ends the run: cron comes back after it. */
const MAX_PAUSE = 900 * SECOND
/** Before anything has worked, few tries tell enough: the host is wrong, or the network is down. */
const FIRST_ATTEMPTS = 4

export interface SessionOptions extends LaneOptions {
  readonly venue: Venue
  readonly events: RunEventBus
  readonly clock: Clock
  /** See `VenueClientOptions`. */
  readonly outageMs: number
  /** See `AttemptOptions`. */
  readonly blockMs?: number | undefined
}

/** A venue with the lanes to it and its clock, and the other interfaces that its routes ask. Closing cuts what is under way. */
export class VenueSession implements AsyncDisposable {
  readonly client: VenueClient
  readonly pool: LanePool
  /** Where what could not be read of a list is told, by whoever reads one. */
  readonly odd: OddEntries
  readonly #options: SessionOptions
  readonly #others = new Map<Api, { readonly client: VenueClient; readonly pool: LanePool }>()
  readonly #told = new Set<string>()
  /** The venue's time minus the local clock, from the last answer. */
  #offset: number | undefined
  #hasToldWait = false

  constructor(options: SessionOptions) {
    this.#options = options
    this.odd = new OddEntries(options.events)
    const { client, pool } = this.#open(options.venue, '')
    this.client = client
    this.pool = pool
  }

  get laneCount(): number {
    return this.pool.lanes.length
  }

  /** The venue's time by its last answer; undefined before the first. */
  get venueTime(): number | undefined {
    return this.#offset === undefined ? undefined : this.#options.clock.now() + this.#offset
  }

  /** Who asks the questions of a source: each interface has lanes, budgets and a standing of its own. */
  clientOf({ api }: Pick<Route, 'api'>): VenueClient {
    if (api === undefined) return this.client
    const known = this.#others.get(api) ?? this.#open(api, `${api.name} `)
    this.#others.set(api, known)
    return known.client
  }

  /** The same for what can wait for those that cannot. */
  bulkClientOf(source: Pick<Route, 'api'>): Requester {
    return this.clientOf(source).bulk
  }

  /**
   * Milliseconds until the last request of so much work may leave, by the budgets as they are spent now, over all lanes:
   * what a dry run tells and a display counts down.
   */
  waitForAll(costs: Costs): number {
    const apis = new Set(Object.values(this.#options.venue.routes).flatMap(({ api }) => api ?? []))
    const asked = [...apis].filter(({ budgets }) => budgets.some(({ pool }) => pool in costs))
    for (const api of asked) this.clientOf({ api })
    const pools = [this.pool, ...asked.flatMap((api) => this.#others.get(api)?.pool ?? [])]
    return Math.max(...pools.map((pool) => pool.waitForAll(costs)))
  }

  /** Asks the venue for its time. What decides "now", what is closed and what is too old. */
  async readTime(signal: AbortSignal): Promise<number> {
    const { venue, clock } = this.#options
    const limit = this.#offset === undefined ? { maxAttempts: FIRST_ATTEMPTS } : {}
    const { value } = await this.client.fetch(venue.probe, signal, limit)
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
    const prepared = venue.prepare ? (await this.client.fetch(venue.prepare, signal)).value : []
    this.odd.tell([...listing.odd, ...prepared])
    return listing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const pools = [this.pool, ...this.#others.values().map(({ pool }) => pool)]
    await Promise.all(pools.map((pool) => pool.close()))
  }

  /** Before the first answer nothing else is to be seen of a run. */
  #tellFirstWait(lane: string, ms: number, reason: string): void {
    if (this.#offset !== undefined || this.#hasToldWait) return
    this.#hasToldWait = true
    const time = Number.isFinite(ms) ? ` ${formatDuration(ms)}` : ''
    this.#options.events.emit('note', {
      message: `lane ${lane} waits${time} for the first answer: ${reason}`,
    })
  }

  /** Once, however many budgets an address has. */
  #tellShared(payer: string, other: string): void {
    const message = describeShared(payer, other)
    if (this.#told.has(message)) return
    this.#told.add(message)
    this.#options.events.emit('note', { message })
    const details = { payer, other }
    this.#options.events.emit('failure', { type: 'shared_address', message, details, severity: 'warning' })
  }

  #open(api: Api, prefix: string): { client: VenueClient; pool: LanePool } {
    const { clock, events, concurrency, requestTimeoutMs, outageMs, blockMs } = this.#options
    const onChange = (): void => pool.pump()
    const onShared = ({ payer }: BudgetKey, other: string): void => this.#tellShared(payer, other)
    const lanes = openLanes(this.#options, api, { clock, prefix, onChange, onShared })
    const onWait = (lane: { name: string; reason: string | null }, ms: number): void => {
      const reason = lane.reason ?? 'the budget of this window is spent'
      if (Number.isFinite(ms)) events.emit('lane:wait', { lane: lane.name, ms, reason })
      this.#tellFirstWait(lane.name, ms, reason)
    }
    const pool: LanePool = new LanePool({ lanes, clock, concurrency, maxPauseMs: MAX_PAUSE, onWait })
    const client = new VenueClient({
      pool,
      clock,
      events,
      requestTimeoutMs,
      outageMs,
      blockMs,
      probe: api.probe,
      judge: api.judge.bind(api),
      venueNow: () => this.venueTime ?? Date.now(),
    })
    return { client, pool }
  }
}
