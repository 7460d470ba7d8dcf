import type { RunEventBus } from '../events.ts'
import type { VenueClient } from '../http/venue-client.ts'
import type { Dataset } from '../model/market.ts'
import { floorTo, intersect, MINUTE, SECOND, subtract, totalSpan, type Window } from '../model/window.ts'
import { estimateJob, type JobEstimate } from '../plan/estimate.ts'
import { gapsOf, type Range, wantedWindow } from '../plan/wanted.ts'
import type { Coverage, Store } from '../ports.ts'
import type { Clock } from '../time/clock.ts'
import type { Source, Venue } from '../venue.ts'
import { Job, type JobSymbol } from './job.ts'
import { runPass } from './pass.ts'

/** Times that the newest minute is asked for before it counts as not published; about 20 seconds in all. */
const EDGE_TRIES = 6
/** Passes after which even a run that never catches up with the clock ends. */
const MAX_PASSES = 60

export interface BackfillOptions {
  readonly venue: Venue
  readonly client: VenueClient
  readonly store: Store
  readonly events: RunEventBus
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly symbols: readonly JobSymbol[]
  readonly datasets: readonly Dataset[]
  readonly range: Range
  readonly concurrency: number
  readonly isRefetch: boolean
  /** The venue's server time, asked anew at each call. */
  readonly readVenueTime: (signal: AbortSignal) => Promise<number>
}

/** What a run could not bring in. */
export interface Lack {
  readonly symbol: string
  readonly dataset: Dataset
  readonly minutes: number
  readonly reason: string
}

export interface BackfillResult {
  readonly lacks: readonly Lack[]
  readonly absentMinutes: number
  /** The venue's time of the last plan. */
  readonly venueTime: number
}

/** Passes over all jobs until nothing is missing that can be had: without `until`, up to the newest closed minute. */
export class Backfill {
  readonly #options: BackfillOptions
  readonly #jobs: readonly Job[]
  #isRefetch: boolean

  constructor(options: BackfillOptions) {
    this.#options = options
    this.#isRefetch = options.isRefetch
    const sources = options.datasets
      .map((dataset): Source | undefined => options.venue.sources[dataset])
      .filter((source) => source !== undefined)
    this.#jobs = options.symbols.flatMap((symbol) => sources.map((source) => new Job(source, symbol)))
  }

  /** What a run would do now, and nothing else. */
  async plan(): Promise<readonly JobEstimate[]> {
    const now = await this.#options.readVenueTime(this.#options.signal)
    const planned = await this.#plan(now)
    return planned.map(({ job, gaps }) => estimateJob(job.source, job.symbol, gaps))
  }

  async run(): Promise<BackfillResult> {
    let now = await this.#options.readVenueTime(this.#options.signal)
    for (let pass = 1; pass <= MAX_PASSES; pass += 1) {
      const planned = (await this.#plan(now)).filter(({ job }) => this.#isWorthAsking(job))
      if (planned.length === 0) break
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
      const wanted = this.#wanted(now)
      const covered = this.#isRefetch ? [] : (known.get(job)?.covered ?? [])
      const gaps = wanted
        ? subtract(gapsOf(job.source, job.symbol, wanted, covered, now), job.failedWindows)
        : []
      return gaps.length > 0 && !job.isRefused ? [{ job, gaps }] : []
    })
  }

  async #runPass(planned: readonly { job: Job; gaps: readonly Window[] }[], now: number): Promise<void> {
    const { events, symbols } = this.#options
    const totals = new Map<Dataset, { dataset: Dataset; rows: number; requests: number }>()
    for (const { job, gaps } of planned) {
      const { rows, requests } = estimateJob(job.source, job.symbol, gaps)
      const sum = totals.get(job.dataset) ?? { dataset: job.dataset, rows: 0, requests: 0 }
      totals.set(job.dataset, {
        dataset: job.dataset,
        rows: sum.rows + rows,
        requests: sum.requests + requests,
      })
      job.openEdge = []
      job.skipUntil = 0
    }
    events.emit('run:plan', { symbols: symbols.length, jobs: [...totals.values()] })
    const jobs = planned.map(({ job }) => job)
    await runPass(jobs, {
      ...this.#options,
      isRefetch: this.#isRefetch,
      now,
      wanted: () => this.#wanted(now),
    })
    for (const job of jobs) job.edgeTries = job.openEdge.length > 0 ? job.edgeTries + 1 : 0
  }

  /** False where all that is left is an edge that the venue has not published although asked often enough. */
  #isWorthAsking(job: Job): boolean {
    if (job.edgeTries === 0) return true
    return job.isLive && job.source.shape === 'grid' && job.edgeTries < EDGE_TRIES
  }

  /** Only where every job waits for the venue's newest rows: others are not held up. */
  async #waitForEdge(planned: readonly { job: Job }[]): Promise<void> {
    const tries = Math.min(...planned.map(({ job }) => job.edgeTries))
    if (tries > 0)
      await this.#options.clock.sleep(Math.min(8 * SECOND, SECOND * 2 ** (tries - 1)), this.#options.signal)
  }

  #wanted(now: number): Window | undefined {
    return wantedWindow(this.#options.range, now, this.#options.venue.historyStart)
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
    const known = await this.#readCoverage()
    const wanted = this.#wanted(now)
    const lacks: Lack[] = []
    let absent = 0
    for (const job of this.#jobs) {
      const coverage = known.get(job)
      absent += wanted ? totalSpan(intersect(coverage?.absent ?? [], [wanted])) : 0
      const lack = wanted ? this.#findLack(job, wanted, coverage?.covered ?? []) : undefined
      if (lack) lacks.push(lack)
    }
    return { lacks, absentMinutes: absent / MINUTE, venueTime: now }
  }

  #findLack(job: Job, wanted: Window, covered: readonly Window[]): Lack | undefined {
    const left = subtract([wanted], covered)
    const failed = intersect(left, job.failedWindows)
    // A minute that closed after the last pass is the next run's, and an edge is only expected of a listed symbol.
    const isExpected = job.isLive && job.source.shape === 'grid' && job.edgeTries >= EDGE_TRIES
    const edge = isExpected ? subtract(intersect(left, job.openEdge), failed) : []
    const interior =
      job.source.shape === 'grid' ? subtract(left, [...failed, ...job.openEdge, newest(wanted, job)]) : []
    const minutes = totalSpan([...failed, ...edge, ...interior]) / MINUTE
    if (minutes === 0 && !job.isRefused) return undefined
    const isSilent = totalSpan(edge) > job.source.edgeMs
    const silence = isSilent
      ? 'the venue lists it as trading, but has no row there and none after it'
      : 'not published by the venue yet'
    const reason = job.reason ?? (interior.length > 0 ? 'not fetched' : silence)
    return { symbol: job.symbol, dataset: job.dataset, minutes, reason }
  }
}

const newest = (wanted: Window, { source }: Job): Window => ({
  from: floorTo(wanted.to - source.edgeMs, MINUTE),
  to: wanted.to,
})
