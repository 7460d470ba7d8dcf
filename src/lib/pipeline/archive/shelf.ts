import type { ArchiveLedger, KnownFile, RowOrigin } from '../../archive/ledger.ts'
import type { CellStore } from '../../archive/row-encoder.ts'
import type { RunEventBus } from '../../events.ts'
import type { Dataset } from '../../model/market.ts'
import { DAY, floorTo, intersect, MINUTE, normalize, type Window } from '../../model/window.ts'
import { gapsOf, type Range, wantedOf } from '../../plan/wanted.ts'
import { wantedSeries } from '../../plan/wanted-series.ts'
import type { Store, WantedSeries } from '../../ports.ts'
import type { Clock } from '../../time/clock.ts'
import type { Archive, FileKind, ListedFile } from '../../venue/archive.ts'
import type { Route } from '../../venue/route.ts'
import type { Venue } from '../../venue/venue.ts'
import type { ClientOf } from '../fetch-page.ts'
import { Job, type JobSymbol } from '../job.ts'
import { type PlannedFile, planFiles } from './choose-files.ts'
import { listShelf } from './list-shelf.ts'

export interface ArchiveLoadOptions {
  readonly archive: Archive
  readonly venue: Venue
  readonly clientOf: ClientOf
  readonly store: Store & CellStore
  readonly ledger: ArchiveLedger
  readonly events: RunEventBus
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly symbols: readonly JobSymbol[]
  readonly datasets: readonly Dataset[]
  readonly range: Range
  /** The venue's time. */
  readonly now: number
  /** The same by its last answer. */
  readonly venueNow: () => number
  readonly isRefetch: boolean
  /** Files that the archive has replaced since they were loaded are loaded again. */
  readonly refetchesChanged: boolean
  /** Nobody else is asked for what the files leave: it is lacking. */
  readonly isAlone: boolean
  /** Symbols that only the archive has: nothing is wanted of them before their first file and after their last. */
  readonly gone: readonly string[]
}

/** A day of snapshots may end behind midnight. */
const PAST_MIDNIGHT = 5 * MINUTE

/** Of nothing: all time. */
const hullOf = (windows: readonly Window[]): Window =>
  windows.length === 0
    ? { from: 0, to: Number.POSITIVE_INFINITY }
    : { from: Math.min(...windows.map(({ from }) => from)), to: Math.max(...windows.map(({ to }) => to)) }

const withoutEnd = ({ retentionMs: _, ...lasting }: Route): Route => lasting

/** All files of one kind and symbol, and the jobs that they are for. */
export class Shelf {
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

  /** The files that bring what is missing in any of its datasets, and those that are to be loaded again; see `planFiles`. */
  async plan(
    gaps: ReadonlyMap<Dataset, readonly Window[]>,
    tried: ReadonlySet<string>,
    lenders: ReadonlySet<string>,
  ): Promise<PlannedFile[]> {
    const all = normalize([...gaps.values()].flat())
    const loaded = await this.#loadedBefore()
    if (all.length === 0 && loaded.size === 0) return []
    const shelf = await this.list([...all, ...[...loaded.values()].map(({ window }) => window)])
    const again = [...shelf.monthly, ...shelf.daily].filter(({ key, etag, size }) => {
      const known = loaded.get(key)
      return known && !tried.has(key) && (known.etag !== etag || known.size !== size)
    })
    return planFiles(shelf, { gaps: all, again, strayMs: this.kind.strayMs ?? 0, tried, lenders })
  }

  /** Of loaded files that reach into what is wanted, what the listing may tell otherwise now: newer, of another size or ETag. */
  async #loadedBefore(): Promise<ReadonlyMap<string, KnownFile>> {
    const { refetchesChanged, ledger } = this.#options
    if (!refetchesChanged) return new Map()
    const wanted = [...this.jobs.values()].flatMap((job) => this.#window(job) ?? [])
    const loaded = await ledger.loaded(this.symbol, this.kind.name)
    return new Map([...loaded].filter(([, { window }]) => intersect(wanted, [window]).length > 0))
  }

  /** Where what is stored of a dataset in these times came from. */
  async origins(windows: readonly Window[]): Promise<Map<Dataset, readonly RowOrigin[]>> {
    const origins = new Map<Dataset, readonly RowOrigin[]>()
    if (windows.length === 0) return origins
    for (const dataset of this.jobs.keys())
      origins.set(dataset, await this.#options.ledger.origins(this.symbol, dataset, hullOf(windows)))
    return origins
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
  async list(gaps: readonly Window[]) {
    const { archive, clientOf, signal } = this.#options
    if (this.#listed) return this.#listed
    const from = Math.min(...gaps.map((gap) => gap.from))
    const needs = { client: clientOf(archive), signal }
    const read = async (period: 'monthly' | 'daily', since: number): Promise<ListedFile[]> =>
      this.kind.periods.includes(period)
        ? await listShelf(archive, { kind: this.kind, period, symbol: this.symbol }, since, needs)
        : []
    const monthly = await read('monthly', from)
    const daily = await read('daily', from)
    this.#listed = { monthly, daily }
    return this.#listed
  }

  /**
   * What files can be expected to tell of: up to the newest of them, unless the user named an end, and from the first, or
   * from when it was listed. Of what only the archive has its rows tell when it was traded: those that are stored, and those
   * of files that could not be loaded.
   */
  async bounds(dataset: Dataset): Promise<Window> {
    const { now, range, gone, store } = this.#options
    const job = this.jobs.get(dataset)
    if (gone.includes(this.symbol)) {
      const known = (await store.coverage(dataset, [this.symbol])).get(this.symbol)
      return hullOf([...(known?.covered ?? []), ...(job?.failedWindows ?? [])])
    }
    const { monthly, daily } = await this.list([{ from: now, to: now }])
    const files = hullOf([...monthly, ...daily].map(({ window }) => window))
    const to = range.until === undefined ? files.to : now
    return { from: Math.min(files.from, job?.listedSince ?? files.from), to }
  }

  /** The first file that should have some of what is missing, days before months. */
  async fileOf(missing: readonly Window[]): Promise<ListedFile | undefined> {
    const { monthly, daily } = await this.list(missing)
    return [...daily, ...monthly].find(({ window }) => intersect(missing, [window]).length > 0)
  }

  /** Resolves when all that was begun is written. */
  async drained(): Promise<void> {
    await Promise.all([...this.jobs.values()].map((job) => job.drained()))
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
