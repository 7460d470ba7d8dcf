import { RequestFailedError, VenueRefusedError } from '../errors.ts'
import type { Dataset, RowOf } from '../model/market.ts'
import { DAY, floorTo, HOUR, MINUTE, normalize, SECOND, subtract, type Window } from '../model/window.ts'
import { oldestKept } from '../plan/wanted.ts'
import type { Commit, Store } from '../ports.ts'
import { systemClock } from '../time/clock.ts'
import { firstOf, isDoubtful, isImplausible } from './doubt.ts'
import { ASKS, fetchPage, type PageNeeds, viewOf } from './fetch-page.ts'
import type { Job, Task } from './job.ts'
import { type Page, restrictPage } from './page.ts'
import { type Refined, type Refiners, spreadSteps } from './refine.ts'
import { tellRejected } from './tell-rejected.ts'

/** Passes, seconds apart, after which even a symbol that trades is believed to have no row from some old time on. */
const EMPTY_PASSES = 3
/** How much later than computed the kept history is taken to begin, each time that the venue finds it too old. */
const STEPS_BEYOND = [5 * MINUTE, HOUR, 6 * HOUR, DAY]

/** Between the two questions about events that should be there: longer would hold up runs of a venue without any. */
const DOUBT_PAUSE = SECOND / 4

export interface FetcherOptions extends PageNeeds {
  readonly store: Pick<Store, 'encode'>
  /** The venue's time at this moment: a plan may be hours old. */
  readonly venueNow: () => number
  /** Whether the plan left out what is covered, so that the table has no row of these windows. */
  readonly isFresh: boolean
  readonly refiners: Refiners
}

/** A commit and the job that it belongs to. */
export interface JobCommit {
  readonly job: Job
  readonly commit: Commit
}

/** Does one task: asks, reads, decides what is known now, and leaves what must be asked again in `followUps`. */
export class Fetcher {
  readonly followUps: Task[] = []
  readonly #options: FetcherOptions

  constructor(options: FetcherOptions) {
    this.#options = options
  }

  async run(task: Task): Promise<readonly JobCommit[]> {
    try {
      if (task.pauseMs !== undefined) await systemClock.sleep(task.pauseMs, this.#options.signal)
      const page = await fetchPage(task, this.#options)
      return await this.#settle(task, task.only ? restrictPage(page, task.only) : page)
    } catch (error) {
      if (!this.#expire(task, error)) this.#failOrThrow(task, error)
      return []
    } finally {
      task.job.end()
    }
  }

  /** Where the rows of a gap begin, its end where there are none; undefined where that could not be had. */
  async findStart(job: Job, gap: Window): Promise<number | undefined> {
    try {
      return (await this.#findFirst(job, gap)) ?? gap.to
    } catch (error) {
      this.#failOrThrow({ job, window: gap }, error)
      return undefined
    }
  }

  /** The time of the first row in `window`; undefined where the venue has none up to its end. */
  async #findFirst(job: Job, window: Window): Promise<number | undefined> {
    const request = job.source.firstRequest?.(job.symbol, window)
    if (!request) return window.from
    const [question] = job.source.questions
    const parse = (payload: unknown): number | undefined =>
      firstOf(job, window, question.parse(payload, job.symbol, window, window))
    const { value } = await this.#options.clientOf(job.source).fetch({ request, parse }, this.#options.signal)
    return value
  }

  async #settle(task: Task, page: Page<Dataset>): Promise<readonly JobCommit[]> {
    const { job } = task
    if (page.untrusted.length > 0 && this.#looksFurther(task, page)) return []
    if (isDoubtful(task, page, this.#options.now) && !this.#isConfirmed(task)) return []
    if (page.rest) this.#follow({ ...task, window: page.rest })
    job.leaveOpen(page.open)
    if (page.rejected.length > 0) this.#handleRejected(task, page)
    if (page.duplicates > 0) this.#tellDuplicates(task, page.duplicates)
    const absent = page.missing.length > 0 ? await this.#handleMissing(task, page) : []
    const { isFresh, store } = this.#options
    const { symbol, dataset } = job
    const { rows, lacking, reason, basis = [] } = await this.#refine(job, page)
    for (const window of lacking) job.fail(window, reason)
    const covered = subtract(normalize([...page.covered, ...absent]), lacking)
    if (covered.length === 0) return []
    job.begin()
    const encoded = store.encode(symbol, dataset, rows)
    return [{ job, commit: { symbol, dataset, rows: encoded, covered, absent, isFresh, basis } }]
  }

  #refine({ source, symbol, dataset }: Job, page: Page<Dataset>): Promise<Refined<Dataset>> {
    const refiner = this.#options.refiners[dataset] as
      | ((symbol: string, rows: readonly RowOf[Dataset][], window: Window) => Promise<Refined<Dataset>>)
      | undefined
    if (refiner) return refiner(symbol, page.rows, page.window)
    return Promise.resolve({ rows: spreadSteps(page.rows, source.stepMs), lacking: [], reason: '' })
  }

  /** True where the question is asked again with a wider view; otherwise what cannot be trusted is given up. */
  #looksFurther(task: Task, page: Page<Dataset>): boolean {
    const { job } = task
    const { now } = this.#options
    const again = { ...task, attempt: task.attempt + 1 }
    if (task.attempt === 1 && viewOf(again, now).from < viewOf(task, now).from) {
      this.#follow(again)
      return true
    }
    if (!page.isWorthless) job.expire(page.untrusted)
    for (const part of page.isWorthless ? page.untrusted : [])
      job.fail(part, `${job.source.source} has no row of it on record, which proves nothing`)
    return page.isWorthless
  }

  /**
   * Whether the venue refused the window because it keeps nothing as old: then what is too old is the end of what can
   * be had, and the rest is asked for. Far inside of what is kept a refusal is a refusal.
   */
  #expire(task: Task, error: unknown): boolean {
    const { job, window, refusals = 0 } = task
    const { source } = job
    const beyond = STEPS_BEYOND[refusals]
    if (!(error instanceof VenueRefusedError) || !source.isTooOld?.(error) || beyond === undefined)
      return false
    const oldest = oldestKept(source, this.#options.venueNow())
    if (oldest === undefined || window.from >= oldest + DAY) return false
    const from = Math.max(window.from + source.stepMs, oldest + beyond)
    job.expire([{ from: window.from, to: Math.min(from, window.to) }])
    if (from < window.to) this.#follow({ ...task, window: { from, to: window.to }, refusals: refusals + 1 })
    return true
  }

  /** Asks a second time; two empty answers are the venue's word, and recorded as one to look at. */
  #isConfirmed(task: Task): boolean {
    const { job, window } = task
    if (task.attempt < ASKS.missing) {
      // A venue in trouble for a moment would answer the same at once.
      this.#askAgain({ ...task, pauseMs: DOUBT_PAUSE }, [window], 'confirm')
      return false
    }
    this.#options.events.emit('failure', {
      type: 'no_rows',
      message: `${job.dataset} of ${job.symbol}: the venue has no row in days in which it was traded`,
      details: { symbol: job.symbol, dataset: job.dataset, window: toIso(window) },
      severity: 'warning',
    })
    return true
  }

