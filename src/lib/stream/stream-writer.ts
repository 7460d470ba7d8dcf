import { DatabaseError } from '../errors.ts'
import type { RunEventBus } from '../events.ts'
import type { Dataset } from '../model/market.ts'
import { MINUTE } from '../model/window.ts'
import { tellRefused, tellWritten } from '../pipeline/tell-written.ts'
import type { Store, WriteResult } from '../ports.ts'
import type { Clock } from '../time/clock.ts'
import type { Spool, StreamCommit } from './stream-commit.ts'

/** A commit waits so long for company. */
const LINGER = 250
/** Rows of one transaction. */
const BATCH_ROWS = 5_000
/** What waits in memory at most while the database is busy; more goes to the disk. */
const MEMORY_ROWS = 50_000
const FIRST_RETRY = 500
const LONGEST_RETRY = 5_000
/** Tries after which a database that takes nothing is told of again: some five minutes. */
const TELL_EVERY = 60
/** At the end what is under way gets so long, then it goes to the disk. */
const LAST_WAIT = 2_500

/** A commit and the venue's time of the event that it tells of. */
export interface Pending {
  readonly commit: StreamCommit
  readonly eventTime: number
}

export interface StreamWriterOptions {
  readonly store: Pick<Store, 'encode' | 'write'>
  readonly spool: Spool
  readonly events: RunEventBus
  readonly clock: Clock
  /** Committed, or for good refused by the database row by row. */
  readonly onWritten: (pending: readonly Pending[], result: WriteResult) => void
  /** There is no room anywhere: these are lost. */
  readonly onDropped: (commits: readonly StreamCommit[]) => void
}

/**
 * Takes what a feed brings without ever making it wait: batches go to the database, to the disk while that is away or
 * too slow, and from there to the database in the order in which they came.
 */
export class StreamWriter {
  readonly #options: StreamWriterOptions
  #queue: Pending[] = []
  #rows = 0
  /** What is under way to the database. */
  #current: readonly Pending[] = []
  #timer: NodeJS.Timeout | undefined
  #draining: Promise<void> | undefined
  #replaying: Promise<void> | undefined
  readonly #closing = new AbortController()
  /** Rows that were added, and those that have left the queue and are safe. */
  #added = 0
  #safe = 0
  #failure: { readonly error: unknown } | undefined

  constructor(options: StreamWriterOptions) {
    this.#options = options
    if (options.spool.size > 0) this.#replay()
  }

  /** Whether rows go to the database at once. */
  get isDirect(): boolean {
    return this.#options.spool.size === 0
  }

  /** Whether rows wait for the database, or are on their way to it. */
  get isBusy(): boolean {
    return this.#queue.length > 0 || this.#current.length > 0
  }

  get spooled(): number {
    return this.#options.spool.size
  }

