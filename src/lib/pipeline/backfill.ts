import type { RunEventBus } from '../events.ts'
import type { Dataset } from '../model/market.ts'
import { intersect, MINUTE, SECOND, subtract, totalSpan, type Window } from '../model/window.ts'
import { estimateJob, type JobEstimate, sumWork } from '../plan/estimate.ts'
import { PageSizes } from '../plan/page-sizes.ts'
import { gapsOf, type Range, type Wanted, wantedOf } from '../plan/wanted.ts'
import { wantedSeries } from '../plan/wanted-series.ts'
import type { Coverage, Store } from '../ports.ts'
import type { Clock } from '../time/clock.ts'
import type { Route } from '../venue/route.ts'
import type { Venue } from '../venue/venue.ts'
import type { ClientOf } from './fetch-page.ts'
import { Job, type JobSymbol } from './job.ts'
import { findLack, type Lack, unpublished } from './lack.ts'
import { runPass } from './pass.ts'
import { prepareRoute } from './prepare-route.ts'
import type { Refiners } from './refine.ts'

const EDGE_TRIES = 6
/** Passes in a row that leave no less to do than the one before: what is read for them changes all the time. */
const MOST_IDLE = 10
/** Passes after which even a run that never catches up with the clock ends. */
const MAX_PASSES = 60

/** What cannot be made into rows in this run, whatever the venue has. */
export interface Obstacles {
  /** These stay a gap, for this reason. */
  readonly lacking: readonly Window[]
  readonly reason: string
  /** These are left to a later run, and nothing is wrong with that. */
  readonly postponed: readonly Window[]
}

export interface BackfillOptions {
  readonly venue: Venue
  readonly clientOf: ClientOf
  readonly store: Store
  readonly events: RunEventBus
  readonly clock: Clock
  readonly signal: AbortSignal
  /** The id of the run: what a stretch without rows was found to be in another run, or minutes ago, counts. */
  readonly run: string
  readonly symbols: readonly JobSymbol[]
  readonly datasets: readonly Dataset[]
  readonly range: Range
  readonly concurrency: number
  readonly isRefetch: boolean
  /** What this run wants is remembered as wanted; default: it repairs what somebody else wanted. */
  readonly remembersWanted?: boolean
  /** Times that the newest minute is asked for before it counts as not published. Default 6, about 20 seconds in all. */
  readonly edgeTries?: number
  /** How rows of longer steps become rows of minutes, where that takes more than repeating them. */
  readonly refiners?: Refiners
  /** Asked once per job, of what it lacks at the venue's `now`. */
  readonly findObstacles?: (symbol: string, lacking: readonly Window[], now: number) => Promise<Obstacles>
  /** The venue's time by its last answer. */
  readonly venueNow: () => number
  /** The venue's server time, asked anew at each call. */
  readonly readVenueTime: (signal: AbortSignal) => Promise<number>
}

export interface BackfillResult {
  readonly lacks: readonly Lack[]
  readonly absentMinutes: number
  /** Part of what is lacking: the venue answers without a row there, which one run alone does not believe. */
  readonly unprovenMinutes: number
  /** Wanted, and older than what the venue keeps. */
  readonly expiredMinutes: number
  /** The venue's time of the last plan. */
  readonly venueTime: number
}

/** Passes over all jobs until nothing is missing that can be had: without `until`, up to the newest closed minute. */
export class Backfill {
  readonly #options: BackfillOptions
  readonly #jobs: readonly Job[]
  readonly #pageSizes = new PageSizes()
  #isRefetch: boolean

  constructor(options: BackfillOptions) {
    this.#options = options
    this.#isRefetch = options.isRefetch
    const routes = options.datasets
      .map((dataset): Route | undefined => options.venue.routes[dataset])
      .filter((route) => route !== undefined)
    this.#jobs = options.symbols.flatMap((symbol) => routes.map((route) => new Job(route, symbol)))
  }