  /** The windows that are now known to be absent; what is not known yet is asked again. */
  async #handleMissing(task: Task, page: Page<Dataset>): Promise<readonly Window[]> {
    const { job } = task
    const isEmpty = page.rows.length === 0 && page.rejected.length === 0
    if (isEmpty && !job.source.firstRequest && isImplausible(task)) {
      // Days without any snapshot of what trades: a venue in trouble, asked again as the edge is, never believed.
      job.leaveOpen(page.missing)
      return []
    }
    if (task.attempt >= ASKS.missing) return page.missing
    if (isEmpty && job.source.firstRequest) return this.#proveAbsence(task, page)
    this.#askAgain(task, page.missing, 'confirm')
    return []
  }

  /** One cheap question for the next row settles an empty page, and every empty page behind it. */
  async #proveAbsence(task: Task, page: Page<Dataset>): Promise<readonly Window[]> {
    const { job, window, gapEnd } = task
    const final = floorTo(this.#options.now - job.source.edgeMs, job.source.stepMs)
    const isOld = gapEnd <= final && job.edgeTries >= EMPTY_PASSES
    // What trades has a later row: without one an empty answer is a venue in trouble, and is asked again as the edge is.
    const horizon = job.isLive ? Math.max(gapEnd, floorTo(this.#options.now, job.source.stepMs)) : gapEnd
    const next = await this.#findFirst(job, { from: window.from, to: horizon })
    if (next === undefined && job.isLive && !isOld) {
      job.leaveOpen([{ from: window.from, to: gapEnd }])
      job.skipUntil = Math.max(job.skipUntil, gapEnd)
      return []
    }
    const first = next !== undefined && next < gapEnd ? next : undefined
    if (first !== undefined && first < window.to) {
      this.#askAgain(task, page.missing, 'confirm')
      return []
    }
    const until = Math.min(first ?? gapEnd, Math.max(final, window.from))
    job.skipUntil = Math.max(job.skipUntil, first ?? gapEnd)
    if (first === undefined && final < gapEnd) {
      job.leaveOpen([{ from: Math.max(final, window.from), to: gapEnd }])
    }
    return until > window.to ? [{ from: window.from, to: until }] : page.missing
  }

  #handleRejected(task: Task, page: Page<Dataset>): void {
    const { job } = task
    const isLast = task.attempt >= ASKS.broken
    tellRejected(this.#options.events, task, page.rejected, isLast ? 'error' : 'warning')
    if (!isLast) this.#askAgain(task, page.broken, 'again')
    const reason = `the venue's row breaks a rule: ${page.rejected[0]?.reason}`
    for (const window of isLast ? page.broken : []) job.fail(window, reason)
  }

  #askAgain(task: Task, only: readonly Window[], kind: 'confirm' | 'again'): void {
    const [first, last] = [only[0], only.at(-1)]
    if (!first || !last) return
    this.#follow({
      ...task,
      window: { from: first.from, to: last.to },
      only,
      kind,
      attempt: task.attempt + 1,
    })
  }

  #follow(task: Task): void {
    task.job.begin()
    this.followUps.push(task)
  }

  #tellDuplicates({ job, window }: Task, duplicates: number): void {
    this.#options.events.emit('failure', {
      type: 'duplicate_rows',
      message: `${job.dataset} of ${job.symbol}: ${duplicates} rows came twice in one answer, stored once`,
      details: { symbol: job.symbol, dataset: job.dataset, window: toIso(window) },
      severity: 'warning',
    })
  }

  /** What concerns this job alone is recorded and the others go on; anything else ends the run. */
  #failOrThrow({ job, window, only }: Pick<Task, 'job' | 'window' | 'only'>, error: unknown): void {
    if (error instanceof VenueRefusedError) job.isRefused = true
    else if (!(error instanceof RequestFailedError)) throw error
    for (const part of only ?? [window]) job.fail(part, error.message)
    this.#options.events.emit('failure', {
      type: error.code,
      message: `${job.dataset} of ${job.symbol}: ${error.message}`,
      details: { ...error.details, symbol: job.symbol, dataset: job.dataset, window: toIso(window) },
      severity: 'error',
    })
  }
}

const toIso = ({ from, to }: Window): { from: string; to: string } => ({
  from: new Date(from).toISOString(),
  to: new Date(to).toISOString(),
})
