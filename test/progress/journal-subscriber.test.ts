import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Journal } from '../../src/lib/ports.ts'
import { openJournalSubscriber } from '../../src/lib/progress/journal-subscriber.ts'
import { createRun, START } from './events.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: START })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A journal that writes lines, and nothing while it is away. */
class LineJournal implements Journal {
  readonly lines: string[] = []
  isAway = false
  isSilent = false

  async #write(line: string): Promise<void> {
    if (this.isSilent) await new Promise(() => {})
    if (this.isAway) throw new Error('connection refused')
    this.lines.push(line)
  }
  start = (params: object) => this.#write(`start ${JSON.stringify(params)}`)
  status: Journal['status'] = (tier, message) => this.#write(`${tier}| ${message}`)
  failures: Journal['failures'] = (rows) =>
    this.#write(`failures ${rows.map((row) => `${row.type} ${row.message}`)}`)
  heartbeat: Journal['heartbeat'] = ({ requests }) => this.#write(`heartbeat ${requests}`)
  finish: Journal['finish'] = (success, type) => this.#write(`finish ${success} ${type}`)

  take(): string[] {
    return this.lines.splice(0)
  }
}

function open(options: { queueLimit?: number; script?: string } = {}) {
  const run = createRun(options.script)
  const journal = new LineJournal()
  const onLost = vi.fn<(message: string) => void>()
  const subscriber = openJournalSubscriber(run.bus, { ...options, journal, onLost })
  return { ...run, journal, subscriber, onLost }
}

describe('the journal of a run', () => {
  it('gets the tiers, a heartbeat each 15 seconds and a Running row each minute', async () => {
    const { start, plan, page, write, fail, done, journal, subscriber } = open()
    start({ venue: 'binance' })
    plan()
    page(499)
    write(499)
    await vi.advanceTimersByTimeAsync(61_000)
    fail(2)
    done('Completed', { errors: 2 })
    await subscriber.close()
    expect(journal.take()).toEqual([
      'start {"venue":"binance"}',
      'Running| 3 symbols, 120,960 rows in 246 requests',
      'heartbeat 1',
      'heartbeat 1',
      'heartbeat 1',
      'Running| 0 %, 499 of 120,960 rows written, 0 rows/s, 1 request',
      'heartbeat 1',
      'failures bad_row number 0,bad_row number 1',
      'Completed| Completed: 120,960 rows (120,958 new, 2 changed) in 246 requests, 2m 03s, 2 errors, 14 minutes absent at the venue',
      'finish false partial',
    ])
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([
    ['backfill ohlcv', 'Completed', 'finish true null'],
    ['backfill ohlcv', 'Stopped', 'finish false interrupted'],
    ['stream', 'Stopped', 'finish true null'],
    ['backfill ohlcv', 'Failed', 'finish false failed'],
  ] as const)('%s %s: %s', async (script, tier, expected) => {
    const { start, done, journal, subscriber } = open({ script })
    start()
    done(tier)
    await subscriber.close()
    expect(journal.take().at(-1)).toBe(expected)
  })

  it('names the last error of a run that failed', async () => {
    const { start, fail, done, journal, subscriber } = open()
    start()
    fail(1, 'venue_unavailable')
    done('Failed')
    await subscriber.close()
    expect(journal.take().at(-1)).toBe('finish false venue_unavailable')
  })

  it('keeps the heartbeats of a stream as they are told', async () => {
    const { bus, start, write, done, subscriber, journal } = open({ script: 'stream' })
    start()
    write(12)
    bus.emit('stream:beat', { line: 'Running: 3 symbols over 1 connection', isFirst: true })
    await vi.advanceTimersByTimeAsync(1_000)
    bus.emit('stream:beat', { line: 'OHLCV: 12| LQ: 0| TV: 0', isFirst: false })
    await vi.advanceTimersByTimeAsync(1_000)
    done('Stopped')
    await subscriber.close()
    expect(journal.take().filter((line) => line.startsWith('Running|'))).toEqual([
      'Running| Running: 3 symbols over 1 connection',
      'Running| OHLCV: 12| LQ: 0| TV: 0',
    ])
  })

  it('waits for a database that is away and then tells all of it, the newest Running row alone', async () => {
    const { start, plan, fail, done, journal, subscriber, onLost } = open()
    journal.isAway = true
    start()
    plan()
    fail(3)
    await vi.advanceTimersByTimeAsync(300_000)
    expect(journal.take()).toEqual([])
    journal.isAway = false
    await vi.advanceTimersByTimeAsync(1_000)
    expect(journal.take()).toEqual([
      'start {}',
      'Running| 3 symbols, 120,960 rows in 246 requests',
      'failures bad_row number 0,bad_row number 1,bad_row number 2',
      'heartbeat 0',
    ])
    done()
    await subscriber.close()
    expect(onLost).not.toHaveBeenCalled()
  })

  it('keeps a bounded number of failures and says how many it dropped', async () => {
    const { start, fail, journal, subscriber } = open({ queueLimit: 2 })
    journal.isAway = true
    start()
    fail(2)
    fail(5, 'payload')
    fail(1)
    journal.isAway = false
    await vi.advanceTimersByTimeAsync(1_000)
    expect(journal.take().slice(1)).toEqual([
      'failures bad_row number 0,bad_row number 1',
      'failures failures_dropped 6 more failures came faster than they could be recorded',
    ])
    await subscriber.close()
  })

  it('writes failures in batches', async () => {
    const { start, fail, journal, subscriber } = open()
    start()
    fail(450)
    await vi.advanceTimersByTimeAsync(1_000)
    const sizes = journal
      .take()
      .slice(1)
      .map((line) => line.split(',').length)
    expect(sizes).toEqual([200, 200, 50])
    await subscriber.close()
  })

  it('closes at its deadline when the database says nothing, and tells what is lost', async () => {
    const { start, fail, done, journal, subscriber, onLost } = open()
    journal.isSilent = true
    start()
    fail(3)
    done()
    const closed = subscriber.close()
    await vi.advanceTimersByTimeAsync(5_000)
    await closed
    expect(onLost.mock.calls).toEqual([
      ['the database did not answer in time: 3 failures and the end of the run could not be recorded'],
    ])
  })

  it('does not leave a run open that broke off', async () => {
    const { start, plan, journal, subscriber } = open()
    start()
    plan()
    await subscriber.close()
    expect(journal.take().slice(-2)).toEqual([
      'Failed| Failed: the run ended before it could tell its result',
      'finish false aborted',
    ])
  })

  it('writes nothing for a run that never began', async () => {
    const { journal, subscriber } = open()
    await vi.advanceTimersByTimeAsync(60_000)
    await subscriber.close()
    expect(journal.take()).toEqual([])
  })
})
