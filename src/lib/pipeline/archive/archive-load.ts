import type { CellStore } from '../../archive/row-encoder.ts'
import type { RunEventBus } from '../../events.ts'
import type { Requester } from '../../http/venue-client.ts'
import type { Dataset } from '../../model/market.ts'
import { DAY, floorTo, intersect, MINUTE, totalSpan, type Window } from '../../model/window.ts'
import { type JobEstimate, sumWork } from '../../plan/estimate.ts'
import { gapsOf, type Range, wantedOf } from '../../plan/wanted.ts'
import { wantedSeries } from '../../plan/wanted-series.ts'
import type { Store, WantedSeries } from '../../ports.ts'
import type { Clock } from '../../time/clock.ts'
import type { Archive, FileKind, ListedFile } from '../../venue/archive.ts'
import type { Route } from '../../venue/route.ts'
import type { Venue } from '../../venue/venue.ts'
import { BatchWriter } from '../batch-writer.ts'
import type { JobCommit } from '../fetcher.ts'
import { Job, type JobSymbol } from '../job.ts'
import type { Lack } from '../lack.ts'
import { runTasks } from '../scheduler.ts'
import { chooseFiles } from './choose-files.ts'
import { FileTasks, type ShelfJobs } from './file-tasks.ts'
import { listShelf } from './list-shelf.ts'

/** Files under way at a time, over all lanes: more would not be polite. */
export const MOST_FILES = 10
/** Months, days for what they left, and once more for what another run has changed meanwhile. */
const ROUNDS = 3
/** How often a shelf that another process works on is tried again. */
const CLAIM_RETRY = 500

