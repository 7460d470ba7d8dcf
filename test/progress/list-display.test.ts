import { stripVTControlCharacters } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openListDisplay } from '../../src/lib/progress/list-display.ts'
import { createRedactor } from '../../src/lib/text/secrets.ts'
import { displayWidth } from '../../src/lib/text/width.ts'
import { createRun, START } from './events.ts'
import { Sink } from './sink.ts'

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

async function open(columns: number, isColored = false) {
  const run = createRun()
  const stream = new Sink(columns)
  const display = openListDisplay(run.bus, { stream, isColored, redactor: createRedactor(['hunter2']) })
  run.start()
  // The packages that it draws with are loaded on demand.
  await vi.waitFor(() => expect(stream.take()).toContain('Started'), { interval: 5, timeout: 20_000 })
  return { ...run, stream, display }
}

function runLanes({ page, lane, write }: Awaited<ReturnType<typeof open>>, count: number): void {
  for (let at = 0; at < count; at += 1) {
    const name = at === 0 ? 'direct' : `proxy-${at}`
    page(499, name)
    lane({ lane: name, ...(at === 1 ? { state: 'paused', reason: 'banned until 14:05:10 UTC' } : {}) })
  }
  write(499 * count)
}

const linesOf = (text: string): string[] =>
  stripVTControlCharacters(text)
    .split(/[\r\n]+/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')

describe('on a terminal', () => {
  it('shows the tiers, a line per lane, and leaves the end on the screen', async () => {
    const run = await open(120)
    run.plan()
    await settle()
    runLanes(run, 3)
    run.stream.take()
    vi.advanceTimersByTime(500)
    expect(linesOf(run.stream.take())).toEqual([
      '❯ Running  1 %, ETA 1m 21s, 1,497 of 120,960 rows, 1,497 rows/s, 3 requests',
      '    ohlcv direct   1 %  499 rows  499 rows/s  weight 492/2,400  4 in flight  ETA 1m 21s',
      '    ohlcv proxy-1  paused: banned until 14:05:10 UTC',
      '    ohlcv proxy-2  1 %  499 rows  499 rows/s  weight 492/2,400  4 in flight  ETA 1m 21s',
      '    13:52:44 UTC lane proxy-1 is paused: banned until 14:05:10 UTC',
    ])
    run.done('Completed', { failed: [{ symbol: 'AUSDT', dataset: 'ohlcv', reason: 'refused hunter2' }] })
    await run.display.close()
    const end = run.stream.take()
    expect(linesOf(end).slice(-5)).toEqual([
      '✔ Started  backfill ohlcv  2026-02-01 13:52:44 UTC  3 symbols, 120,960 rows in 246 requests',
      '✔ Running  1 %, ETA 1m 21s, 1,497 of 120,960 rows, 1,497 rows/s, 3 requests',
      '✔ Completed: 120,960 rows (120,958 new, 2 changed) in 246 requests, 2m 03s, 14 minutes absent at the venue',
      '  AUSDT ohlcv: refused ***',
      '  details: `perpctl errors --run 6f1c2d3e`',
    ])
    expect(end.lastIndexOf('\u001b[?25h')).toBeGreaterThan(end.lastIndexOf('\u001b[?25l'))
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

  it.each([20, 40, 80, 120])('never writes a line wider than a screen of %d columns', async (columns) => {
    const run = await open(columns)
    run.plan()
    await settle()
    runLanes(run, 12)
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

  it('folds what does not fit into eight lines', async () => {
    const run = await open(100)
    run.plan()
    await settle()
    runLanes(run, 40)
    run.stream.take()
    vi.advanceTimersByTime(500)
    const lines = linesOf(run.stream.take()).slice(1)
    expect(lines).toHaveLength(8)
    expect(lines.slice(-2)).toEqual([
      '    34 more lanes  16,966 rows/s, 136 in flight',
      '    13:52:44 UTC lane proxy-1 is paused: banned until 14:05:10 UTC',
    ])
  })

  it('draws twice a second, however much happens', async () => {
    const run = await open(100)
    run.plan()
    await settle()
    runLanes(run, 1)
    vi.advanceTimersByTime(500)
    run.stream.take()
    for (let at = 0; at < 1_000; at += 1) run.page(10)
    expect(run.stream.take()).toBe('')
    vi.advanceTimersByTime(1_000)
    expect(run.stream.take().split('Running').length - 1).toBeLessThanOrEqual(2)
  })

  it('erases the rows that a narrower screen has broken its lines into', async () => {
    const run = await open(120)
    run.plan()
    await settle()
    runLanes(run, 1)
    vi.advanceTimersByTime(500)
    run.stream.take()
    run.stream.columns = 40
    vi.advanceTimersByTime(500)
    const text = run.stream.take()
    // Started takes 3 rows of 40 columns, Running and its line 2 and 3: 5 more than the 3 lines that were drawn.
    expect(text.startsWith('\u001b[2K\u001b[1A'.repeat(5))).toBe(true)
    expect(text.startsWith('\u001b[2K\u001b[1A'.repeat(6))).toBe(false)
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

  it('gives the cursor back when the process leaves at once', async () => {
    const before = process.listeners('exit')
    const { display, stream } = await open(80)
    const [added] = process.listeners('exit').filter((listener) => !before.includes(listener))
    stream.take()
    added?.(130)
    expect(stream.take()).toBe('\u001b[?25h')
    await display.close()
    expect(process.listeners('exit')).toEqual(before)
  })
})
