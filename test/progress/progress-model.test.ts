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
    expect(model.total).toEqual({ rows: 1_000, plannedRows: 1_010, requests: 2, fraction: 1_000 / 1_010 })
    expect(model.firstPlan).toEqual({ datasets: ['ohlcv'], rows: 1_000, requests: 2 })
  })

  it('counts requests as they are sent: one that answers for several symbols is one', () => {
    const { bus, plan } = createRun()
    const model = new ProgressModel(bus, () => 0)
    plan(1_000, 3)
    const window = { from: 0, to: 60_000 }
    for (const requests of [1, 0, 0])
      bus.emit('page:fetched', {
        lane: 'direct',
        dataset: 'ohlcv',
        symbol: 'A',
        rows: 1,
        window,
        weight: 1,
        requests,
      })
    expect(model.total.requests).toBe(1)
    expect(model.datasets.get('ohlcv')?.costsLeft).toEqual({ weight: 0 })
  })

  it('has a measure where nobody knows the number of rows before', () => {
    const { bus } = createRun()
    const model = new ProgressModel(bus, () => 0)
    const work = { dataset: 'funding' as const, rows: 0, minutes: 40, requests: 4, costs: {} }
    bus.emit('run:plan', { symbols: 1, jobs: [work] })
    const perDataset = { funding: { rows: 1, covered: 10 * 60_000 } }
    bus.emit('batch:written', { rows: 1, inserted: 1, updated: 0, perDataset, ms: 5 })
    expect(model.datasets.get('funding')?.fraction).toBe(0.25)
    expect(model.total).toEqual({ rows: 1, plannedRows: 1, requests: 0, fraction: 0.25 })
  })

  it('is not half done when the few settlements are there and the candles are not', () => {
    const { bus } = createRun()
    const model = new ProgressModel(bus, () => 0)
    const jobs = [
      { dataset: 'ohlcv' as const, rows: 990, minutes: 990, requests: 3, costs: {} },
      { dataset: 'funding' as const, rows: 0, minutes: 990, requests: 10, costs: {} },
    ]
    bus.emit('run:plan', { symbols: 1, jobs })
    bus.emit('dataset:done', { dataset: 'funding', end: 'done' })
    expect(model.total.fraction).toBe(0.01)
  })

  it('knows what waits from the start, and puts the plan in the place of the bound once it can begin', () => {
    const { bus, plan } = createRun()
    const model = new ProgressModel(bus, () => 0)
    const work = { dataset: 'rsi' as const, rows: 900, minutes: 900, requests: 0, costs: {} }
    bus.emit('run:bound', { jobs: [work] })
    plan(1_000, 2)
    expect(model.total).toEqual({ rows: 0, plannedRows: 1_900, requests: 0, fraction: 0 })
    expect(model.datasets.get('rsi')?.isWaiting).toBe(true)
    bus.emit('run:plan', { symbols: 1, jobs: [{ ...work, rows: 886, minutes: 886 }] })
    expect(model.total.plannedRows).toBe(1_886)
    expect(model.datasets.get('rsi')?.isWaiting).toBe(false)
  })

  it('tells no time for the whole while that of a part is unknown', () => {
    const { bus, plan, write } = createRun()
    let now = 0
    const model = new ProgressModel(bus, () => now)
    plan(1_000, 2)
    bus.emit('run:plan', {
      symbols: 1,
      jobs: [{ dataset: 'funding', rows: 0, minutes: 500, requests: 1, costs: {} }],
    })
    now = 10_000
    write(500)
    expect(model.eta(now)).toBe(null)
    bus.emit('dataset:done', { dataset: 'funding', end: 'done' })
    expect(model.eta(now)).toBe(1_000)
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
    expect([model.datasets.size, model.lanes.size]).toEqual([1, 1])
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
