import { describe, expect, it } from 'vitest'
import { ProgressModel } from '../../src/lib/progress/progress-model.ts'
import { RateWindow } from '../../src/lib/progress/rate-window.ts'
import { createRun } from './events.ts'

describe('the model of a run', () => {
  it('adds a later plan to what is done', () => {
    const { bus, start, plan, page, write } = createRun()
    const model = new ProgressModel(bus, () => 0)
    start()
    plan(1_000, 2)
    page(500)
    page(500)
    write(1_000)
    expect(model.total.fraction).toBe(1)
    plan(10, 1)
    expect([model.total.plannedRows, model.total.plannedRequests, model.total.requests]).toEqual([
      1_010, 3, 2,
    ])
    expect(model.firstPlan).toEqual({ datasets: ['ohlcv'], rows: 1_000, requests: 2 })
  })

  it('has a measure where nobody knows the number of rows before', () => {
    const { bus, page } = createRun()
    const model = new ProgressModel(bus, () => 0)
    bus.emit('run:plan', { symbols: 1, jobs: [{ dataset: 'ohlcv', rows: 0, requests: 4 }] })
    page(0)
    expect(model.datasets.get('ohlcv')?.fraction).toBe(0.25)
  })

  it('does not grow with symbols, pages and failures', () => {
    const { bus, start, page, fail, lane } = createRun()
    const model = new ProgressModel(bus, () => 0)
    start()
    const window = { from: 0, to: 1 }
    for (let at = 0; at < 10_000; at += 1) {
      bus.emit('page:fetched', {
        lane: 'direct',
        dataset: 'ohlcv',
        symbol: `S${at}`,
        rows: 1,
        window,
        weight: 1,
        requests: 1,
      })
      bus.emit('job:done', { dataset: 'ohlcv', symbol: `S${at}` })
      fail()
    }
    lane({})
    page(1)
    expect([model.datasets.size, model.lanes.size, model.lanes.get('direct')?.datasets.size]).toEqual([
      1, 1, 1,
    ])
    expect(JSON.stringify(model).length).toBeLessThan(2_000)
    expect(model.counts).toMatchObject({ requests: 10_001, rowsFetched: 10_001, errors: 10_000 })
  })

  it('looks at nothing more once disposed', () => {
    const { bus, page } = createRun()
    const model = new ProgressModel(bus, () => 0)
    model[Symbol.dispose]()
    page(1)
    expect(model.rowsFetched).toBe(0)
  })
})

describe('a rate', () => {
  it('is that of the last minute and fades when nothing comes', () => {
    const rate = new RateWindow()
    expect(rate.perSecond(0)).toBe(0)
    for (let second = 0; second < 120; second += 1) rate.add(second < 60 ? 1_000 : 10, second * 1_000)
    expect(rate.perSecond(119_999)).toBe(10)
    expect(rate.perSecond(149_999)).toBe(5)
    expect(rate.perSecond(1_000_000)).toBe(0)
  })

  it('is not inflated by its first moment', () => {
    const rate = new RateWindow()
    rate.add(500, 10_000)
    expect(rate.perSecond(10_001)).toBe(500)
    expect(rate.perSecond(20_000)).toBe(50)
  })
})