  /** Throws what is wrong with the program, once a batch has failed by it. */
  add(pending: Pending): void {
    if (this.#failure) throw this.#failure.error
    this.#queue.push(pending)
    this.#added += 1
    this.#rows += pending.commit.rows.length
    if (this.#rows >= MEMORY_ROWS) this.#relieve()
    else if (this.#rows >= BATCH_ROWS) this.#drain()
    else this.#timer ??= setTimeout(() => this.#drain(), LINGER)
  }

  /** Resolves when all that was added before is in the database or on the disk. */
  async flush(): Promise<void> {
    const last = this.#added
    while (this.#safe < last && !this.#failure) {
      this.#drain()
      await this.#draining
    }
    if (this.#failure) throw this.#failure.error
  }

  /** What the database does not take within seconds waits on the disk for the next run. */
  async close(): Promise<void> {
    this.#closing.abort()
    const timeout = Promise.withResolvers<void>()
    const timer = setTimeout(timeout.resolve, LAST_WAIT)
    const settled = Promise.all([this.flush().catch(() => {}), this.#replaying])
    await Promise.race([settled, timeout.promise])
    clearTimeout(timer)
    clearTimeout(this.#timer)
    if (this.#current.length > 0 || this.#queue.length > 0) {
      // Written twice, what is under way is stored once.
      this.#toDisk([...this.#current, ...this.#queue])
      this.#queue = []
    }
    this.#safe = this.#added
  }

  #drain(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#draining ??= this.#writeAll()
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .finally(() => {
        this.#draining = undefined
        if (this.#queue.length > 0 && !this.#failure && !this.#closing.signal.aborted)
          this.#timer ??= setTimeout(() => this.#drain(), LINGER)
      })
  }

  async #writeAll(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#take()
      this.#current = batch
      try {
        if (this.isDirect) await this.#write(batch)
        else this.#toDisk(batch)
      } catch (error) {
        if (!(error instanceof DatabaseError)) throw error
        this.#toDisk(batch)
        this.#tellAway(error)
        this.#replay()
      } finally {
        this.#current = []
      }
      this.#safe += batch.length
    }
  }

  #take(): Pending[] {
    let rows = 0
    let count = 0
    while (count < this.#queue.length && rows < BATCH_ROWS) {
      rows += this.#queue[count]?.commit.rows.length ?? 0
      count += 1
    }
    this.#rows -= rows
    return this.#queue.splice(0, count)
  }

  async #write(batch: readonly Pending[]): Promise<void> {
    const { store, events, onWritten } = this.#options
    const startedAt = performance.now()
    const commits = batch.map(({ commit: { symbol, dataset, rows, covered, yields } }) => {
      const encoded = store.encode(symbol, dataset, rows)
      // New by all that is known: where it is not, the database tells.
      return { symbol, dataset, rows: encoded, covered, absent: [], isFresh: yields, yields }
    })
    const result = await store.write(commits)
    for (const refused of result.refused) tellRefused(events, refused)
    tellWritten(events, commits, result, performance.now() - startedAt)
    onWritten(batch, result)
  }

  /** More than memory may hold: the oldest first. */
  #relieve(): void {
    const waiting = this.#queue
    this.#queue = []
    this.#rows = 0
    this.#toDisk(waiting)
    this.#safe += waiting.length
    this.#replay()
  }

  #toDisk(batch: readonly Pending[]): void {
    if (batch.length === 0) return
    const commits = batch.map(({ commit }) => commit)
    if (this.#options.spool.append(commits)) return
    this.#options.events.emit('failure', {
      type: 'overflow',
      message: `no room to keep ${commits.length} rows while the database is away: they are lost, and asked for again where that can be`,
      details: { ...spanOf(commits), rows: countRows(commits) },
      severity: 'error',
    })
    this.#options.onDropped(commits)
  }

  #replay(): void {
    if (this.#closing.signal.aborted) return
    this.#replaying ??= this.#replayAll()
      .catch((error: unknown) => {
        // The file is closed under a write that took too long: what it held is there for the next run.
        if (!this.#closing.signal.aborted) this.#failure ??= { error }
      })
      .finally(() => {
        this.#replaying = undefined
      })
  }

  async #replayAll(): Promise<void> {
    const { spool, clock, events } = this.#options
    const { signal } = this.#closing
    let pause = FIRST_RETRY
    let failures = 0
    let count = 0
    while (!signal.aborted) {
      const next = spool.first()
      if (!next) break
      try {
        await this.#write(next.commits.map((commit) => ({ commit, eventTime: Number.NaN })))
        spool.remove(next.id)
        count += 1
        pause = FIRST_RETRY
        failures = 0
      } catch (error) {
        if (!(error instanceof DatabaseError)) throw error
        failures += 1
        if (failures % TELL_EVERY === 0) this.#tellAway(error)
        await clock.sleep(pause, signal).catch(() => {})
        pause = Math.min(LONGEST_RETRY, pause * 2)
      }
    }
    if (count > 0 && !signal.aborted)
      events.emit('note', { message: `the database is back: ${count} batches were written from the disk` })
  }

  #tellAway(error: DatabaseError): void {
    this.#options.events.emit('failure', {
      type: 'database_away',
      message: `${error.message}; rows wait on the disk`,
      details: { ...error.details },
      severity: 'warning',
    })
  }
}

function countRows(commits: readonly StreamCommit[]): Partial<Record<Dataset, number>> {
  const counts: Partial<Record<Dataset, number>> = {}
  for (const { dataset, rows } of commits) counts[dataset] = (counts[dataset] ?? 0) + rows.length
  return counts
}

function spanOf(commits: readonly StreamCommit[]): { from: string; to: string } {
  const times = commits.flatMap(({ rows }) => rows.map(({ ts }) => ts))
  const oldest = times.reduce((least, ts) => Math.min(least, ts), Number.POSITIVE_INFINITY)
  const newest = times.reduce((most, ts) => Math.max(most, ts), Number.NEGATIVE_INFINITY)
  return { from: new Date(oldest).toISOString(), to: new Date(newest + MINUTE).toISOString() }
}
