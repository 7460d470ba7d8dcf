import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openHeartbeat } from '../../src/lib/progress/heartbeat.ts'
import { openPlainDisplay } from '../../src/lib/progress/plain-display.ts'
import { createRedactor } from '../../src/lib/text/secrets.ts'
import { createRun, FIGURES, START } from './events.ts'
import { Sink } from './sink.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: START, toFake: ['Date', 'setInterval', 'clearInterval'] })
})
afterEach(() => {
  vi.useRealTimers()
})

function open(script?: string, isColored = false) {
  const run = createRun(script)
  const stream = new Sink()
  const display = openPlainDisplay(run.bus, { stream, isColored, redactor: createRedactor(['hunter2']) })
  return { ...run, display, lines: () => stream.takeLines() }
}

describe('without a terminal', () => {
  it('says one line at the start, one per minute and one at the end', async () => {
    const { start, plan, page, write, done, display, lines } = open()
    start()
    expect(lines()).toEqual([])
    plan()
    for (let at = 0; at < 106; at += 1) page(491)
    write(52_012)
    vi.advanceTimersByTime(60_000)
    plan(68_948, 140)
    done()
    vi.advanceTimersByTime(120_000)
    await display.close()
    expect(lines()).toEqual([
      '2026-02-01 13:52:44 UTC backfill ohlcv| 3 symbols, 120,960 rows in 246 requests',
      '2026-02-01 13:53:44 UTC backfill ohlcv| 42 %, 52,012 of 120,960 rows written, 0 rows/s, 106 requests',
      '2026-02-01 13:53:44 UTC backfill ohlcv| Completed: 120,960 rows (120,958 new, 2 changed) in 246 requests, 2m 03s, 14 minutes absent at the venue',
    ])
  })

  it('tells speed and time left from the last minute', () => {
    const { start, plan, page, write, lines } = open()
    start()
    plan(10_000, 100)
    for (let at = 0; at < 50; at += 1) {
      vi.advanceTimersByTime(1_000)
      page(100)
      write(100)
    }
    vi.advanceTimersByTime(10_000)
    expect(lines()[1]).toBe(
      '2026-02-01 13:53:44 UTC backfill ohlcv| 50 %, ETA 59s, 5,000 of 10,000 rows written, 85 rows/s, 50 requests',
    )
  })

  it('says why nothing moves', () => {
    const { bus, start, plan, lines } = open()
    start()
    plan()
    vi.advanceTimersByTime(50_000)
    bus.emit('lane:wait', { lane: 'direct', ms: 42_000, reason: 'its budget is spent' })
    vi.advanceTimersByTime(70_000)
    expect(lines().map((line) => line.split('request')[1])).toEqual([
      's',
      's; lane direct waits 32s: its budget is spent',
      's',
    ])
  })

  it('tells the first ten failures and where the rest is', () => {
    const { start, plan, done, lines } = open()
    start({ sim: true })
    plan(0, 0)
    const failed = Array.from({ length: 12 }, (_, at) => ({
      symbol: `S${at}`,
      dataset: 'ohlcv' as const,
      reason: 'refused with hunter2',
    }))
    done('Failed', { failed, errors: 12, missingMinutes: 1 }, 'no lane is left')
    const shown = lines().map((line) => line.slice('2026-02-01 13:52:44 UTC '.length))
    expect(shown).toHaveLength(13)
    expect(shown.slice(0, 3)).toEqual([
      'backfill ohlcv| 3 symbols, nothing is missing',
      'backfill ohlcv| Failed: no lane is left: 120,960 rows (120,958 new, 2 changed) in 246 requests, 2m 03s, 12 errors, 1 minute still missing, 14 minutes absent at the venue',
      'backfill ohlcv| S0 ohlcv: refused with ***',
    ])
    expect(shown.at(-1)).toBe('backfill ohlcv| and 2 more: `perpctl errors --run 6f1c2d3e --sim`')
  })

  it('tells trouble once per reason, and its end', () => {
    const { bus, start, plan, lane, write, lines } = open()
    start()
    plan()
    lines()
    for (let at = 0; at < 3; at += 1) {
      lane({ state: 'paused', reason: 'banned until 14:05:10 UTC' })
      lane({ state: 'open' })
    }
    lane({ state: 'blocked', reason: 'the venue blocks this address' })
    bus.emit('db:wait', { reason: 'nothing answers there', waitedMs: 200 })
    vi.advanceTimersByTime(30_000)
    bus.emit('db:wait', { reason: 'nothing answers there', waitedMs: 30_200 })
    write(1)
    for (let at = 0; at < 2; at += 1) bus.emit('note', { message: 'two\nlines' })
    expect(lines().map((line) => line.slice(11))).toEqual([
      '13:52:44 UTC backfill ohlcv| lane direct is paused: banned until 14:05:10 UTC',
      '13:52:44 UTC backfill ohlcv| lane direct is open again',
      '13:52:44 UTC backfill ohlcv| lane direct is blocked: the venue blocks this address',
      '13:52:44 UTC backfill ohlcv| waiting for the database: nothing answers there',
      '13:53:14 UTC backfill ohlcv| the database is back after 30s',
      '13:53:14 UTC backfill ohlcv| two lines',
    ])
  })

  it('counts of a stream what came since the last heartbeat', () => {
    const { bus, start, write, lines } = open('stream')
    start()
    openHeartbeat(bus, 60_000)
    bus.emit('stream:figures', { ...FIGURES, live: 0 })
    bus.emit('stream:figures', FIGURES)
    write(12)
    vi.advanceTimersByTime(60_000)
    vi.advanceTimersByTime(60_000)
    expect(lines()).toEqual([
      '2026-02-01 13:52:44 UTC stream| Started',
      '2026-02-01 13:52:44 UTC stream| Running: 3 symbols over 1 connection',
      '2026-02-01 13:53:44 UTC stream| OHLCV: 12| LQ: 0| TV: 0',
      '2026-02-01 13:54:44 UTC stream| OHLCV: 0| LQ: 0| TV: 0',
    ])
  })

  it('tells of a stream whose feed is not up only what was written', () => {
    const { bus, start, write, lines } = open('stream')
    start()
    openHeartbeat(bus, 60_000)
    bus.emit('stream:figures', { ...FIGURES, live: 0 })
    vi.advanceTimersByTime(60_000)
    write(12)
    vi.advanceTimersByTime(60_000)
    vi.advanceTimersByTime(60_000)
    expect(lines().map((line) => line.slice(11))).toEqual([
      '13:52:44 UTC stream| Started',
      '13:54:44 UTC stream| OHLCV: 12| LQ: 0| TV: 0',
    ])
  })

  it('is coloured only on request', () => {
    const { start, plan, done, lines } = open('backfill ohlcv', true)
    start()
    plan()
    done('Stopped')
    const [first, last] = lines()
    expect(first).toContain('\u001b[36mbackfill ohlcv\u001b[39m|')
    expect(last).toContain('| \u001b[33mStopped: ')
  })

  it.each([
    ['SIGINT', 'Ctrl-C again ends now'],
    ['SIGTERM', 'a second SIGTERM ends now'],
  ])('says at once that it stops at %s', (signal, again) => {
    const { bus, start, lines } = open()
    start()
    bus.emit('run:stopping', { signal })
    expect(lines()).toEqual([
      `2026-02-01 13:52:44 UTC backfill ohlcv| stopping: writing what is in hand; ${again}`,
    ])
  })

  it('is silent once closed', async () => {
    const { start, plan, display, lines } = open()
    start()
    await display.close()
    plan()
    vi.advanceTimersByTime(600_000)
    expect(lines()).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })
})
