import { span, subtract, type Window } from '../model/window.ts'
import type { PageSizes } from '../plan/page-sizes.ts'
import { gapsOf, pagesOf } from '../plan/wanted.ts'
import type { Store } from '../ports.ts'
import { formatPlural } from '../text/numbers.ts'
import type { Clock } from '../time/clock.ts'
import { BatchWriter } from './batch-writer.ts'
import { Batcher } from './batcher.ts'
import { describeClaimWait } from './claim-note.ts'
import { Fetcher, type FetcherOptions } from './fetcher.ts'
import type { Job, Task } from './job.ts'
import { runTasks } from './scheduler.ts'

/** How often a job that another process works on is tried again. */
const CLAIM_RETRY = 500

export interface PassOptions extends Omit<FetcherOptions, 'isFresh' | 'store' | 'batcher'> {
  readonly store: Store
  readonly clock: Clock
  /** Requests under way at a time, over all lanes, for each dataset: none waits behind the budget of another. */
  readonly concurrency: number
  /** Ask for what is covered too. */
  readonly isRefetch: boolean
  wanted(job: Job): Window | undefined
}

/** Brings in what the jobs lack, once. Ends with everything that was fetched written, also when it throws. */
export async function runPass(jobs: readonly Job[], options: PassOptions): Promise<void> {
  const abort = new AbortController()
  const signal = AbortSignal.any([options.signal, abort.signal])
  const writer = new BatchWriter(options.store, options.events, (error) => abort.abort(error))
  const groups = Map.groupBy(jobs, (job) => job.dataset)
  const failures: unknown[] = []
  const work = [...groups.values()].map((group) =>
    fetchGroup(group, writer, { ...options, signal }).catch((error: unknown) => {
      failures.push(error)
      abort.abort(error)
    }),
  )
  await Promise.all(work)
  if (failures.length > 0) throw failures[0]
}

/** The jobs of one dataset: they share budgets, and have tasks of their own under way. */
async function fetchGroup(jobs: readonly Job[], writer: BatchWriter, options: PassOptions): Promise<void> {
  const fetcher = new Fetcher({ ...options, isFresh: !options.isRefetch, batcher: new Batcher() })
  const planner = new PassPlanner(fetcher, options)
  try {
    const commits = runTasks(
      planner.tasks(jobs),
      fetcher.followUps,
      (task) => fetcher.run(task),
      options.concurrency,
    )
    for await (const { job, commit } of commits) await writer.add({ job, commit })
  } finally {
    try {
      await writer.close()
    } finally {
      await planner.releaseAll()
    }
  }
}

class PassPlanner {
  readonly #fetcher: Fetcher
  readonly #options: PassOptions
  readonly #claims = new Map<Job, AsyncDisposable>()

  constructor(fetcher: Fetcher, options: PassOptions) {
    this.#fetcher = fetcher
    this.#options = options
  }

  /** Jobs that another process holds come last, when it is done with them: then there is little left to fetch. */
  async *tasks(jobs: readonly Job[]): AsyncGenerator<Task, void, void> {
    let waiting = [...jobs]
    for (let round = 0; waiting.length > 0; round += 1) {
      if (round === 1) await this.#tellWait(waiting)
      if (round > 0) await this.#options.clock.sleep(CLAIM_RETRY, this.#options.signal)
      const expiring = waiting.filter(({ route }) => route.retentionMs !== undefined)
      const lasting = waiting.filter(({ route }) => route.retentionMs === undefined)
      waiting = []
      const open = async (job: Job): Promise<Tasks | undefined> => {
        if (await this.#claim(job)) return this.#jobTasks(job)
        waiting.push(job)
        return undefined
      }
      yield* oldestFirst(
        expiring.map((job) => ({
          since: this.#options.wanted(job)?.from ?? Number.POSITIVE_INFINITY,
          open: () => open(job),
        })),
      )
      for (const job of lasting) {
        if (await this.#claim(job)) yield* this.#jobTasks(job)
        else waiting.push(job)
      }
    }
  }

  async #tellWait(waiting: readonly Job[]): Promise<void> {
    const { store, events } = this.#options
    const [first] = waiting
    const holder = first && (await store.holderOf?.(first.dataset, first.symbol))
    events.emit('note', { message: describeClaimWait(formatPlural(waiting.length, 'job'), holder) })
  }

  async releaseAll(): Promise<void> {
    const claims = [...this.#claims.values()]
    this.#claims.clear()
    await Promise.all(claims.map((claim) => claim[Symbol.asyncDispose]()))
  }

  async #claim(job: Job): Promise<boolean> {
    this.#options.signal.throwIfAborted()
    const claim = await this.#options.store.claim(job.dataset, job.symbol)
    if (claim) this.#claims.set(job, claim)
    return claim !== undefined
  }

  async #release(job: Job): Promise<void> {
    const claim = this.#claims.get(job)
    this.#claims.delete(job)
    await claim?.[Symbol.asyncDispose]()
  }