  get #edgeTries(): number {
    return this.#options.edgeTries ?? EDGE_TRIES
  }

  /** What a run would do now, and nothing else. */
  async plan(): Promise<readonly JobEstimate[]> {
    await this.#prepare()
    const now = await this.#options.readVenueTime(this.#options.signal)
    await this.#avoidObstacles(now)
    const planned = await this.#plan(now)
    return planned.map(({ job, gaps }) => estimateJob(job.route, job.symbol, gaps, now))
  }

  async run(): Promise<BackfillResult> {
    await this.#prepare()
    let now = await this.#options.readVenueTime(this.#options.signal)
    await this.#saveWanted(now)
    await this.#avoidObstacles(now)
    let left = Number.POSITIVE_INFINITY
    let idle = 0
    for (let pass = 1; pass <= MAX_PASSES && idle < MOST_IDLE; pass += 1) {
      const planned = (await this.#plan(now)).filter(({ job }) => this.#isWorthAsking(job, now))
      if (planned.length === 0) break
      const before = left
      left = totalSpan(planned.flatMap(({ gaps }) => gaps))
      idle = left < before ? 0 : idle + 1
      await this.#waitWhileIdle(planned, idle)
      await this.#waitForEdge(planned)
      if (planned.some(({ job }) => job.edgeTries > 0))
        now = await this.#options.readVenueTime(this.#options.signal)
      await this.#runPass(planned, now)
      this.#isRefetch = false
      now = await this.#options.readVenueTime(this.#options.signal)
    }
    return this.#conclude(now)
  }

  async #plan(now: number): Promise<{ job: Job; gaps: readonly Window[] }[]> {
    const known = await this.#readCoverage()
    return this.#jobs.flatMap((job) => {
      job.ripen(now)
      const { window: wanted } = this.#wanted(job, now)
      const covered = this.#isRefetch ? [] : (known.get(job)?.covered ?? [])
      const gaps = wanted ? subtract(gapsOf(job.route, job.symbol, wanted, covered, now), job.givenUp) : []
      return gaps.length > 0 && !job.isRefused ? [{ job, gaps }] : []
    })
  }

  async #runPass(planned: readonly { job: Job; gaps: readonly Window[] }[], now: number): Promise<void> {
    const { events, symbols } = this.#options
    const work = planned.map(({ job, gaps }) => estimateJob(job.route, job.symbol, gaps, now))
    for (const { job } of planned) job.renew()
    events.emit('run:plan', { symbols: symbols.length, jobs: sumWork(work) })
    const jobs = planned.map(({ job }) => job)
    await runPass(jobs, {
      ...this.#options,
      pageSizes: this.#pageSizes,
      refiners: this.#options.refiners ?? {},
      isRefetch: this.#isRefetch,
      now,
      wanted: (job) => this.#wanted(job, now).window,
    })
    for (const job of jobs) {
      const isWaiting = job.openEdge.length > 0 || job.unansweredWindows.length > 0
      job.edgeTries = isWaiting ? job.edgeTries + 1 : 0
    }
  }

  /** False where all that is left is an edge that the venue has not published although asked often enough. */
  #isWorthAsking(job: Job, now: number): boolean {
    if (job.edgeTries === 0) return true
    if (job.edgeTries >= this.#edgeTries) return false
    const isOverdue = subtract(job.openEdge, [unpublished(job, now)]).length > 0
    return job.unansweredWindows.length > 0 || (isOverdue && job.isLive && job.route.shape === 'grid')
  }

  /** An edge has its own pauses. */
  async #waitWhileIdle(planned: readonly { job: Job }[], idle: number): Promise<void> {
    if (idle === 0 || planned.some(({ job }) => job.edgeTries > 0)) return
    await this.#options.clock.sleep(
      Math.min(4 * SECOND, (SECOND / 4) * 2 ** (idle - 1)),
      this.#options.signal,
    )
  }

  /** Only where every job waits for the venue's newest rows: others are not held up. */
  async #waitForEdge(planned: readonly { job: Job }[]): Promise<void> {
    const tries = Math.min(...planned.map(({ job }) => job.edgeTries))
    if (tries > 0)
      await this.#options.clock.sleep(Math.min(8 * SECOND, SECOND * 2 ** (tries - 1)), this.#options.signal)
  }

  #wanted({ route, since }: Job, now: number): Wanted {
    const start = Math.max(this.#options.venue.historyStart, since)
    return wantedOf(route, this.#options.range, now, start)
  }

  async #saveWanted(now: number): Promise<void> {
    const { store, remembersWanted = false } = this.#options
    if (!remembersWanted) return
    const series = this.#jobs.flatMap((job) => {
      const { window } = this.#wanted(job, now)
      if (!window || job.isRefused) return []
      return wantedSeries(job.route, job, window, job.expiredWindows.at(-1)?.to) ?? []
    })
    await store.saveWanted(series)
  }

  /** What an interface has to tell before it can be asked, and the symbols of which it has nothing. */
  async #prepare(): Promise<void> {
    const { events } = this.#options
    for (const route of new Set(this.#jobs.map((job) => job.route))) await prepareRoute(route, this.#options)
    for (const job of this.#jobs) {
      const refusal = job.route.findRefusal?.(job.symbol)
      if (refusal === undefined) continue
      job.refuse(refusal)
      const details = { symbol: job.symbol, dataset: job.dataset }
      const message = `${job.dataset} of ${job.symbol}: ${refusal}`
      events.emit('failure', { type: 'not_served', message, details, severity: 'error' })
    }
  }

  async #avoidObstacles(now: number): Promise<void> {
    const { findObstacles } = this.#options
    if (!findObstacles) return
    for (const { job, gaps } of await this.#plan(now)) {
      const { lacking, reason, postponed } = await findObstacles(job.symbol, gaps, now)
      for (const window of lacking) job.fail(window, reason)
      job.postpone(postponed)
      if (lacking.length > 0) this.#tellObstacle(job, lacking, reason)
    }
  }

  #tellObstacle({ symbol, dataset }: Job, lacking: readonly Window[], reason: string): void {
    this.#options.events.emit('failure', {
      type: 'not_made',
      message: `${dataset} of ${symbol}: ${reason}`,
      details: { symbol, dataset, minutes: totalSpan(lacking) / MINUTE },
      severity: 'error',
    })
  }

  async #readCoverage(): Promise<ReadonlyMap<Job, Coverage>> {
    const symbols = this.#options.symbols.map(({ symbol }) => symbol)
    const known = new Map<Job, Coverage>()
    for (const dataset of this.#options.datasets) {
      const coverage = await this.#options.store.coverage(dataset, symbols)
      for (const job of this.#jobs) {
        const found = job.dataset === dataset ? coverage.get(job.symbol) : undefined
        if (found) known.set(job, found)
      }
    }
    return known
  }

  async #conclude(now: number): Promise<BackfillResult> {
    await this.#saveWanted(now)
    const known = await this.#readCoverage()
    const lacks: Lack[] = []
    let absent = 0
    let expired = 0
    let unproven = 0
    for (const job of this.#jobs) {
      const { window: wanted, expired: old } = this.#wanted(job, now)
      const { covered = [], absent: missing = [] } = known.get(job) ?? {}
      expired += totalSpan(subtract([...(old ? [old] : []), ...job.expiredWindows], covered))
      if (!wanted) continue
      absent += totalSpan(intersect(missing, [wanted]))
      unproven += totalSpan(subtract(intersect(job.unprovenWindows, [wanted]), covered))
      const lack = findLack(job, { wanted, covered, now, edgeTries: this.#edgeTries })
      if (lack) lacks.push(lack)
    }
    return {
      lacks,
      absentMinutes: absent / MINUTE,
      unprovenMinutes: unproven / MINUTE,
      expiredMinutes: expired / MINUTE,
      venueTime: now,
    }
  }
}
