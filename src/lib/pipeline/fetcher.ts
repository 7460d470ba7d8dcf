import { RequestFailedError, VenueRefusedError } from '../errors.ts'
import type { Dataset, RowOf } from '../model/market.ts'
import { DAY, floorTo, HOUR, MINUTE, normalize, span, subtract, type Window } from '../model/window.ts'
import type { PageSizes } from '../plan/page-sizes.ts'
import { oldestKept } from '../plan/wanted.ts'
import type { Commit, Store } from '../ports.ts'
import { bisectStart } from './bisect-start.ts'
import { findLoose, storedRows, withHalves } from './doubt.ts'
import { ASKS, askTimes, fetchPage, viewOf } from './fetch-page.ts'
import { type Job, SILENT, type Task, UNANSWERED } from './job.ts'
import { type Page, restrictPage } from './page.ts'
import { type ProverNeeds, prove } from './prover.ts'
import { type Refined, type Refiners, spreadSteps } from './refine.ts'
import { tellCut, tellDuplicates, tellUnproven, toIso } from './tell-page.ts'
import { tellRejected } from './tell-rejected.ts'

/** How much later than computed the kept history is taken to begin, each time that the venue finds it too old. */
const STEPS_BEYOND = [5 * MINUTE, HOUR, 6 * HOUR, DAY]

export interface FetcherOptions extends ProverNeeds {
  readonly store: Pick<Store, 'encode' | 'evidence'>
  /** Whether the plan left out what is covered, so that the table has no row of these windows. */
  readonly isFresh: boolean
  readonly refiners: Refiners
  readonly pageSizes: PageSizes
}

/** A commit and the job that it belongs to. */
export interface JobCommit {
  readonly job: Job
  readonly commit: Commit
  /** Written in the same transaction. */
  readonly also?: readonly JobCommit[]
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
      if (task.kind === 'prove') return await this.#prove(task)
      const page = await fetchPage(task, this.#options)
      return await this.#settle(task, task.only ? restrictPage(page, task.only) : page)
    } catch (error) {
      if (!this.#expire(task, error)) this.#failOrThrow(task, error)
      return []
    } finally {
      this.conclude(task.job)
    }
  }

