import type { Dataset } from '../../model/market.ts'
import { intersect, MINUTE, subtract, totalSpan, type Window } from '../../model/window.ts'
import { type JobEstimate, sumWork } from '../../plan/estimate.ts'
import { formatPlural } from '../../text/numbers.ts'
import type { FileKind, ListedFile } from '../../venue/archive.ts'
import { BatchWriter } from '../batch-writer.ts'
import { describeClaimWait } from '../claim-note.ts'
import type { JobCommit } from '../fetcher.ts'
import type { Lack } from '../lack.ts'
import { runTasks } from '../scheduler.ts'
import { FileTasks, type ShelfJobs } from './file-tasks.ts'
import { fromFiles } from './settle-differences.ts'
import { type ArchiveLoadOptions, Shelf } from './shelf.ts'

/** Files under way at a time, over all lanes: more would not be polite. */
export const MOST_FILES = 10
/** Months; days for what they left, and where both are loaded again; rows that stand in a neighbour, or what has changed. */
const ROUNDS = 3
/** How often a shelf that another process works on is tried again. */
const CLAIM_RETRY = 500

/** What the files of one kind and symbol would bring. */
export interface ShelfPlan {
  readonly kind: FileKind
  readonly symbol: string
  readonly files: readonly ListedFile[]
  readonly jobs: readonly JobEstimate[]
}

/** Loads what is missing from the files of an archive, months first. What they do not have stays a gap. */
export class ArchiveLoad {
  readonly #options: ArchiveLoadOptions
  readonly #shelves: readonly Shelf[]
  readonly #tried = new Set<string>()
  readonly #unread: Lack[] = []
  /** Files that were looked at for rows that their neighbours lack. */
  readonly #lenders = new Set<string>()

  constructor(options: ArchiveLoadOptions) {
    this.#options = options
    const kinds = options.archive.kinds.filter(({ datasets }) =>
      datasets.some((dataset) => options.datasets.includes(dataset)),
    )
    this.#shelves = kinds.flatMap((kind) => options.symbols.map((symbol) => new Shelf(kind, symbol, options)))
  }

