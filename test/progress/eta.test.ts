import { Agent } from 'undici'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Lane } from '../../src/lib/http/lane.ts'
import { LanePool } from '../../src/lib/http/lane-pool.ts'
import type { Dataset } from '../../src/lib/model/market.ts'
import { DAY } from '../../src/lib/model/window.ts'
import { estimateJob, type JobEstimate, sumCosts, sumWork } from '../../src/lib/plan/estimate.ts'
import { pagesOf } from '../../src/lib/plan/wanted.ts'
import { ProgressModel } from '../../src/lib/progress/progress-model.ts'
import { Ledger } from '../../src/lib/rate/ledger.ts'
import { createBinance } from '../../src/venues/binance/index.ts'
import { createRun, START } from './events.ts'

const REST = 'https://fapi.binance.com'
const LATENCY = 80
const CONCURRENCY = 16
const USED_HEADER = 'x-mbx-used-weight-1m'
const venue = createBinance({ binanceRestUrl: REST, binanceWsUrl: 'wss://fstream.binance.com' })

beforeEach(() => {
  vi.useFakeTimers({ now: START, toFake: ['Date', 'setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

function createPool(lanes: number) {
  const agent = new Agent()
  const names = Array.from({ length: lanes }, (_, at) => `lane-${at}`)
  const ledgersOf = () => venue.budgets.map((budget) => new Ledger(budget))
  return new LanePool({
    lanes: names.map((name) => new Lane(name, agent, ledgersOf(), true)),
    clock: { now: () => Date.now(), sleep: async () => {} },
    concurrency: CONCURRENCY,
    maxPauseMs: DAY,
    onWait: () => {},
  })
}

const planOf = (datasets: readonly Dataset[], symbols: number, days: number): JobEstimate[] =>
  datasets.flatMap((dataset) => {
    const source = venue.routes[dataset]
    if (!source) throw new Error(`binance has no ${dataset}`)
    const gap = { from: START - days * DAY, to: START }
    return Array.from({ length: symbols }, (_, at) => estimateJob(source, `S${at}USDT`, [gap], START))
  })

/** What each request of a plan costs. */
const requestsOf = (jobs: readonly JobEstimate[]) =>
  jobs.flatMap(({ dataset, symbol, gaps }) => {
    const source = venue.routes[dataset]
    return gaps.flatMap((gap) =>
      source
        ? [...pagesOf(source, gap)].flatMap((page) =>
            source.questions.map((question) => question.request(symbol, page).costs),
          )
        : [],
    )
  })

/** Sends all of it as a backfill does: so many at once on each lane, and answers come after a while. */
async function send(pool: LanePool, jobs: readonly JobEstimate[], onSent: (left: number) => void = () => {}) {
  const { signal } = new AbortController()
  const used = new Map<unknown, { at: number; weight: number }[]>()
  const queue = requestsOf(jobs)
  const all = queue.length
  let sent = 0
  const work = async (): Promise<void> => {
    for (let costs = queue.shift(); costs; costs = queue.shift()) {
      const passage = await pool.acquire({ costs }, signal, true)
      const { lane } = passage
      sent += 1
      onSent(all - sent)
      await new Promise((resolve) => setTimeout(resolve, LATENCY))
      const now = Date.now()
      const weights = (used.get(lane) ?? []).filter(({ at }) => at > now - 60_000)
      weights.push({ at: now, weight: costs['request-weight'] ?? 0 })
      used.set(lane, weights)
      const told = weights.reduce((sum, { weight }) => sum + weight, 0)
      pool.release(passage, { headers: { [USED_HEADER]: String(told) } })
    }
  }
  const startedAt = Date.now()
  const workers = Promise.all(Array.from({ length: CONCURRENCY * pool.lanes.length }, work))
  let isOver = false
  void workers.then(() => {
    isOver = true
  })
  while (!isOver) await vi.advanceTimersByTimeAsync(500)
  return Date.now() - startedAt
}

/** What a display tells before the first request. */
function tellEta(pool: LanePool, jobs: readonly JobEstimate[]): number {
  const { bus } = createRun()
  const model = new ProgressModel(
    bus,
    () => Date.now(),
    (costs) => pool.waitForAll(costs),
  )
  bus.emit('run:plan', { symbols: 1, jobs: sumWork(jobs) })
  return model.eta(Date.now()) ?? Number.NaN
}

const OHLCV = ['ohlcv'] as const
const STATISTICS = ['oi', 'lsr'] as const

describe('the time that a run says it will take', () => {
  it.each([
    ['ohlcv', 1, OHLCV, 20, 120],
    ['ohlcv', 3, OHLCV, 60, 120],
    ['oi-lsr', 1, STATISTICS, 60, 30],
    ['oi-lsr', 3, STATISTICS, 180, 30],
  ])(
    'is right by a fifth from the first moment: %s over %d lanes',
    async (_, lanes, datasets, symbols, days) => {
      const pool = createPool(lanes)
      const jobs = planOf(datasets, symbols, days)
      const told = tellEta(pool, jobs)
      const truth = await send(pool, jobs)
      expect(told).toBeGreaterThanOrEqual(60_000)
      expect(Math.abs(told / truth - 1)).toBeLessThan(0.2)
    },
  )

  it('takes what is spent already into account', async () => {
    const pool = createPool(1)
    await send(pool, planOf(OHLCV, 5, 60))
    const jobs = planOf(OHLCV, 20, 120)
    const fresh = tellEta(createPool(1), jobs)
    const told = tellEta(pool, jobs)
    const truth = await send(pool, jobs)
    expect(told).toBeGreaterThan(fresh)
    expect(Math.abs(told / truth - 1)).toBeLessThan(0.2)
  })

  it('counts down while the run goes on', async () => {
    const pool = createPool(1)
    const jobs = planOf(OHLCV, 20, 120)
    const all = sumCosts(jobs.map(({ costs }) => costs))
    const count = requestsOf(jobs).length
    const told: { at: number; eta: number }[] = []
    const startedAt = Date.now()
    const truth = await send(pool, jobs, (left) => {
      const costs = { 'request-weight': ((all['request-weight'] ?? 0) * left) / count }
      if (left % 500 === 0) told.push({ at: Date.now() - startedAt, eta: pool.waitForAll(costs) })
    })
    expect(told.length).toBeGreaterThan(5)
    for (const { at, eta } of told) expect(Math.abs(at + eta - truth)).toBeLessThan(truth / 10)
  })

  it('is that of a dry run: both ask the budgets the same question', () => {
    const pool = createPool(1)
    const jobs = planOf(OHLCV, 20, 120)
    expect(tellEta(pool, jobs)).toBe(pool.waitForAll(sumCosts(jobs.map(({ costs }) => costs))))
  })
})
