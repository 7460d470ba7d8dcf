import { ArchiveFileError } from '../../archive/file-error.ts'
import type { ArchiveLedger, RowOrigin } from '../../archive/ledger.ts'
import type { CellStore } from '../../archive/row-encoder.ts'
import { type PerpctlError, RequestFailedError, VenueRefusedError } from '../../errors.ts'
import type { RunEventBus } from '../../events.ts'
import type { Dataset } from '../../model/market.ts'
import { intersect, subtract, type Window } from '../../model/window.ts'
import type { Commit, Store } from '../../ports.ts'
import type { Archive, FileKind, FileRows, ListedFile } from '../../venue/archive.ts'
import { Batcher } from '../batcher.ts'
import type { ClientOf } from '../fetch-page.ts'
import type { JobCommit } from '../fetcher.ts'
import type { Job } from '../job.ts'
import type { Lack } from '../lack.ts'
import { tellRejected } from '../tell-rejected.ts'
import { commitOf } from './file-commits.ts'
import { type LoadedFile, loadFile } from './load-file.ts'
import {
  type Difference,
  describeDifference,
  fromFiles,
  type Settled,
  settleDifferences,
} from './settle-differences.ts'

/** A file that is to be loaded, and for whom. */
export interface ShelfJobs {
  readonly file: ListedFile
  /** It was loaded before. */
  readonly isAgain: boolean
  readonly kind: FileKind
  readonly jobs: ReadonlyMap<Dataset, Job>
  /** By dataset, all inside of the file. */
  readonly wanted: ReadonlyMap<Dataset, readonly Window[]>
  /** By dataset, where what is stored of it came from. */
  readonly origins: ReadonlyMap<Dataset, readonly RowOrigin[]>
}

export interface FileTaskOptions {
  readonly archive: Archive
  readonly clientOf: ClientOf
  readonly store: Store & CellStore
  readonly ledger: ArchiveLedger
  readonly events: RunEventBus
  readonly signal: AbortSignal
  /** The venue's time. */
  readonly now: number
  /** The venue's time by its last answer. */
  readonly venueNow: () => number
  readonly isRefetch: boolean
  readonly isAlone: boolean
  readonly gone: readonly string[]
}

/** Loads single files, and tells what became of them. */
export class FileTasks {
  readonly #options: FileTaskOptions
  readonly #unread: Lack[]

  /** Files that are to be loaded again and cannot be are added to `unread`. */
  constructor(options: FileTaskOptions, unread: Lack[]) {
    this.#options = options
    this.#unread = unread
  }

  /** Its jobs have begun it; it ends it for them, its commits have begun of their own by then. */
  async run(task: ShelfJobs): Promise<readonly JobCommit[]> {
    const { file, kind, jobs, wanted } = task
    const { archive, clientOf, store, signal } = this.#options
    try {
      const needs = { archive, kind, client: clientOf(archive), store, signal, wanted }
      return await this.#settle(task, await loadFile(file, needs))
    } catch (error) {
      if (!isOfFile(error)) throw error
      await this.#fail(task, error)
      return []
    } finally {
      for (const job of jobs.values()) job.end()
    }
  }

