import type { RunEventBus } from '../events.ts'
import type { Journal } from '../ports.ts'
import { isStreamScript } from './describe.ts'
import { FailureQueue } from './failure-queue.ts'
import { ProgressModel, type WaitForAll } from './progress-model.ts'
import { createEndRow, createRunningRow, judgeRun, type StatusRow, type Verdict } from './run-rows.ts'
import { createSubscriber, type RunSubscriber, Subscriptions } from './subscriber.ts'

export interface JournalSubscriberOptions {
  readonly journal: Journal
  /** The venue's now, from which `status` tells how far behind the data are. */
  readonly venueTime?: () => number | undefined
  readonly waitForAll?: WaitForAll | undefined
  /** Told once when the database did not take all before the deadline of `close`. */
  readonly onLost?: (message: string) => void
  readonly now?: () => number
  /** Failures that may wait in memory. */
  readonly queueLimit?: number
  readonly closeTimeoutMs?: number
}

const TICK_MS = 1_000
/** Between two `Running` rows. */
const HEARTBEAT = 60_000
const ALIVE_MS = 15_000
const BATCH = 200
const ABRUPT = 'Failed: the run ended before it could tell its result'

/** Writes a run into the journal; while the database is away everything waits here and ingest goes on. */
export function openJournalSubscriber(bus: RunEventBus, options: JournalSubscriberOptions): RunSubscriber {
  const writer = new JournalWriter(bus, options)
  return createSubscriber(() => writer.close())
}

class JournalWriter {
  readonly #options: JournalSubscriberOptions
  readonly #journal: Journal
  readonly #model: ProgressModel
  readonly #subscriptions: Subscriptions
  readonly #failures: FailureQueue
  readonly #now: () => number
  #start: Readonly<Record<string, unknown>> | undefined
  /** The newest one alone: who was away for an hour does not need sixty of them. */
  #running: StatusRow | undefined
  #end: StatusRow | undefined
  #verdict: Verdict | undefined
  #isStarted = false
  #hasRunningRow = false
  #nextRunningAt = Number.POSITIVE_INFINITY
  #nextAliveAt = Number.POSITIVE_INFINITY
  #lastFailureType: string | null = null
  #flushing: Promise<void> | undefined

  constructor(bus: RunEventBus, options: JournalSubscriberOptions) {
    this.#options = options
    this.#journal = options.journal
    this.#now = options.now ?? (() => Date.now())
    this.#failures = new FailureQueue(options.queueLimit ?? 5_000)
    this.#model = new ProgressModel(bus, this.#now, options.waitForAll)
    this.#subscriptions = new Subscriptions(bus)
    const { on } = this.#subscriptions
    on('run:start', ({ params }) => {
      this.#start = params
      this.#nextAliveAt = this.#now() + ALIVE_MS
      this.#flush()
    })
    for (const name of ['run:plan', 'page:fetched', 'batch:written'] as const)
      on(name, () => this.#noteRunning())
    on('stream:beat', ({ line }) => {
      this.#hasRunningRow = true
      this.#queueRunning(line)
      this.#flush()
    })
    on('failure', (failure) => {
      if (failure.severity === 'error') this.#lastFailureType = failure.type
      this.#failures.add(failure)
    })
    on('run:done', (done) => {
      this.#end = createEndRow(this.#model, done, this.#options.venueTime?.())
      this.#verdict = judgeRun(this.#model.script, done, this.#lastFailureType)
      this.#nextRunningAt = Number.POSITIVE_INFINITY
      this.#flush()
    })
    this.#subscriptions.every(TICK_MS, () => this.#tick())
  }

  async close(): Promise<void> {
    this.#subscriptions.release()
    this.#noteAbruptEnd()
    this.#model[Symbol.dispose]()
    const deadline = Promise.withResolvers<void>()
    const timer = setTimeout(deadline.resolve, this.#options.closeTimeoutMs ?? 5_000)
    // The flush under way may have begun before the last events came.
    await Promise.race([deadline.promise, this.#flush().then(() => this.#flush())])
    clearTimeout(timer)
    if (!this.#hasWork) return
    const count = this.#failures.size
    const what = count > 0 ? `${count} failures and the end of the run` : 'the end of the run'
    this.#options.onLost?.(`the database did not answer in time: ${what} could not be recorded`)
  }

  /** A run that closes without having told how it ended must not look as if it were running or had died. */
  #noteAbruptEnd(): void {
    if (this.#model.executionId === '' || this.#model.summary) return
    this.#end = { ...createRunningRow(this.#model, this.#now(), undefined), tier: 'Failed', message: ABRUPT }
    this.#verdict = { success: false, failureType: this.#lastFailureType ?? 'aborted' }
  }

  #tick(): void {
    const now = this.#now()
    if (now >= this.#nextRunningAt) this.#queueRunning()
    if (this.#hasWork || now >= this.#nextAliveAt) this.#flush()
  }

  get #hasWork(): boolean {
    return (
      Boolean(this.#start || this.#running || this.#verdict) || (this.#isStarted && !this.#failures.isEmpty)
    )
  }

  #noteRunning(): void {
    // A stream has its heartbeats.
    if (this.#hasRunningRow || isStreamScript(this.#model.script)) return
    this.#hasRunningRow = true
    this.#queueRunning()
    this.#flush()
  }

  #queueRunning(beat?: string): void {
    const now = this.#now()
    if (beat === undefined) this.#nextRunningAt = now + HEARTBEAT
    this.#running = createRunningRow(this.#model, now, this.#options.venueTime?.(), beat)
  }

  /** Writes what waits, in order. One at a time; a failure leaves the rest where it is for the next tick. */
  #flush(): Promise<void> {
    this.#flushing ??= this.#write()
      .catch(() => {})
      .finally(() => {
        this.#flushing = undefined
      })
    return this.#flushing
  }

  async #write(): Promise<void> {
    if (this.#start) {
      await this.#journal.start(this.#start)
      this.#start = undefined
      this.#isStarted = true
    }
    if (!this.#isStarted) return
    await this.#writeRunning()
    while (!this.#failures.isEmpty) {
      const { rows, done } = this.#failures.peek(BATCH)
      await this.#journal.failures(rows)
      done()
    }
    await this.#writeEnd()
    if (this.#now() < this.#nextAliveAt) return
    this.#nextAliveAt = this.#now() + ALIVE_MS
    await this.#journal.heartbeat(this.#model.counts)
  }

  async #writeRunning(): Promise<void> {
    const row = this.#running
    if (!row) return
    await this.#journal.status(row.tier, row.message, row.details)
    // A newer one may have come in the meantime.
    if (this.#running === row) this.#running = undefined
  }

  async #writeEnd(): Promise<void> {
    if (this.#end) await this.#journal.status(this.#end.tier, this.#end.message, this.#end.details)
    this.#end = undefined
    if (!this.#verdict) return
    const { success, failureType } = this.#verdict
    const { counts, elapsed, retries } = this.#model
    const seconds = elapsed / 1_000
    const rowsPerSecond = Math.round(counts.rowsFetched / Math.max(1, seconds))
    await this.#journal.finish(success, failureType, counts, { seconds, rowsPerSecond, retries })
    this.#verdict = undefined
    this.#nextAliveAt = Number.POSITIVE_INFINITY
  }
}
