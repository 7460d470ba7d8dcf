import type { RunEventBus } from '../events.ts'
import { MINUTE, SECOND } from '../model/window.ts'
import type { RefusedRow, Store } from '../ports.ts'
import type { JobCommit } from './fetcher.ts'
import { tellRefused, tellWritten } from './tell-written.ts'

/** Rows that one transaction carries: fewer spend the time on commits, more only cost memory. */
const BATCH_ROWS = 30_000
/** A commit waits at most this long for company. */
const MAX_AGE = SECOND
/** Two connections use both sides of the database's work; more only wait for each other. */
const WRITERS = 2

/**
 * Gathers commits into transactions and keeps at most two of them under way. `add` waits while both are busy: that is
 * what slows the fetching down to the speed of the database.
 */
export class BatchWriter {
  readonly #store: Store
  readonly #events: RunEventBus
  #batch: JobCommit[] = []
  #rows = 0
  #timer: NodeJS.Timeout | undefined
  readonly #writing = new Set<Promise<void>>()
  #failure: { readonly error: unknown } | undefined
  readonly #onFailure: (error: unknown) => void

  /** `onFailure` hears of the first batch that cannot be written, once; `add` and `close` throw it from then on. */
  constructor(store: Store, events: RunEventBus, onFailure: (error: unknown) => void) {
    this.#store = store
    this.#events = events
    this.#onFailure = onFailure
  }

  /** Its job's `end` is called once the commit is durable. */
  async add(pending: JobCommit): Promise<void> {
    this.#throwIfFailed()
    const all = [pending, ...(pending.also ?? [])]
    this.#batch.push(...all)
    this.#rows += all.reduce((sum, { commit }) => sum + commit.rows.count, 0)
    this.#timer ??= setTimeout(() => this.#flushWhenFree(), MAX_AGE)
    if (this.#rows < BATCH_ROWS) return
    while (this.#writing.size >= WRITERS && !this.#failure) await Promise.race(this.#writing)
    this.#flush()
  }

  /** Writes what is in hand. */
  async close(): Promise<void> {
    this.#flush()
    await Promise.all(this.#writing)
    this.#throwIfFailed()
  }

  /** By age alone no batch is begun beside those that keep both connections busy. */
  #flushWhenFree(): void {
    if (this.#writing.size < WRITERS) this.#flush()
    else this.#timer = setTimeout(() => this.#flushWhenFree(), MAX_AGE)
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#batch.length === 0 || this.#failure) return
    const batch = this.#batch
    this.#batch = []
    this.#rows = 0
    const writing: Promise<void> = this.#write(batch)
      .catch((error: unknown) => {
        if (this.#failure) return
        this.#failure = { error }
        this.#onFailure(error)
      })
      .finally(() => this.#writing.delete(writing))
    this.#writing.add(writing)
  }

  async #write(batch: readonly JobCommit[]): Promise<void> {
    const startedAt = performance.now()
    const commits = batch.map(({ commit }) => commit)
    const result = await this.#store.write(commits)
    for (const refused of result.refused) this.#failRow(batch, refused)
    // What it was made from has changed: it stays a gap, and the next pass makes it anew.
    if (!result.isStale) tellWritten(this.#events, commits, result, performance.now() - startedAt)
    for (const { job } of batch) job.end()
  }

  #failRow(batch: readonly JobCommit[], refused: RefusedRow): void {
    const { dataset, symbol, ts, reason } = refused
    const job = batch.find((pending) => pending.job.dataset === dataset && pending.job.symbol === symbol)?.job
    job?.fail({ from: ts, to: ts + MINUTE }, `the database refused a row: ${reason}`)
    tellRefused(this.#events, refused)
  }

  #throwIfFailed(): void {
    if (this.#failure) throw this.#failure.error
  }
}