  async #settle(task: ShelfJobs, { parts, sha256, lane }: LoadedFile): Promise<JobCommit[]> {
    const { file } = task
    const settled: PartCommits[] = []
    for (const rows of parts) {
      const job = task.jobs.get(rows.dataset)
      if (!job) continue
      this.#tell(job, file, rows, lane)
      const one = await this.#settlePart(task, job, rows)
      if (one) settled.push(one)
    }
    const reasons = settled.flatMap(({ job, difference }) =>
      difference ? [`${job.dataset}: ${describeDifference(difference)}`] : [],
    )
    const reason = reasons.length > 0 ? reasons.join('; ') : undefined
    const commits = settled.flatMap(({ job, commit, answer, difference }): JobCommit[] => {
      if (difference) this.#tellDifference(file, job, difference, sha256)
      const record = { ...file, sha256, rows: commit.rows.count, state: 'loaded', reason } as const
      const own = { ...commit, origin: { route: 'archive', file: record } }
      return [{ job, commit: own }, ...(answer ? [{ job, commit: answer }] : [])]
    })
    for (const { job } of commits) job.begin()
    const [first, ...also] = commits
    // As one: a file counts as loaded when all that it brings is stored.
    return first ? [{ ...first, also }] : []
  }

  /** Undefined where the file brings nothing. */
  async #settlePart(
    { file, wanted, origins }: ShelfJobs,
    job: Job,
    rows: FileRows,
  ): Promise<PartCommits | undefined> {
    const own = wanted.get(rows.dataset) ?? []
    const known = origins.get(rows.dataset) ?? []
    const isFresh = !this.#options.isRefetch && intersect(own, fromFiles(known)).length === 0
    const commit = commitOf(file, { rows, route: job.route, wanted: own, isFresh })
    if (commit.rows.count === 0 && commit.covered.length === 0) return undefined
    if (isFresh) return { job, commit, answer: undefined, difference: undefined }
    const isAsked = !this.#options.gone.includes(file.symbol)
    const needs = { ...this.#options, batcher: new Batcher(), isAsked }
    const found = await settleDifferences({ file, job, rows: commit.rows }, known, needs)
    const { without, answer, difference } = found
    const covered = subtract(commit.covered, without)
    return { job, commit: { ...commit, rows: found.rows, covered }, answer, difference }
  }

  #tell(job: Job, file: ListedFile, { cells, rejected }: FileRows, lane: string): void {
    const { events, isAlone } = this.#options
    const { symbol, dataset } = job
    const { window } = file
    events.emit('page:fetched', {
      lane,
      dataset,
      symbol,
      rows: cells.rows.count,
      window,
      weight: 2,
      requests: 2,
    })
    const task = { job, attempt: 1, window, kind: 'gap', gapEnd: window.to } as const
    if (rejected.length > 0) tellRejected(events, task, rejected, isAlone ? 'error' : 'warning')
    if (cells.disagreeing.length > 0)
      this.#report(file, dataset, `${cells.disagreeing.length} of its times have two different rows`)
  }

  async #fail({ file, isAgain, jobs, wanted }: ShelfJobs, error: PerpctlError): Promise<void> {
    const { symbol } = file
    for (const [dataset, job] of jobs) {
      for (const window of wanted.get(dataset) ?? []) job.fail(window, error.message)
      if (isAgain) this.#unread.push({ symbol, dataset, minutes: 0, reason: error.message })
    }
    const refused = { ...file, sha256: undefined, rows: 0, state: 'refused', reason: error.message } as const
    await this.#options.ledger.refuse(refused)
    this.#report(file, [...jobs.keys()].join(', '), error.message, error.details)
  }

  #tellDifference(file: ListedFile, { symbol, dataset }: Job, difference: Difference, sha256: string): void {
    const { first, ...counts } = difference
    this.#options.events.emit('failure', {
      type: 'archive_file',
      message: `${dataset} of ${symbol}: ${file.key}: ${describeDifference(difference)}`,
      details: { symbol, dataset, file: file.key, sha256, first: new Date(first).toISOString(), ...counts },
      severity: 'warning',
    })
  }

  #report(file: ListedFile, dataset: string, problem: string, details: object = {}): void {
    const { events, isAlone } = this.#options
    events.emit('failure', {
      type: 'archive_file',
      message: `${dataset} of ${file.symbol}: ${file.key}: ${problem}`,
      details: { ...details, symbol: file.symbol, dataset, file: file.key, etag: file.etag },
      severity: isAlone ? 'error' : 'warning',
    })
  }
}

interface PartCommits extends Pick<Settled, 'answer' | 'difference'> {
  readonly job: Job
  readonly commit: Commit
}

/** What concerns one file alone; anything else ends the run. */
const isOfFile = (error: unknown): error is ArchiveFileError | RequestFailedError | VenueRefusedError =>
  error instanceof ArchiveFileError ||
  error instanceof RequestFailedError ||
  error instanceof VenueRefusedError