  /** An answer has come, or the last question is planned: when nothing more is under way, doubts are seen to. */
  conclude(job: Job): void {
    if (job.isLastAnswer())
      for (const doubt of job.takeDoubts())
        this.#follow({ job, window: doubt.window, doubt, kind: 'prove', attempt: 1, gapEnd: doubt.window.to })
    job.end()
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
    const { route, listedSince } = job
    if (route.begin === 'listing' && listedSince !== null)
      return Math.max(window.from, floorTo(listedSince, route.stepMs))
    if (route.begin === 'bisect') return await bisectStart(job, window, this.#options)
    if (!route.firstRequest) return window.from
    return (await askTimes(job, window, this.#options, 1))[0]?.at(0)
  }

  async #settle(task: Task, page: Page<Dataset>): Promise<readonly JobCommit[]> {
    const { job } = task
    if (page.untrusted.length > 0 && this.#looksFurther(task, page)) return []
    if (page.rest) this.#follow({ ...task, window: page.rest })
    job.leaveOpen(page.open)
    if (page.rejected.length > 0) this.#handleRejected(task, page)
    if (page.duplicates > 0) tellDuplicates(this.#options.events, task, page.duplicates)
    const { short, doubtful, overdue } = findLoose(task, page)
    if (task.kind === 'gap') this.#askAgain(task, short, 'confirm')
    const served = page.rows.length + page.rejected.length
    const asked = job.route.shape === 'grid' ? span(task.window) / job.route.stepMs : Number.POSITIVE_INFINITY
    job.doubt(page.halves, { served, asked, isHalf: true })
    job.doubt(doubtful, { served, asked, isHalf: false })
    if (served === 0 && page.outer.length > 0) await this.#skipSilence(task)
    return this.#commit(job, page, { lacking: overdue, absent: task.kind === 'confirm' ? short : [] })
  }

  async #commit(
    job: Job,
    page: Page<Dataset>,
    {
      lacking: doubted,
      absent: found,
    }: { readonly lacking: readonly Window[]; readonly absent: readonly Window[] },
  ): Promise<readonly JobCommit[]> {
    const { isFresh, store } = this.#options
    const { symbol, dataset } = job
    const stored = storedRows(job)
    const { rows, lacking, reason, basis = [] } = await this.#refine(job, withHalves(page, stored))
    for (const window of lacking) job.fail(window, reason)
    const absent = subtract(found, stored)
    const covered = subtract(normalize([...page.covered, ...found]), [...lacking, ...doubted])
    if (covered.length === 0 && rows.length === 0) return []
    job.begin()
    const encoded = store.encode(symbol, dataset, rows)
    const origin = { route: job.route.name }
    return [{ job, commit: { symbol, dataset, rows: encoded, covered, absent, isFresh, origin, basis } }]
  }

  /** A stretch without rows that no answer has explained: asked about until it is, or left to a later run. */
  async #prove(task: Task): Promise<readonly JobCommit[]> {
    const { job, window, doubt = { window, served: 0, asked: 0, isHalf: false } } = task
    const found = await prove(job, doubt, this.#options)
    if (found.kind === 'contradicted') this.#learn(task)
    // What has sessions may be silent now; what trades around the clock, or has a schedule, may not.
    const isExpected = job.isLive || job.route.schedule !== undefined
    if (found.kind === 'open' && !isExpected) job.leaveOpen([window])
    if (found.kind === 'open' && isExpected) job.leaveUnanswered([window], SILENT)
    if (found.kind === 'unanswered') job.leaveUnanswered([window], UNANSWERED)
    if (found.kind === 'unproven') {
      job.leaveUnproven(window, found.askAgainAt)
      tellUnproven(this.#options.events, task)
    }
    if (found.kind !== 'absent' && found.kind !== 'unproven') return []
    const { isFresh, store } = this.#options
    const { symbol, dataset } = job
    // What the other answers have of it is stored with nulls.
    if (found.kind === 'absent' && doubt.isHalf)
      this.#askAgain({ ...task, isProven: true }, [window], 'confirm')
    const isGone = found.kind === 'absent' && !doubt.isHalf
    const [covered, absent] = isGone ? [[window], subtract(found.absent, storedRows(job))] : [[], []]
    const { evidence } = found
    const rows = store.encode(symbol, dataset, [])
    job.begin()
    return [{ job, commit: { symbol, dataset, rows, covered, absent, evidence, isFresh, basis: [] } }]
  }

  /** The venue had what an answer left out: it serves fewer rows than it was asked for. The next pass asks for fewer. */
  #learn(task: Task): void {
    const { pageSizes, events } = this.#options
    const { served = 0, asked = 0 } = task.doubt ?? {}
    const size = pageSizes.learn(task.job.route, { served, asked })
    if (size !== undefined) tellCut(events, task, served, size)
  }

  #refine({ route, symbol, dataset }: Job, page: Page<Dataset>): Promise<Refined<Dataset>> {
    const refiner = this.#options.refiners[dataset] as
      | ((symbol: string, rows: readonly RowOf[Dataset][], window: Window) => Promise<Refined<Dataset>>)
      | undefined
    if (refiner) return refiner(symbol, page.rows, page.window)
    return Promise.resolve({ rows: spreadSteps(page.rows, route.stepMs), lacking: [], reason: '' })
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
      job.fail(part, `${job.route.name} has no row of it on record, which proves nothing`)
    return page.isWorthless
  }

  /**
   * Whether the venue refused the window because it keeps nothing as old: then what is too old is the end of what can
   * be had, and the rest is asked for. Far inside of what is kept a refusal is a refusal.
   */
  #expire(task: Task, error: unknown): boolean {
    const { job, window, refusals = 0 } = task
    const { route } = job
    const beyond = STEPS_BEYOND[refusals]
    if (!(error instanceof VenueRefusedError) || !route.isTooOld?.(error) || beyond === undefined)
      return false
    const oldest = oldestKept(route, this.#options.venueNow())
    if (oldest === undefined || window.from >= oldest + DAY) return false
    const from = Math.max(window.from + route.stepMs, oldest + beyond)
    job.expire([{ from: window.from, to: Math.min(from, window.to) }])
    if (from < window.to) this.#follow({ ...task, window: { from, to: window.to }, refusals: refusals + 1 })
    return true
  }

  /** An empty page may be the first of many: one cheap question for the next row spares the rest. */
  async #skipSilence({ job, window, gapEnd }: Task): Promise<void> {
    if (!job.route.firstRequest || window.to >= gapEnd || job.skipUntil > window.to) return
    const gap = { from: window.from, to: gapEnd }
    const next = (await this.#findFirst(job, gap)) ?? gapEnd
    if (next >= window.to) this.skip(job, gap, next)
  }

  /** Leaves a gap out up to its first row. That proves nothing: what is left out is in doubt, as a whole. */
  skip(job: Job, gap: Window, next: number): void {
    const { route } = job
    const final = Math.max(gap.from, floorTo(this.#options.now - route.edgeMs, route.stepMs))
    job.skipUntil = Math.max(job.skipUntil, next)
    job.doubt([{ from: gap.from, to: Math.min(next, final) }], { served: 0, asked: 0, isHalf: false })
    if (next >= gap.to) job.leaveOpen([{ from: final, to: gap.to }])
  }

  #handleRejected(task: Task, page: Page<Dataset>): void {
    const { job } = task
    const isLast = task.attempt >= ASKS.broken
    tellRejected(this.#options.events, task, page.rejected, isLast ? 'error' : 'warning')
    if (!isLast) this.#askAgain(task, page.broken, 'again')
    const reason = `the venue's row breaks a rule: ${page.rejected[0]?.reason}`
    for (const window of isLast ? page.broken : []) job.fail(window, reason)
  }

  /** Together with the rows next to it: an answer that ends before it would say nothing. */
  #askAgain(task: Task, only: readonly Window[], kind: 'confirm' | 'again'): void {
    const [first, last] = [only[0], only.at(-1)]
    if (!first || !last) return
    const { route } = task.job
    const around = kind === 'confirm' ? route.stepMs : 0
    const oldest = oldestKept(route, this.#options.venueNow()) ?? 0
    this.#follow({
      ...task,
      window: { from: Math.min(first.from, Math.max(first.from - around, oldest)), to: last.to + around },
      only,
      kind,
      attempt: task.attempt + 1,
    })
  }

  #follow(task: Task): void {
    task.job.ask()
    this.followUps.push(task)
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
