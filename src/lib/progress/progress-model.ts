import type { LaneState, RunEventBus, RunEvents, RunSummary, Tier } from '../events.ts'
import type { Dataset } from '../model/market.ts'
import type { ExecutionCounts } from '../ports.ts'
import type { StreamFigures } from '../stream/figures.ts'
import { Flow } from './flow.ts'
import { RateWindow } from './rate-window.ts'
import { Subscriptions } from './subscriber.ts'

export interface LaneProgress {
  state: LaneState
  /** Rows that came in on this lane. */
  readonly datasets: Map<Dataset, { rows: number; readonly rate: RateWindow }>
}

interface FirstPlan {
  readonly datasets: readonly Dataset[]
  readonly rows: number
  readonly requests: number
}

const sumOf = (
  jobs: readonly { readonly rows: number; readonly requests: number }[],
  field: 'rows' | 'requests',
): number => jobs.reduce((sum, job) => sum + job[field], 0)

/**
 * A run as its displays see it, folded from the events. Holds a few numbers per dataset and lane and nothing per
 * symbol, page or failure, so it stays as small as it began.
 */
export class ProgressModel implements Disposable {
  readonly datasets = new Map<Dataset, Flow>()
  readonly lanes = new Map<string, LaneProgress>()
  readonly total = new Flow()
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
  summary: RunSummary | null = null
  message = ''
  readonly #subscriptions: Subscriptions
  readonly #now: () => number

  constructor(bus: RunEventBus, now: () => number = () => Date.now()) {
    this.#now = now
    this.startedAt = now()
    this.#subscriptions = new Subscriptions(bus)
    this.#listenToWork()
    this.#listenToTrouble()
  }

  get inFlight(): number {
    return this.lanes.values().reduce((sum, lane) => sum + lane.state.inFlight, 0)
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
    on('page:fetched', (page) => this.#foldPage(page))
    on('batch:written', (batch) => this.#foldBatch(batch))
    on('stream:figures', (figures) => {
      this.figures = figures
      this.symbols = figures.symbols
      if (figures.live > 0) this.tier = 'Running'
    })
    on('run:done', ({ tier, summary, message }) => {
      Object.assign(this, { tier, summary, message, databaseWait: null, lastWait: null })
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
      this.#lane(state.lane).state = state
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
    const isFirst = jobs.some(({ dataset }) => !this.datasets.has(dataset))
    for (const job of jobs) this.#dataset(job.dataset).plan(job.rows, job.requests)
    // Several parts plan side by side: what all of them have planned is the sum over the datasets.
    const flows = [...this.datasets.values()]
    this.total.plannedRows = flows.reduce((sum, flow) => sum + flow.plannedRows, 0)
    this.total.plannedRequests = flows.reduce((sum, flow) => sum + flow.plannedRequests, 0)
    if (isFirst || !this.firstPlan) {
      const [rows, requests] = [sumOf(jobs, 'rows'), sumOf(jobs, 'requests')]
      this.firstPlan = { datasets: jobs.map(({ dataset }) => dataset), rows, requests }
    }
  }

  #foldPage({ lane, dataset, rows }: RunEvents['page:fetched']): void {
    this.tier = 'Running'
    const now = this.#now()
    this.rowsFetched += rows
    this.total.addRequest(now)
    this.#dataset(dataset).addRequest(now)
    const { datasets } = this.#lane(lane)
    const share = datasets.get(dataset) ?? { rows: 0, rate: new RateWindow() }
    datasets.set(dataset, share)
    share.rows += rows
    share.rate.add(rows, now)
  }

  #foldBatch({ inserted, updated, perDataset }: RunEvents['batch:written']): void {
    this.tier = 'Running'
    this.databaseWait = null
    this.inserted += inserted
    this.updated += updated
    const now = this.#now()
    for (const dataset of Object.keys(perDataset) as Dataset[]) {
      const rows = perDataset[dataset]?.rows ?? 0
      this.#dataset(dataset).addRows(rows, now)
      this.total.addRows(rows, now)
    }
  }

  #dataset(name: Dataset): Flow {
    const known = this.datasets.get(name) ?? new Flow()
    this.datasets.set(name, known)
    return known
  }

  #lane(name: string): LaneProgress {
    const state: LaneState = {
      lane: name,
      state: 'open',
      reason: null,
      inFlight: 0,
      weightUsed: 0,
      weightLimit: 0,
    }
    const known = this.lanes.get(name) ?? { state, datasets: new Map() }
    this.lanes.set(name, known)
    return known
  }
}
