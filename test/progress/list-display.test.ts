import { stripVTControlCharacters } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openDisplay } from '../../src/lib/progress/display.ts'
import { openHeartbeat } from '../../src/lib/progress/heartbeat.ts'
import { openListDisplay } from '../../src/lib/progress/list-display.ts'
import { createRedactor } from '../../src/lib/text/secrets.ts'
import { displayWidth } from '../../src/lib/text/width.ts'
import { createRun, FIGURES, START } from './events.ts'
import { Sink } from './sink.ts'

const ENTER = '\u001b[?1049h\u001b[?25l'
const LEAVE = '\u001b[?25h\u001b[?1049l'

beforeEach(() => {
  vi.useFakeTimers({ now: START, toFake: ['Date', 'setInterval', 'clearInterval'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** listr2 takes a few turns of the event loop to begin and to end. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

async function open(columns: number, isColored = false, script?: string) {
  const run = createRun(script)
  const stream = new Sink(columns)
  const display = openListDisplay(run.bus, { stream, isColored, redactor: createRedactor(['hunter2']) })
  run.start()
  // The packages that it draws with are loaded on demand.
  await vi.waitFor(() => expect(stream.take()).toContain('Started'), { interval: 5, timeout: 120_000 })
  return { ...run, stream, display }
}

function work({ page, lane, write }: Awaited<ReturnType<typeof open>>, lanes: number): void {
  for (let at = 0; at < lanes; at += 1) {
    const name = at === 0 ? 'direct' : `proxy-${at}`
    page(499, name)
    lane({ lane: name, ...(at === 1 ? { state: 'paused', reason: 'banned until 14:05:10 UTC' } : {}) })
  }
  write(499 * lanes)
}

const linesOf = (text: string): string[] =>
  stripVTControlCharacters(text.replaceAll('\u001b[H', '\n').replaceAll(LEAVE, '\n'))
    .split(/[\r\n]+/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')

describe('on a terminal', () => {
  it('shows the tiers and what is worked on, and leaves the end on the screen that was there before', async () => {
    const run = await open(120)
    run.plan()
    await settle()
    work(run, 2)
    run.stream.take()
    vi.advanceTimersByTime(500)
    expect(linesOf(run.stream.take())).toEqual([
      '✔ Started  backfill ohlcv  2026-02-01 13:52:44 UTC  3 symbols, 120,960 rows in 246 requests',
      '❯ Running  0 %, ETA 2m 00s, 998 of 120,960 rows written, 998 rows/s, 2 requests',
      '    ohlcv  ░░░░░░░░░░░░░░░░░░░░░░░░  0 %  998 of 120,960 written  998/s  ETA 2m 00s',
      '    lane direct  weight 492/2,400  4 in flight',
      '  ! lane proxy-1  paused: banned until 14:05:10 UTC',
      '  ! 13:52:44 UTC lane proxy-1 is paused: banned until 14:05:10 UTC',
    ])
    run.done('Completed', { failed: [{ symbol: 'AUSDT', dataset: 'ohlcv', reason: 'refused hunter2' }] })
    await run.display.close()
    const text = run.stream.take()
    expect(linesOf(text.slice(text.lastIndexOf(LEAVE)))).toEqual([
      '✔ Started  backfill ohlcv  2026-02-01 13:52:44 UTC  3 symbols, 120,960 rows in 246 requests',
      '✔ Running  0 %, 998 of 120,960 rows written, 2 requests',
      '✔ Completed: 120,960 rows (120,958 new, 2 changed) in 246 requests, 2m 03s, 14 minutes absent at the venue',
      '  AUSDT ohlcv: refused ***',
      '  details: `perpctl errors --run 6f1c2d3e`',
    ])
  })

  it('shows a stream, with the line that all others hear', async () => {
    const run = await open(80, false, 'stream')
    openHeartbeat(run.bus, 60_000)
    run.bus.emit('stream:figures', FIGURES)
    run.write(3)
    const symbols = [{ symbol: 'BTCUSDT', price: '92629.30', doneUntil: START - 44_000 }]
    run.bus.emit('stream:symbols', { symbols, now: START })
    await settle()
    vi.advanceTimersByTime(60_000)
    run.stream.take()
    vi.advanceTimersByTime(1_000)
    expect(linesOf(run.stream.take())).toEqual([
      '✔ Started  stream  2026-02-01 13:52:44 UTC',
      '❯ Running  3 symbols for 1m 01s',
      '    connections  1 of 1 live',
      '    disconnects  none',
      '    rows         3 written',
      '    spool        empty',
      '    repairs      none',
      '    heartbeat    OHLCV: 3| LQ: 0| TV: 0',
      '    symbol      price  last minute  behind',
      '    BTCUSDT  92629.30        13:51     44s',
    ])
    run.done('Stopped', {}, 'interrupted')
    await run.display.close()
  })

  it.each([
    ['Failed', '✖ Failed: why:'],
    ['Stopped', '◼ Stopped: why:'],
  ] as const)('%s has a sign of its own', async (tier, sign) => {
    const { plan, done, display, stream } = await open(80)
    plan()
    await settle()
    done(tier, {}, 'why')
    await display.close()
    expect(linesOf(stream.take()).some((line) => line.startsWith(sign))).toBe(true)
  })

  it.each([20, 50, 80, 120])('never writes a line wider than a screen of %d columns', async (columns) => {
    const run = await open(columns)
    run.plan()
    await settle()
    work(run, 12)
    run.bus.emit('note', { message: 'a note that is longer than forty columns and must be cut somewhere' })
    vi.advanceTimersByTime(500)
    await settle()
    const reason = 'a reason that is longer than any of the screens: '.repeat(4)
    run.done('Failed', { failed: [{ symbol: 'AUSDT', dataset: 'ohlcv', reason }] }, reason)
    await run.display.close()
    // A command that is to be pasted is whole.
    const lines = linesOf(run.stream.take()).filter((line) => !line.includes('`'))
    const widths = lines.map(displayWidth)
    expect(Math.max(...widths)).toBeLessThanOrEqual(columns)
  })

  it.each([
    [
      95,
      '✔ Started  backfill ohlcv  2026-02-01 13:52:44 UTC  3 symbols, 120,960 rows in 246 requests',
      '❯ Running  0 %, ETA 2m 00s, 998 of 120,960 rows written, 998 rows/s, 2 requests, 1 error',
    ],
    [
      82,
      '✔ Started  backfill ohlcv  13:52:44 UTC  3 symbols, 120,960 rows in 246 requests',
      '❯ Running  0 %, ETA 2m 00s, 998 rows/s, 2 requests, 1 error',
    ],
    [
      67,
      '✔ Started  backfill ohlcv  3 symbols, 120,960 rows in 246 requests',
      '❯ Running  0 %, ETA 2m 00s, 998 rows/s, 2 requests, 1 error',
    ],
    [
      50,
      '✔ Started  backfill ohlcv  3 symbols, 120,960 ro…',
      '❯ Running  0 %, ETA 2m 00s, 2 requests, 1 error',
    ],
  ])('tells in %d columns what fits, in whole words', async (columns, started, running) => {
    const run = await open(columns)
    run.plan()
    await settle()
    work(run, 2)
    run.fail()
    run.stream.take()
    vi.advanceTimersByTime(500)
    expect(linesOf(run.stream.take()).slice(0, 2)).toEqual([started, running])
  })

  it('folds what does not fit into the height of the screen', async () => {
    const run = await open(100)
    run.plan()
    await settle()
    work(run, 40)
    run.stream.rows = 8
    run.stream.take()
    vi.advanceTimersByTime(500)
    const lines = linesOf(run.stream.take())
    expect(lines).toHaveLength(8)
    expect(lines.slice(-3)).toEqual([
      '    lane proxy-2  weight 492/2,400  4 in flight',
      '    37 more lanes',
      '  ! 13:52:44 UTC lane proxy-1 is paused: banned until 14:05:10 UTC',
    ])
  })

  it('draws twice a second, however much happens', async () => {
    const run = await open(100)
    run.plan()
    await settle()
    work(run, 1)
    vi.advanceTimersByTime(500)
    run.stream.take()
    for (let at = 0; at < 1_000; at += 1) run.page(10)
    expect(run.stream.take()).toBe('')
    vi.advanceTimersByTime(1_000)
    expect(run.stream.take().split('Running').length - 1).toBeLessThanOrEqual(2)
  })

  it('says at once that it stops', async () => {
    const run = await open(80)
    run.plan()
    await settle()
    run.stream.take()
    run.bus.emit('run:stopping', { signal: 'SIGINT' })
    expect(linesOf(run.stream.take()).at(-1)).toBe(
      '  ! stopping: writing what is in hand; Ctrl-C again ends now',
    )
  })

  it('draws all of it anew when the terminal is resized, every row cleared', async () => {
    const run = await open(120)
    run.plan()
    await settle()
    work(run, 1)
    run.stream.take()
    run.stream.columns = 40
    run.stream.emit('resize')
    const text = run.stream.take()
    expect(text.startsWith('\u001b[H')).toBe(true)
    expect(text.endsWith('\u001b[K\u001b[J')).toBe(true)
    expect(text.split('\r\n').every((line) => line.includes('\u001b[K'))).toBe(true)
    expect(Math.max(...linesOf(text).map(displayWidth))).toBeLessThan(40)
    await run.display.close()
    expect(run.stream.listenerCount('resize')).toBe(0)
  })

  it('ends quietly when the run breaks off, and shows nothing of a run that never began', async () => {
    const { plan, display, stream } = await open(80)
    plan()
    await settle()
    await display.close()
    expect(linesOf(stream.take())).toContain('◼ Running  ended early')
    expect(vi.getTimerCount()).toBe(0)
    const idle = new Sink(80)
    await openListDisplay(createRun().bus, { stream: idle, isColored: false }).close()
    expect(idle.take()).toBe('')
  })

  it('gives the other screen and the cursor back when the process leaves at once', async () => {
    const before = process.listeners('exit')
    const counts = () => ['SIGTSTP', 'SIGCONT'].map((name) => process.listenerCount(name))
    const countsBefore = counts()
    const { display, stream } = await open(80)
    expect(stream.all).toContain(ENTER)
    const [added] = process.listeners('exit').filter((listener) => !before.includes(listener))
    stream.take()
    added?.(130)
    expect(stream.take()).toBe(LEAVE)
    await display.close()
    expect(process.listeners('exit')).toEqual(before)
    expect(counts()).toEqual(countsBefore)
  })

  it('is a list on a terminal that can draw one alone', async () => {
    const lines = async (terminal: string): Promise<string> => {
      const run = createRun()
      const stream = new Sink(80)
      const display = await openDisplay(run.bus, { stream, isColored: false }, terminal)
      run.start()
      run.plan()
      await settle()
      run.done()
      await display.close()
      return stream.take()
    }
    expect(await lines('dumb')).not.toContain('\u001b')
    expect(await lines('xterm')).toContain(ENTER)
  })
})
