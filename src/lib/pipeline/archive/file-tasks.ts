import { ArchiveFileError } from '../../archive/file-error.ts'
import type { ArchiveLedger } from '../../archive/ledger.ts'
import type { CellStore } from '../../archive/row-encoder.ts'
import { type PerpctlError, RequestFailedError, VenueRefusedError } from '../../errors.ts'
import type { RunEventBus } from '../../events.ts'
import type { Requester } from '../../http/venue-client.ts'
import type { Dataset } from '../../model/market.ts'
import type { Window } from '../../model/window.ts'
import type { Archive, FileKind, FileRows, ListedFile } from '../../venue/archive.ts'
import type { JobCommit } from '../fetcher.ts'
import type { Job } from '../job.ts'
import { tellRejected } from '../tell-rejected.ts'
import { commitOf } from './file-commits.ts'
import { type LoadedFile, loadFile } from './load-file.ts'

/** A file that is to be loaded, and for whom. */
export interface ShelfJobs {
  readonly file: ListedFile
  readonly kind: FileKind
  readonly jobs: ReadonlyMap<Dataset, Job>
  /** By dataset, all inside of the file. */
  readonly wanted: ReadonlyMap<Dataset, readonly Window[]>
}

export interface FileTaskOptions {
  readonly archive: Archive
  readonly client: Requester
  readonly store: CellStore
  readonly ledger: ArchiveLedger
  readonly events: RunEventBus
  readonly signal: AbortSignal
  readonly isRefetch: boolean
  readonly refetchesChanged: boolean
  readonly isAlone: boolean
}

/** Loads single files, and tells what became of them. */
export class FileTasks {
  readonly #options: FileTaskOptions

  constructor(options: FileTaskOptions) {
    this.#options = options
  }

  /** Its jobs have begun it; it ends it for them, its commits have begun of their own by then. */
  async run(task: ShelfJobs): Promise<readonly JobCommit[]> {
    const { file, kind, jobs, wanted } = task
    try {
      return this.#settle(task, await loadFile(file, { ...this.#options, kind, wanted }))
    } catch (error) {
      if (!isOfFile(error)) throw error
      await this.#fail(task, error)
      return []
    } finally {
      for (const job of jobs.values()) job.end()
    }
  }

  #settle({ file, jobs, wanted }: ShelfJobs, { parts, sha256, lane }: LoadedFile): JobCommit[] {
    return parts.flatMap((rows) => {
      const job = jobs.get(rows.dataset)
      if (!job) return []
      const own = wanted.get(rows.dataset) ?? []
      this.#tell(job, file, rows, lane)
      const commit = commitOf(file, {
        rows,
        route: job.route,
        wanted: own,
        isFresh: !(this.#options.isRefetch || this.#options.refetchesChanged),
      })
      const count = commit.rows.count
      if (count === 0 && commit.covered.length === 0) return []
      job.begin()
      const record = { ...file, sha256, rows: count, state: 'loaded', reason: undefined } as const
      const origin = { route: 'archive', file: record }
      return [{ job, commit: { ...commit, origin } }]
    })
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

  async #fail({ file, jobs, wanted }: ShelfJobs, error: PerpctlError): Promise<void> {
    for (const [dataset, job] of jobs)
      for (const window of wanted.get(dataset) ?? []) job.fail(window, error.message)
    const refused = { ...file, sha256: undefined, rows: 0, state: 'refused', reason: error.message } as const
    await this.#options.ledger.refuse(refused)
    this.#report(file, [...jobs.keys()].join(', '), error.message, error.details)
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

/** What concerns one file alone; anything else ends the run. */
const isOfFile = (error: unknown): error is ArchiveFileError | RequestFailedError | VenueRefusedError =>
  error instanceof ArchiveFileError ||
  error instanceof RequestFailedError ||
  error instanceof VenueRefusedError
