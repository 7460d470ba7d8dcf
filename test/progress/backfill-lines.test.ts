import { describe, expect, it } from 'vitest'
import type { Dataset } from '../../src/lib/model/market.ts'
import { backfillLines } from '../../src/lib/progress/backfill-lines.ts'
import { ProgressModel } from '../../src/lib/progress/progress-model.ts'
import { displayWidth } from '../../src/lib/text/width.ts'
import { createRun, START } from './events.ts'

const MINUTE = 60_000

/** Half a minute of `backfill all`: one part in the middle, one over, one that lacks something, two that wait. */
function createScene(waitMs = 86_000) {
  const { bus, start, lane } = createRun('backfill all')
  let now = START
  const model = new ProgressModel(
    bus,
    () => now,
    (costs) => ('request-weight' in costs ? waitMs : 0),
  )
  const plan = (dataset: Dataset, rows: number, minutes: number, costs = {}) =>
    bus.emit('run:plan', { symbols: 3, jobs: [{ dataset, rows, minutes, requests: 100, costs }] })
  const write = (dataset: Dataset, rows: number, minutes: number) => {
    const perDataset = { [dataset]: { rows, covered: minutes * MINUTE } }
    bus.emit('batch:written', { rows, inserted: rows, updated: 0, perDataset, ms: 1 })
  }
  start()
  const waiting = { rows: 43_200, minutes: 43_200, requests: 0, costs: {} }
  bus.emit('run:bound', { jobs: [{ dataset: 'rsi', ...waiting }] })
  plan('ohlcv', 43_200, 43_200, { 'request-weight': 200 })
  plan('funding', 0, 43_200)
  plan('oi', 8_640, 8_640)
  now += 12_000
  write('funding', 90, 43_200)
  write('oi', 4_000, 4_000)
  bus.emit('dataset:done', { dataset: 'oi', end: 'partial' })
  now += 18_000
  write('ohlcv', 16_578, 16_578)
  const budgets = [
    { pool: 'request-weight', used: 1_204, limit: 2_400 },
    { pool: 'funding-requests', used: 3, limit: 500 },
    { pool: 'statistics-requests', used: 0, limit: 1_000 },
  ]
  lane({ inFlight: 16, budgets })
  lane({ lane: 'proxy-1', state: 'paused', reason: 'banned until 14:05:10 UTC', budgets })
  return { bus, model, now: () => now, lane, write }
}

describe('the lines of a backfill', () => {
  it('have one meaning for each number, and a budget once for each lane', () => {
    const { model, now } = createScene()
    const at = (width: number) => backfillLines(model, now(), { width, height: 12 }).map(({ text }) => text)
    expect(at(116)).toEqual([
      '  ohlcv    █████████░░░░░░░░░░░░░░░   38 %  16,578 of 43,200 written  16,578/s  ETA 1m 26s',
      '✔ funding  ████████████████████████  100 %                90 written       8/s  in 12s',
      '! oi       ███████████░░░░░░░░░░░░░   46 %             4,000 written     333/s  in 12s',
      '· rsi                                                   up to 43,200            waits',
      '  lane direct  request-weight 1,204/2,400  funding-requests 3/500  16 in flight',
      '! lane proxy-1  paused: banned until 14:05:10 UTC',
    ])
    expect(at(76)).toEqual([
      '  ohlcv    ███░░░░░░░   38 %  16,578 of 43,200 written  16,578/s  ETA 1m 26s',
      '✔ funding  ██████████  100 %                90 written       8/s  in 12s',
      '! oi       ████░░░░░░   46 %             4,000 written     333/s  in 12s',
      '· rsi                                     up to 43,200            waits',
      '  lane direct  request-weight 1,204/2,400  funding-requests 3/500',
      '    16 in flight',
      '! lane proxy-1  paused: banned until 14:05:10 UTC',
    ])
    expect(at(47)).toEqual([
      '  ohlcv    ██░░░░░   38 %  16,578/s  ETA 1m 26s',
      '✔ funding  ███████  100 %       8/s  in 12s',
      '! oi       ███░░░░   46 %     333/s  in 12s',
      '· rsi                                waits',
      '  lane direct  request-weight 1,204/2,400',
      '    funding-requests 3/500  16 in flight',
      '! lane proxy-1  paused: banned until 14:05:10 …',
    ])
  })

  it('say by a tone and by a mark how a dataset is doing', () => {
    const { bus, model, now } = createScene()
    bus.emit('dataset:done', { dataset: 'ohlcv', end: 'failed' })
    const lines = backfillLines(model, now(), { width: 76, height: 12 })
    expect(lines.map(({ tone, text }) => `${tone} ${text.slice(0, 9).trimEnd()}`)).toEqual([
      'failed ✖ ohlcv',
      'done ✔ funding',
      'partial ! oi',
      'waiting · rsi',
      'plain   lane di',
      'plain     16 in',
      'partial ! lane pr',
    ])
  })

  it('are full where all is done, also where the plan was more than there was to do', () => {
    const { bus, model, now, lane, write } = createScene()
    const line = () => backfillLines(model, now(), { width: 116, height: 12 })[0]?.text
    write('ohlcv', 20_000, 20_000)
    expect(line()).toMatch(/ {2}84 % {2}36,578 of 43,200 written /)
    bus.emit('dataset:done', { dataset: 'ohlcv', end: 'done' })
    expect(line()).toMatch(/^✔ ohlcv {4}█{24} {2}100 % {2}36,578 written /)
    const budgets = [
      { pool: 'request-weight', used: 1_204, limit: 2_400 },
      { pool: 'funding-requests', used: 3, limit: 500 },
      { pool: 'statistics-requests', used: 12, limit: 1_000 },
    ]
    lane({ inFlight: 16, budgets })
    expect(backfillLines(model, now(), { width: 76, height: 12 }).map(({ text }) => text)).toContain(
      '    statistics-requests 12/1,000  16 in flight',
    )
  })

  it('stay where they are when those that waited begin', () => {
    const { bus, model, now, write } = createScene()
    const names = () =>
      backfillLines(model, now(), { width: 116, height: 4 }).map(({ text }) => text.split(/ +/)[1])
    const order = ['ohlcv', 'funding', 'oi', 'rsi']
    expect(names()).toEqual(order)
    bus.emit('run:plan', {
      symbols: 3,
      jobs: [{ dataset: 'rsi', rows: 10, minutes: 10, requests: 0, costs: {} }],
    })
    write('rsi', 5, 5)
    expect(names()).toEqual(order)
  })

  it('keep the rate and the duration of what is over', () => {
    const { model, now } = createScene()
    const told = (at: number) =>
      backfillLines(model, at, { width: 116, height: 12 })[1]?.text.split(/ {2,}/).slice(-3)
    expect(told(now())).toEqual(['90 written', '8/s', 'in 12s'])
    expect(told(now() + 3_600_000)).toEqual(['90 written', '8/s', 'in 12s'])
  })

  it('fit any screen', () => {
    const { model, now, lane } = createScene()
    for (let at = 2; at < 40; at += 1) lane({ lane: `proxy-${at}` })
    for (const width of [1, 10, 20, 47, 76, 116, 300]) {
      for (const height of [0, 1, 2, 5, 12]) {
        const lines = backfillLines(model, now(), { width, height })
        expect(lines.length).toBeLessThanOrEqual(height)
        for (const { text } of lines) expect(displayWidth(text)).toBeLessThanOrEqual(width)
      }
    }
    expect(backfillLines(model, now(), { width: 76, height: 7 }).at(-1)?.text).toBe(
      '  39 more lanes, 1 of them not well',
    )
  })
})
