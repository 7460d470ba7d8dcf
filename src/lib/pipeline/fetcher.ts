import { PayloadError, RequestFailedError, sampleOf, VenueRefusedError } from '../errors.ts'
import type { RunEventBus } from '../events.ts'
import type { VenueClient } from '../http/venue-client.ts'
import type { Dataset } from '../model/market.ts'
import { DAY, floorTo, normalize, SECOND, type Window } from '../model/window.ts'
import type { Commit, Store } from '../ports.ts'
import { systemClock } from '../time/clock.ts'
import type { ParsedRows } from '../venue.ts'
import type { Job, Task } from './job.ts'
import { type Page, readPage, restrictPage } from './page.ts'

/** A minute that an answer leaves out is absent when two answers agree; one with a broken row is asked three times. */
const ASKS = { missing: 2, broken: 3 } as const
/** Passes, seconds apart, after which even a symbol that trades is believed to have no row from some old time on. */
const EMPTY_PASSES = 3

/** Between the two questions about events that should be there: longer would hold up runs of a venue without any. */
const DOUBT_PAUSE = SECOND / 4

export interface FetcherOptions {
  readonly client: VenueClient
  readonly store: Pick<Store, 'encode'>
  readonly events: RunEventBus
  readonly signal: AbortSignal
  /** The venue's time that the plan was made with. */
  readonly now: number
  /** Whether the plan left out what is covered, so that the table has no row of these windows. */
  readonly isFresh: boolean
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
      const page = await this.#fetchPage(task)
      return await this.#settle(task, task.only ? restrictPage(page, task.only) : page)
    } catch (error) {
      this.#failOrThrow(task, error)
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
    const parse = (payload: unknown): number | undefined =>
      firstOf(job, window, job.source.parse(payload, job.symbol))
    const { value } = await this.#options.client.fetch({ request, parse }, this.#options.signal)
    return value
  }

  async #fetchPage(task: Task): Promise<Page<Dataset>> {
    const { client, events, signal, now } = this.#options
    const { source, symbol, dataset } = task.job
    const request = source.request(symbol, task.window)
    const read = (parsed: ParsedRows<Dataset>): Page<Dataset> =>
      readPage(source, symbol, task.window, parsed, now)
    const parse = (payload: unknown): Page<Dataset> => read(source.parse(payload, symbol))
    const scan = (body: string): Page<Dataset> | undefined => {
      const parsed = source.scan?.(body)
      return parsed && read(parsed)
    }
    const onRetry = (attempt: number, reason: string): void =>
      events.emit('job:retry', { dataset, symbol, attempt, reason })
    const { value, lane } = await client.fetch({ request, parse, scan }, signal, { onRetry })
    const [weight = 0] = Object.values(request.costs)
    events.emit('page:fetched', {
      lane,
      dataset,
      symbol,
      rows: value.rows.length,
      window: task.window,
      weight,
    })
    return value
  }

  async #settle(task: Task, page: Page<Dataset>): Promise<readonly JobCommit[]> {
    const { job } = task
    if (isDoubtful(task, page, this.#options.now) && !this.#isConfirmed(task)) return []
    if (page.rest) this.#follow({ ...task, window: page.rest })
    job.leaveOpen(page.open)
    if (page.rejected.length > 0) this.#handleRejected(task, page)
    if (page.duplicates > 0) this.#tellDuplicates(task, page.duplicates)
    const absent = page.missing.length > 0 ? await this.#handleMissing(task, page) : []
    const covered = normalize([...page.covered, ...absent])
    if (covered.length === 0) return []
    const { isFresh, store } = this.#options
    const { symbol, dataset } = job
    const rows = store.encode(symbol, dataset, page.rows)
    job.begin()
    return [{ job, commit: { symbol, dataset, rows, covered, absent, isFresh } }]
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
    if (task.attempt >= ASKS.missing) return page.missing
    const isEmpty = page.rows.length === 0 && page.rejected.length === 0
    if (isEmpty && task.job.source.firstRequest) return this.#proveAbsence(task, page)
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
    for (const { ts, row, reason } of page.rejected) {
      const minute = ts === undefined ? null : new Date(ts).toISOString()
      this.#options.events.emit('failure', {
        type: 'bad_row',
        message: `${job.dataset} of ${job.symbol}${minute ? ` at ${minute}` : ''}: ${reason}`,
        details: {
          venue_row: row,
          ts: minute,
          reason,
          symbol: job.symbol,
          dataset: job.dataset,
          attempt: task.attempt,
        },
        severity: isLast ? 'error' : 'warning',
      })
    }
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

/** What trades has its scheduled events: an answer without any for days is not believed at once. */
function isDoubtful({ job, window }: Task, page: Page<Dataset>, now: number): boolean {
  const isEmpty = page.rows.length === 0 && page.rejected.length === 0
  if (!isEmpty || !job.source.isDue || !job.isLive || job.listedSince === null) return false
  return Math.min(window.to, now) - Math.max(window.from, job.listedSince + DAY) >= DAY
}

function firstOf(job: Job, window: Window, parsed: ParsedRows<Dataset>): number | undefined {
  const times = [...parsed.rows, ...parsed.rejected].flatMap(({ ts }) => (ts === undefined ? [] : [ts]))
  if (times.some((ts) => ts < window.from || ts >= window.to)) {
    throw new PayloadError(
      `${job.dataset} of ${job.symbol}`,
      'a row outside the window that was asked for',
      sampleOf(times),
    )
  }
  if (times.length === 0) return parsed.count > 0 ? window.from : undefined
  return Math.min(...times)
}
