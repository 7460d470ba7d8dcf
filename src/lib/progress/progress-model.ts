import type { LaneState, RunEventBus, RunEvents, RunSummary, Tier } from '../events.ts'
import type { Dataset } from '../model/market.ts'
import { type PlannedWork, sumCosts } from '../plan/estimate.ts'
import type { ExecutionCounts } from '../ports.ts'
import type { StreamFigures } from '../stream/figures.ts'
import type { Costs } from '../venue/budget.ts'
import { Flow } from './flow.ts'
import { Subscriptions } from './subscriber.ts'

interface FirstPlan {
  readonly datasets: readonly Dataset[]
  readonly rows: number
  readonly requests: number
}

/** All datasets together. */
export interface Total {
  /** Committed. */
  readonly rows: number
  /** Committed or to come. */
  readonly plannedRows: number
  readonly requests: number
  /** From 0 to 1, each row that is planned the same; null without a plan. */
  readonly fraction: number | null
}

/** Milliseconds until the last of such costs may leave, by the budgets; see `VenueSession.waitForAll`. */
export type WaitForAll = (costs: Costs) => number

const sumOf = <T>(values: Iterable<T>, read: (value: T) => number): number => {
  let sum = 0
  for (const value of values) sum += read(value)
  return sum
}

/**
 * A run as its displays see it, folded from the events. Holds a few numbers per dataset and lane and nothing per
 * symbol, page or failure, so it stays as small as it began.
 */
export class ProgressModel implements Disposable {
  readonly datasets = new Map<Dataset, Flow>()
  readonly lanes = new Map<string, LaneState>()
  executionId = ''
  script = ''
  params: Readonly<Record<string, unknown>> = {}
  startedAt: number
  tier: Tier = 'Started'
  symbols = 0
  /** The newest plan that was the first of its datasets, before anything of them was done. */
  firstPlan: FirstPlan | null = null
  rowsFetched = 0
  inserted = 0
  updated = 0
  errors = 0
  warnings = 0
  retries = 0
  lastWait: { readonly lane: string; readonly reason: string; readonly until: number } | null = null
  databaseWait: { readonly reason: string; readonly since: number } | null = null
  /** Of a stream. */
  figures: StreamFigures | null = null
  /** The last heartbeat of a stream. */
  beat = ''
  /** The signal that has come, while what is in hand is finished. */
  stopping: string | null = null
  summary: RunSummary | null = null
  message = ''
  readonly #waitForAll: WaitForAll
  readonly #subscriptions: Subscriptions
  readonly #now: () => number

  constructor(bus: RunEventBus, now: () => number = () => Date.now(), waitForAll: WaitForAll = () => 0) {
    this.#now = now
    this.#waitForAll = waitForAll
    this.startedAt = now()
    this.#subscriptions = new Subscriptions(bus)
    this.#listenToWork()
    this.#listenToTrouble()
  }

  get total(): Total {
    const flows = [...this.datasets.values()]
    const measured = flows.filter(({ fraction }) => fraction !== null)
    const weight = sumOf(measured, (flow) => flow.weight)
    return {
      rows: sumOf(flows, ({ rows }) => rows),
      plannedRows: sumOf(flows, ({ rows, plannedRows, isOver }) =>
        isOver ? rows : Math.max(rows, plannedRows),
      ),
      requests: sumOf(flows, ({ requests }) => requests),
      fraction: weight > 0 ? sumOf(measured, (flow) => (flow.fraction ?? 0) * flow.weight) / weight : null,
    }
  }

  /** No dataset is worked on or waits. */
  get isOver(): boolean {
    return this.summary !== null || this.datasets.values().every(({ isOver }) => isOver)
  }

  rowsPerSecond(now: number): number {
    return sumOf(this.datasets.values(), (flow) => (flow.isOver ? 0 : flow.rowsPerSecond(now)))
  }

  /** Milliseconds until all is in that can begin now; null where nobody can say. */
  eta(now: number): number | null {
    const begun = [...this.datasets.values()].filter(({ isWaiting }) => !isWaiting)
    const etas = begun.map((flow) => this.etaOf(flow, now))
    return etas.reduce(
      (most, eta) => (most === null || eta === null ? null : Math.max(most, eta)),
      begun.length > 0 ? 0 : null,
    )
  }