export interface ArchiveLoadOptions {
  readonly archive: Archive
  readonly venue: Venue
  readonly client: Requester
  readonly store: Store & CellStore
  readonly events: RunEventBus
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly symbols: readonly JobSymbol[]
  readonly datasets: readonly Dataset[]
  readonly range: Range
  /** The venue's time. */
  readonly now: number
  readonly isRefetch: boolean
  /** Nobody else is asked for what the files leave: it is lacking. */
  readonly isAlone: boolean
  /** Symbols that only the archive has: nothing is wanted of them before their first file and after their last. */
  readonly gone: readonly string[]
}

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

  /** What is wanted of the time that files are published for, and is not stored. */
  async lacks(): Promise<readonly Lack[]> {
    const lacks: Lack[] = []
    for (const shelf of this.#shelves) {
      const gaps = await shelf.gaps(this.#options.store)
      if (gaps.size === 0) continue
      const bounds = await shelf.bounds(this.#options)
      for (const [dataset, windows] of gaps) {
        const missing = intersect(windows, [bounds])
        const minutes = totalSpan(missing) / MINUTE
        const reason = shelf.jobs.get(dataset)?.reason ?? 'the archive has no file of it'
        if (minutes > 0) lacks.push({ symbol: shelf.symbol, dataset, minutes, reason })
      }
    }
    return lacks
  }

  async #planShelf(shelf: Shelf): Promise<readonly ShelfPlan[]> {
    const gaps = await shelf.gaps(this.#options.store)
    const all = [...gaps.values()].flat()
    if (all.length === 0) return []
    const files = chooseFiles(all, await shelf.list(all, this.#options), this.#tried)
    if (files.length === 0) return []
    const windows = files.map(({ window }) => window)
    const bytes = files.reduce((sum, { size }) => sum + size, 0)
    const jobs = [...gaps].map(([dataset, own], at) => {
      const brought = intersect(own, windows)
      const rows = shelf.jobs.get(dataset)?.route.shape === 'grid' ? totalSpan(brought) / MINUTE : 0
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
    return [{ kind: shelf.kind, symbol: shelf.symbol, files, jobs }]
  }

  async #load(): Promise<void> {
    const { store, events, signal } = this.#options
    const abort = new AbortController()
    const both = AbortSignal.any([signal, abort.signal])
    const writer = new BatchWriter(store, events, (error) => abort.abort(error))
    const tasks = new FileTasks({ ...this.#options, signal: both })
    const claims: AsyncDisposable[] = []
    try {
      const commits = runTasks(this.#tasks(claims), [], (task) => tasks.run(task), MOST_FILES)
      for await (const commit of commits as AsyncIterable<JobCommit>) await writer.add(commit)
    } finally {
      try {
        await writer.close()
      } finally {
        await Promise.all(claims.map((claim) => claim[Symbol.asyncDispose]()))
      }
    }
  }

  /** Read again under the claim: another process may just have loaded it. Those that another one holds come last. */
  async *#tasks(claims: AsyncDisposable[]): AsyncGenerator<ShelfJobs, void, void> {
    const { store, clock, signal } = this.#options
    let waiting = [...this.#shelves]
    for (let round = 0; waiting.length > 0; round += 1) {
      if (round > 0) await clock.sleep(CLAIM_RETRY, signal)
      const later: Shelf[] = []
      for (const shelf of waiting) {
        signal.throwIfAborted()
        const claim = await shelf.claim(store)
        if (!claim) {
          later.push(shelf)
          continue
        }
        claims.push(claim)
        const gaps = await shelf.gaps(store)
        const plans = await this.#planShelf(shelf)
        shelf.isLoaded = true
        for (const { files } of plans)
          for (const file of files) {
            this.#tried.add(file.key)
            yield { file, kind: shelf.kind, jobs: shelf.jobs, wanted: within(gaps, file.window) }
          }
      }
      waiting = later
    }
  }
}

/** A day of snapshots may end behind midnight. */
const PAST_MIDNIGHT = 5 * MINUTE

const withoutEnd = ({ retentionMs: _, ...lasting }: Route): Route => lasting

const within = (gaps: ReadonlyMap<Dataset, readonly Window[]>, window: Window): Map<Dataset, Window[]> =>
  new Map([...gaps].map(([dataset, own]) => [dataset, intersect(own, [window])]))

/** All files of one kind and symbol, and the jobs that they are for. */
class Shelf {
  readonly kind: FileKind
  readonly symbol: string
  readonly jobs: ReadonlyMap<Dataset, Job>
  readonly #options: ArchiveLoadOptions
  /** All of it was asked for once, whatever was stored. */
  isLoaded = false
  #listed: { readonly monthly: ListedFile[]; readonly daily: ListedFile[] } | undefined

  constructor(kind: FileKind, symbol: JobSymbol, options: ArchiveLoadOptions) {
    this.kind = kind
    this.symbol = symbol.symbol
    this.#options = options
    const routes = kind.datasets.flatMap((dataset): Route[] => {
      const route = options.datasets.includes(dataset) ? options.venue.routes[dataset] : undefined
      return route ? [route] : []
    })
    this.jobs = new Map(routes.map((route) => [route.dataset, new Job(route, symbol)]))
  }

  /** However old: what a route keeps is no bound here. */
  async gaps(store: Store): Promise<Map<Dataset, readonly Window[]>> {
    const { now, isRefetch } = this.#options
    const gaps = new Map<Dataset, readonly Window[]>()
    for (const [dataset, job] of this.jobs) {
      const window = this.#window(job)
      if (!window) continue
      const isLoaded = isRefetch && !this.isLoaded
      const known = isLoaded ? undefined : (await store.coverage(dataset, [this.symbol])).get(this.symbol)
      const own = gapsOf(withoutEnd(job.route), this.symbol, window, known?.covered ?? [], now)
      // Nothing of today is published.
      const old = intersect(own, [{ from: 0, to: floorTo(now, DAY) + PAST_MIDNIGHT }])
      if (old.length > 0) gaps.set(dataset, old)
    }
    return gaps
  }

  wanted(): WantedSeries[] {
    // Nobody knows yet from when to when there is something of it.
    if (this.#options.gone.includes(this.symbol)) return []
    return [...this.jobs.values()].flatMap((job) => {
      const window = this.#window(job)
      return window ? (wantedSeries(job.route, job, window) ?? []) : []
    })
  }

  #window({ route, since }: Job): Window | undefined {
    const { range, now, venue } = this.#options
    return wantedOf(withoutEnd(route), range, now, Math.max(venue.historyStart, since)).window
  }

  /** Listed once a run; days only where months leave something. */
  async list(gaps: readonly Window[], { archive, client, signal }: ArchiveLoadOptions) {
    if (this.#listed) return this.#listed
    const from = Math.min(...gaps.map((gap) => gap.from))
    const needs = { client, signal }
    const read = async (period: 'monthly' | 'daily', since: number): Promise<ListedFile[]> =>
      this.kind.periods.includes(period)
        ? await listShelf(archive, { kind: this.kind, period, symbol: this.symbol }, since, needs)
        : []
    const monthly = await read('monthly', from)
    const daily = await read('daily', from)
    this.#listed = { monthly, daily }
    return this.#listed
  }

  /** What files can be expected to tell of: up to the newest, unless more was named; from the first where trade begins. */
  async bounds(options: ArchiveLoadOptions): Promise<Window> {
    const { monthly, daily } = await this.list([{ from: options.now, to: options.now }], options)
    const windows = [...monthly, ...daily].map(({ window }) => window)
    const first = Math.min(...windows.map(({ from }) => from))
    const last = Math.max(0, ...windows.map(({ to }) => to))
    const isGone = options.gone.includes(this.symbol)
    const isOpen = isGone || options.range.until === undefined
    const listed = [...this.jobs.values()][0]?.listedSince ?? Number.POSITIVE_INFINITY
    return { from: Math.min(first, isGone ? first : listed), to: isOpen ? last : options.now }
  }

  /** Undefined where another process has one of its jobs. */
  async claim(store: Store): Promise<AsyncDisposable | undefined> {
    const stack = new AsyncDisposableStack()
    for (const dataset of this.jobs.keys()) {
      const claim = await store.claim(dataset, this.symbol)
      if (!claim) {
        await stack.disposeAsync()
        return undefined
      }
      stack.use(claim)
    }
    return stack
  }
}
