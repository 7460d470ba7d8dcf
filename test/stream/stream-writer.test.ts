import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DatabaseError } from '../../src/lib/errors.ts'
import { type Failure, RunEventBus } from '../../src/lib/events.ts'
import { MINUTE } from '../../src/lib/model/window.ts'
import type { Commit, WriteResult } from '../../src/lib/ports.ts'
import type { Spool, StreamCommit } from '../../src/lib/stream/stream-commit.ts'
import { type Pending, StreamWriter } from '../../src/lib/stream/stream-writer.ts'

const START = Date.UTC(2026, 1, 1)
const DONE: WriteResult = { inserted: 1, updated: 0, yielded: 0, refused: [], isStale: false }

class MemorySpool implements Spool {
  readonly batches: { id: number; commits: readonly StreamCommit[] }[] = []
  room = Number.POSITIVE_INFINITY
  #id = 0

  get size(): number {
    return this.batches.length
  }
  append(commits: readonly StreamCommit[]): boolean {
    if (this.size >= this.room) return false
    this.#id += 1
    this.batches.push({ id: this.#id, commits })
    return true
  }
  first() {
    return this.batches[0]
  }
  remove(id: number): void {
    this.batches.splice(
      this.batches.findIndex((batch) => batch.id === id),
      1,
    )
  }
}

/** A database that writes, is away, or never answers. */
class FakeDatabase {
  state: 'up' | 'away' | 'silent' = 'up'
  readonly written: number[] = []
  writes = 0

  encode(_symbol: string, _dataset: string, rows: readonly { readonly ts: number }[]) {
    return { count: rows.length, times: rows.map(({ ts }) => ts) }
  }

  async write(commits: readonly Commit[]): Promise<WriteResult> {
    this.writes += 1
    if (this.state === 'silent') await new Promise(() => {})
    if (this.state === 'away') throw new DatabaseError('the database is away')
    for (const { rows } of commits)
      if ('times' in rows && Array.isArray(rows.times)) this.written.push(...rows.times)
    return DONE
  }
}

const pendingAt = (minute: number): Pending => {
  const ts = START + minute * MINUTE
  const row = { ts, rate: '0.1', markPrice: null, rateType: null, venueTs: ts }
  const covered = [{ from: ts, to: ts + MINUTE }]
  return {
    commit: { symbol: 'BTCUSDT', dataset: 'funding', rows: [row], covered, yields: true },
    eventTime: ts,
  }
}

function createWriter({ spool = new MemorySpool() }: { spool?: MemorySpool } = {}) {
  const database = new FakeDatabase()
  const events = new RunEventBus()
  const failures: Failure[] = []
  events.on('failure', (failure) => failures.push(failure))
  const dropped: StreamCommit[] = []
  const clock = {
    now: () => performance.now(),
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        setTimeout(resolve, ms)
        signal?.addEventListener('abort', () => reject(signal.reason))
      }),
  }
  const writer = new StreamWriter({
    store: database,
    spool,
    events,
    clock,
    onWritten: () => {},
    onDropped: (commits) => dropped.push(...commits),
  })
  const minutes = (): number[] => database.written.map((ts) => (ts - START) / MINUTE)
  return { writer, database, spool, failures, dropped, minutes }
}

describe('what a stream brings', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is written together with what comes a moment later', async () => {
    const { writer, database, minutes } = createWriter()
    for (const minute of [0, 1, 2]) writer.add(pendingAt(minute))
    expect(database.writes).toBe(0)
    await vi.advanceTimersByTimeAsync(250)
    expect(minutes()).toEqual([0, 1, 2])
    expect(database.writes).toBe(1)
  })

  it('waits on the disk while the database is away, and is then written in the order in which it came', async () => {
    const { writer, database, spool, minutes, failures } = createWriter()
    database.state = 'away'
    for (const minute of [0, 1]) {
      writer.add(pendingAt(minute))
      await writer.flush()
    }
    expect(writer.isDirect).toBe(false)
    expect(spool.size).toBe(2)
    expect(failures.map(({ type }) => type)).toEqual(['database_away'])
    database.state = 'up'
    writer.add(pendingAt(2))
    await writer.flush()
    expect(minutes()).toEqual([])
    await vi.advanceTimersByTimeAsync(10_000)
    expect(minutes()).toEqual([0, 1, 2])
    expect(writer.isDirect).toBe(true)
    writer.add(pendingAt(3))
    await writer.flush()
    expect(minutes()).toEqual([0, 1, 2, 3])
  })

  it('that a dead process has left on the disk is written before anything else', async () => {
    const spool = new MemorySpool()
    spool.append([pendingAt(0).commit])
    const { writer, minutes } = createWriter({ spool })
    writer.add(pendingAt(1))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(minutes()).toEqual([0, 1])
    expect(spool.size).toBe(0)
    await writer.close()
  })

  it('for which there is no room anywhere is told, and told to be lost', async () => {
    const { writer, database, spool, failures, dropped } = createWriter()
    database.state = 'away'
    spool.room = 1
    for (const minute of [0, 1]) {
      writer.add(pendingAt(minute))
      await writer.flush()
    }
    expect(dropped).toEqual([pendingAt(1).commit])
    const overflow = failures.find(({ type }) => type === 'overflow')
    expect(overflow).toMatchObject({
      severity: 'error',
      details: {
        rows: { funding: 1 },
        from: new Date(START + MINUTE).toISOString(),
        to: new Date(START + 2 * MINUTE).toISOString(),
      },
    })
    await writer.close()
  })

  it('is on the disk when the stream ends although the database does not answer', async () => {
    const { writer, database, spool } = createWriter()
    database.state = 'silent'
    writer.add(pendingAt(0))
    await vi.advanceTimersByTimeAsync(250)
    writer.add(pendingAt(1))
    const closed = writer.close()
    await vi.advanceTimersByTimeAsync(2_500)
    await closed
    expect(spool.batches.flatMap(({ commits }) => commits)).toEqual([
      pendingAt(0).commit,
      pendingAt(1).commit,
    ])
  })

  it('never grows in memory beyond its bound while the database is slow: it goes to the disk', async () => {
    const { writer, database, spool } = createWriter()
    database.state = 'silent'
    for (let minute = 0; minute < 120_000; minute += 1) writer.add(pendingAt(minute))
    const waiting = spool.batches.reduce((sum, { commits }) => sum + commits.length, 0)
    expect(waiting).toBeGreaterThanOrEqual(65_000)
    const closed = writer.close()
    await vi.advanceTimersByTimeAsync(2_500)
    await closed
    const times = spool.batches.flatMap(({ commits }) => commits.map(({ rows }) => rows[0]?.ts))
    expect(new Set(times).size).toBe(120_000)
  })
})