  /**
   * The same of one dataset. What waits for a budget takes as long as the budget makes it, whatever its speed is; those
   * that spend the same budget end together.
   */
  etaOf(flow: Flow, now: number): number | null {
    if (flow.isOver) return 0
    if (flow.isWaiting) return null
    const pools = Object.keys(flow.costsLeft)
    const all = sumCosts([...this.datasets.values()].map(({ costsLeft }) => costsLeft))
    const wait = this.#waitForAll(Object.fromEntries(pools.map((pool) => [pool, all[pool] ?? 0])))
    return wait > 0 ? wait : flow.etaBySpeed(now)
  }

  get elapsed(): number {
    return this.summary ? this.summary.seconds * 1_000 : this.#now() - this.startedAt
  }

  get counts(): ExecutionCounts {
    const done = this.summary
    if (done) {
      const { requests, rowsFetched, rowsInserted, rowsUpdated, errors, warnings } = done
      return { requests, rowsFetched, rowsInserted, rowsUpdated, errors, warnings }
    }
    const { rowsFetched, inserted, updated, errors, warnings } = this
    return {
      requests: this.total.requests,
      rowsFetched,
      rowsInserted: inserted,
      rowsUpdated: updated,
      errors,
      warnings,
    }
  }

  [Symbol.dispose](): void {
    this.#subscriptions.release()
  }

  #listenToWork(): void {
    const { on } = this.#subscriptions
    on('run:start', ({ executionId, script, params }) => {
      Object.assign(this, { executionId, script, params, startedAt: this.#now() })
    })
    on('run:plan', (plan) => this.#foldPlan(plan))
    on('run:bound', ({ jobs }) => {
      for (const work of jobs) this.#dataset(work.dataset).bound(work)
    })
    on('stream:beat', ({ line }) => {
      this.beat = line
    })
    on('dataset:done', ({ dataset, end }) => this.datasets.get(dataset)?.finish(end))
    on('run:stopping', ({ signal }) => {
      this.stopping = signal
    })
    on('page:fetched', (page) => this.#foldPage(page))
    on('batch:written', (batch) => this.#foldBatch(batch))
    on('stream:figures', (figures) => {
      this.figures = figures
      this.symbols = figures.symbols
      if (figures.live > 0) this.tier = 'Running'
    })
    on('run:done', ({ tier, summary, message }) => {
      Object.assign(this, { tier, summary, message, databaseWait: null, lastWait: null, stopping: null })
    })
  }

  #listenToTrouble(): void {
    const { on } = this.#subscriptions
    on('job:retry', () => {
      this.retries += 1
    })
    on('failure', ({ severity }) => {
      if (severity === 'error') this.errors += 1
      else this.warnings += 1
    })
    on('lane:state', (state) => {
      this.lanes.set(state.lane, state)
    })
    on('lane:wait', ({ lane, ms, reason }) => {
      this.lastWait = { lane, reason, until: this.#now() + ms }
    })
    on('db:wait', ({ reason, waitedMs }) => {
      this.databaseWait ??= { reason, since: this.#now() - waitedMs }
    })
  }

  /** A plan tells what is left to do at the time it is made. */
  #foldPlan({ symbols, jobs }: RunEvents['run:plan']): void {
    this.tier = 'Running'
    this.symbols = symbols
    const isFirst = jobs.some(({ dataset }) => this.datasets.get(dataset)?.isWaiting ?? true)
    for (const work of jobs) this.#dataset(work.dataset).plan(work, this.#now())
    if (isFirst || !this.firstPlan) {
      const add = (read: (work: PlannedWork) => number): number => sumOf(jobs, read)
      this.firstPlan = {
        datasets: jobs.map(({ dataset }) => dataset),
        rows: add(({ rows }) => rows),
        requests: add(({ requests }) => requests),
      }
    }
  }

  #foldPage({ dataset, rows, requests }: RunEvents['page:fetched']): void {
    this.tier = 'Running'
    this.rowsFetched += rows
    this.#dataset(dataset).addAnswer(requests, this.#now())
  }

  #foldBatch({ inserted, updated, perDataset }: RunEvents['batch:written']): void {
    this.tier = 'Running'
    this.databaseWait = null
    this.inserted += inserted
    this.updated += updated
    const now = this.#now()
    for (const dataset of Object.keys(perDataset) as Dataset[]) {
      const written = perDataset[dataset]
      if (written) this.#dataset(dataset).addCommit(written, now)
    }
  }

  #dataset(name: Dataset): Flow {
    const known = this.datasets.get(name) ?? new Flow()
    this.datasets.set(name, known)
    return known
  }
}