  /** What a run would load first, and nothing else. */
  async plan(): Promise<readonly ShelfPlan[]> {
    const plans: ShelfPlan[] = []
    for (const shelf of this.#shelves) plans.push(...(await this.#planShelf(shelf)))
    return plans
  }

  async run(): Promise<void> {
    await this.#options.store.saveWanted(this.#shelves.flatMap((shelf) => shelf.wanted()))
    for (let round = 1; round <= ROUNDS; round += 1) {
      const plans = await this.plan()
      if (plans.length === 0) return
      const jobs = sumWork(plans.flatMap((plan) => plan.jobs))
      if (round === 1) this.#options.events.emit('run:plan', { symbols: this.#options.symbols.length, jobs })
      await this.#load()
    }
  }

  /** What is wanted of the time that files are published for, and is not stored: told, with the files that lack it. */
  async lacks(): Promise<readonly Lack[]> {
    const lacks: Lack[] = []
    for (const shelf of this.#shelves) {
      const gaps = await shelf.gaps(this.#options.store)
      if (gaps.size === 0) continue
      for (const [dataset, windows] of gaps) {
        const missing = intersect(windows, [await shelf.bounds(dataset)])
        const minutes = totalSpan(missing) / MINUTE
        if (minutes === 0) continue
        const job = shelf.jobs.get(dataset)
        const untold = subtract(missing, job?.failedWindows ?? [])
        const own = untold.length > 0 ? await this.#tellLack(shelf, dataset, untold) : undefined
        const reason = job?.reason ?? own ?? 'not loaded'
        lacks.push({ symbol: shelf.symbol, dataset, minutes, reason })
      }
    }
    return lacks
  }

  /** What was to be loaded again, and could not be: what is stored of it stays as it was, and the next run tries again. */
  get unread(): readonly Lack[] {
    return this.#unread
  }

  /** The reason that it tells. */
  async #tellLack(shelf: Shelf, dataset: Dataset, missing: readonly Window[]): Promise<string> {
    const file = await shelf.fileOf(missing)
    const minutes = totalSpan(missing) / MINUTE
    const reason = file ? `${file.key} lacks rows of it` : 'the archive has no file of it'
    const { symbol } = shelf
    this.#options.events.emit('failure', {
      type: 'archive_file',
      message: `${dataset} of ${symbol}: ${reason}`,
      details: { symbol, dataset, minutes, kind: shelf.kind.name, file: file?.key ?? null },
      severity: 'error',
    })
    return reason
  }

  async #planShelf(shelf: Shelf): Promise<readonly ShelfPlan[]> {
    const gaps = await shelf.gaps(this.#options.store)
    const files = await shelf.plan(gaps, this.#tried, this.#lenders)
    if (files.length === 0) return []
    const bytes = files.reduce((sum, { file }) => sum + file.size, 0)
    const reach = files.flatMap((planned) => planned.reach)
    const again = files.flatMap(({ file, isAgain }) => (isAgain ? [file.window] : []))
    const parts = [...shelf.jobs].flatMap(([dataset, { route }]) => {
      const brought = intersect([...(gaps.get(dataset) ?? []), ...again], reach)
      return brought.length > 0 ? [{ dataset, route, brought }] : []
    })
    const jobs = parts.map(({ dataset, route, brought }, at) => {
      const rows = route.shape === 'grid' ? totalSpan(brought) / MINUTE : 0
      // Several datasets stand in the same files.
      const told = at === 0 ? { count: files.length, bytes } : { count: 0, bytes: 0 }
      return {
        dataset,
        symbol: shelf.symbol,
        gaps: brought,
        requests: 2 * told.count,
        rows,
        costs: {},
        files: told,
      }
    })
    return [{ kind: shelf.kind, symbol: shelf.symbol, files: files.map(({ file }) => file), jobs }]
  }

  async #load(): Promise<void> {
    const { store, events, signal } = this.#options
    const abort = new AbortController()
    const both = AbortSignal.any([signal, abort.signal])
    const writer = new BatchWriter(store, events, (error) => abort.abort(error))
    const tasks = new FileTasks({ ...this.#options, signal: both }, this.#unread)
    const claims = new Set<AsyncDisposable>()
    try {
      const commits = runTasks(this.#tasks(claims), [], (task) => tasks.run(task), MOST_FILES)
      for await (const commit of commits as AsyncIterable<JobCommit>) await writer.add(commit)
    } finally {
      try {
        await writer.close()
      } finally {
        await Promise.all([...claims].map((claim) => claim[Symbol.asyncDispose]()))
      }
    }
  }

  /** Read again under the claim: another process may just have loaded it. Those that another one holds come last. */
  async *#tasks(claims: Set<AsyncDisposable>): AsyncGenerator<ShelfJobs, void, void> {
    const { store, clock, signal } = this.#options
    let waiting = [...this.#shelves]
    for (let round = 0; waiting.length > 0; round += 1) {
      if (round === 1) await this.#tellWait(waiting)
      if (round > 0) await clock.sleep(CLAIM_RETRY, signal)
      const later: Shelf[] = []
      for (const shelf of waiting) {
        signal.throwIfAborted()
        const claim = await shelf.claim(store)
        if (!claim) {
          later.push(shelf)
          continue
        }
        claims.add(claim)
        yield* this.#shelfTasks(shelf)
        // Not awaited: a run that kept what it has loaded while it waits for others would be waited for by them.
        void shelf.drained().then(async () => {
          if (claims.delete(claim)) await claim[Symbol.asyncDispose]()
        })
      }
      waiting = later
    }
  }

  async #tellWait(waiting: readonly Shelf[]): Promise<void> {
    const { store, events } = this.#options
    const [first] = waiting
    const asked = [...(first?.jobs.values() ?? [])].map(({ dataset, symbol }) =>
      store.holderOf?.(dataset, symbol),
    )
    const holder = (await Promise.all(asked)).find((one) => one !== undefined)
    const count = waiting.reduce((sum, { jobs }) => sum + jobs.size, 0)
    events.emit('note', { message: describeClaimWait(formatPlural(count, 'job'), holder) })
  }

  async *#shelfTasks(shelf: Shelf): AsyncGenerator<ShelfJobs, void, void> {
    const gaps = await shelf.gaps(this.#options.store)
    const files = await shelf.plan(gaps, this.#tried, this.#lenders)
    const origins = await shelf.origins(files.flatMap(({ reach }) => reach))
    shelf.isLoaded = true
    for (const { file, reach, isAgain, isLender } of files) {
      const keys = isLender ? this.#lenders : this.#tried
      keys.add(file.key)
      for (const job of shelf.jobs.values()) job.begin()
      const wanted = new Map<Dataset, Window[]>()
      for (const dataset of shelf.jobs.keys()) {
        // What another file has told is told again: they may disagree.
        const told = fromFiles(origins.get(dataset) ?? [])
        wanted.set(dataset, intersect([...(gaps.get(dataset) ?? []), ...told], reach))
      }
      yield { file, isAgain, kind: shelf.kind, jobs: shelf.jobs, wanted, origins }
    }
  }
}