  /** A plan in the making counts as a question: doubts wait until all is asked and answered. */
  async *#jobTasks(job: Job): AsyncGenerator<Task, void, void> {
    job.ask()
    try {
      const gaps = await this.#gaps(job)
      const [first, last] = [gaps[0], gaps.at(-1)]
      if (!job.route.view) for (const gap of gaps) yield* this.#gapTasks(job, gap)
      else if (first && last) {
        const window = { from: first.gap.from, to: last.gap.to }
        yield { ...this.#task(job, window, window.to), only: gaps.map(({ gap }) => gap) }
      }
    } finally {
      this.#fetcher.conclude(job)
      // Not awaited: the next job's tasks need not wait until this one's last rows are written.
      void job.drained().then(() => {
        this.#options.events.emit('job:done', { dataset: job.dataset, symbol: job.symbol })
        return this.#release(job)
      })
    }
  }

  /** Read again under the claim: another process may just have filled it. */
  async #gaps(job: Job): Promise<readonly { gap: Window; isStart: boolean }[]> {
    const { store, isRefetch, now } = this.#options
    const wanted = this.#options.wanted(job)
    if (!wanted) return []
    const known = (await store.coverage(job.dataset, [job.symbol])).get(job.symbol)
    const covered = known?.covered ?? []
    job.known = { covered, absent: known?.absent ?? [] }
    const gaps = subtract(gapsOf(job.route, job.symbol, wanted, isRefetch ? [] : covered, now), job.givenUp)
    const earliest = covered[0]?.from ?? Number.POSITIVE_INFINITY
    return gaps.map((gap) => ({ gap, isStart: gap.from < earliest }))
  }

  async *#gapTasks(
    job: Job,
    { gap, isStart }: { gap: Window; isStart: boolean },
  ): AsyncGenerator<Task, void, void> {
    const { route } = job
    const pageSpan = route.pageRows * route.stepMs
    const mayBeginLater = isStart && (job.listedSince === null || job.listedSince > gap.from)
    if (mayBeginLater && (route.firstRequest || route.begin) && span(gap) > pageSpan) {
      // Where nothing is known yet, years before the listing would cost a page each.
      const start = await this.#fetcher.findStart(job, gap)
      if (start === undefined) return
      if (start > gap.from) this.#fetcher.skip(job, gap, start)
    }
    const rest = { from: Math.min(gap.to, Math.max(gap.from, job.skipUntil)), to: gap.to }
    for (const window of pagesOf(route, rest, sizeOf(job, this.#options.pageSizes))) {
      if (job.isRefused) return
      if (window.to > job.skipUntil) yield this.#task(job, window, gap.to)
    }
  }

  #task(job: Job, window: Window, gapEnd: number): Task {
    job.ask()
    return { job, window, kind: 'gap', attempt: 1, gapEnd }
  }
}

/** Of an answer that the venue cuts, what it holds; undefined where it holds what it promises. */
function sizeOf({ route, symbol }: Job, sizes: PageSizes): number | undefined {
  const rows = sizes.of(route)
  return rows === undefined ? undefined : rows * (route.schedule?.intervalOf(symbol) ?? route.stepMs)
}

type Tasks = AsyncGenerator<Task, void, void>

interface Unopened {
  /** None of its windows begins before. */
  readonly since: number
  /** Undefined where another process has it in hand. */
  open(): Promise<Tasks | undefined>
}

/**
 * Of many jobs always the task whose window is the oldest: what expires first goes first. A job is opened when it may
 * have that task, and not before, so that several processes that begin together share the jobs.
 */
async function* oldestFirst(jobs: readonly Unopened[]): Tasks {
  const unopened = jobs.toSorted((a, b) => a.since - b.since)
  const opened: Tasks[] = []
  const heads: Head[] = []
  try {
    for (;;) {
      const head = findOldest(heads)
      const [next] = unopened
      if (next && (!head || next.since < head.task.window.from)) {
        unopened.shift()
        const tasks = await next.open()
        if (!tasks) continue
        opened.push(tasks)
        const { value } = await tasks.next()
        if (value) heads.push({ tasks, task: value })
      } else if (head) {
        yield head.task
        const { value } = await head.tasks.next()
        if (value) head.task = value
        else heads.splice(heads.indexOf(head), 1)
      } else return
    }
  } finally {
    await Promise.all(opened.map((tasks) => tasks.return()))
  }
}

interface Head {
  readonly tasks: Tasks
  task: Task
}

function findOldest(heads: readonly Head[]): Head | undefined {
  let oldest = heads[0]
  for (const head of heads) if (oldest && head.task.window.from < oldest.task.window.from) oldest = head
  return oldest
}
