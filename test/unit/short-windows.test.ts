import { Agent } from 'undici'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Lane } from '../../src/lib/http/lane.ts'
import { LanePool } from '../../src/lib/http/lane-pool.ts'
import { Ledger } from '../../src/lib/rate/ledger.ts'
import { SymbolLedgers } from '../../src/lib/rate/symbol-ledgers.ts'
import { type Budget, tellsLeft } from '../../src/lib/venue/budget.ts'
import { type Arrival, heaviestWindow } from '../helpers/spender.ts'

const { signal } = new AbortController()
const WINDOW = 2_000
const MINUTE = 60_000

beforeEach(() => {
  vi.useFakeTimers({ now: 0, toFake: ['Date', 'setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

function openPool(budget: Budget, concurrency = 64): LanePool {
  const ledger =
    budget.scope === 'address+symbol'
      ? new SymbolLedgers(budget, (one) => new Ledger(one))
      : new Ledger(budget)
  return new LanePool({
    lanes: [new Lane('direct', new Agent(), [ledger], true)],
    clock: { now: () => Date.now(), sleep: async () => {} },
    concurrency,
    maxPauseMs: MINUTE,
    onWait: () => {},
  })
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** How long the way to the venue takes, and that back; by the number of the request. */
type Way = (request: number) => readonly [number, number]

/** Sends as fast as the budget lets it for three minutes; what came when, by the clock of the venue. */
async function sendThrough(budget: Budget, wayOf: Way): Promise<Arrival[]> {
  const pool = openPool(budget)
  const arrivals: Arrival[] = []
  let asked = 0
  const work = async (): Promise<void> => {
    for (;;) {
      const passage = await pool.acquire({ costs: { [budget.pool]: 1 } }, signal)
      const [there, back] = wayOf(asked)
      asked += 1
      await sleep(there)
      arrivals.push({ at: Date.now(), weight: 1, holder: 0 })
      await sleep(back)
      pool.release(passage, { headers: {} })
    }
  }
  for (let count = 0; count < 64; count += 1) void work()
  await vi.advanceTimersByTimeAsync(3 * MINUTE)
  return arrivals
}

const CANDLES: Budget = { pool: 'candles', limit: 40, windowMs: WINDOW }

/** Of what the limit allows in the last two minutes. */
const shareOf = (arrivals: readonly Arrival[], { limit, windowMs }: Budget): number =>
  arrivals.filter(({ at }) => at >= MINUTE).length / ((2 * MINUTE * limit) / windowMs)

const even =
  (there: number, back: number): Way =>
  () => [there, back]

/** Up to so much longer, in a fixed disorder. */
const uneven =
  (there: number, back: number, most: number): Way =>
  (request) => [there + ((request * 7_919) % most), back + ((request * 104_729) % most)]

describe('a limit of two seconds', () => {
  it.each<[string, Way]>([
    ['1 ms', even(0, 1)],
    ['60 ms', even(30, 30)],
    ['200 ms', even(100, 100)],
    ['200 ms, nearly all of it there', even(199, 1)],
    ['200 ms, nearly all of it back', even(1, 199)],
    ['60 ms and up to 18 more', uneven(30, 30, 10)],
    ['200 ms and up to 28 more', uneven(100, 100, 15)],
  ])('is spent to 97 % and never exceeded at %s of round trip', async (_, way) => {
    const arrivals = await sendThrough(CANDLES, way)
    expect(heaviestWindow(arrivals, WINDOW)).toBe(CANDLES.limit)
    expect(shareOf(arrivals, CANDLES)).toBeGreaterThanOrEqual(0.97)
  })

  it.each([5, 10])('of %d requests is spent as far', async (limit) => {
    const budget = { ...CANDLES, limit }
    const arrivals = await sendThrough(budget, even(100, 100))
    expect(heaviestWindow(arrivals, WINDOW)).toBe(limit)
    expect(shareOf(arrivals, budget)).toBeGreaterThanOrEqual(0.97)
  })

  it('is not exceeded while the first connections are opened, nor where the way grows shorter', async () => {
    const way: Way = (request) => (request < 64 ? [250, 50] : request < 1_500 ? [100, 100] : [95, 95])
    const arrivals = await sendThrough(CANDLES, way)
    expect(heaviestWindow(arrivals, WINDOW)).toBe(CANDLES.limit)
  })

  it('of a key, which lanes with other ways spend too, counts until a window after the answer', async () => {
    const budget: Budget = { ...CANDLES, scope: 'key' }
    const arrivals = await sendThrough(budget, even(100, 100))
    expect(shareOf(arrivals, budget)).toBe(0.9)
  })
})

describe('a limit of each symbol', () => {
  const FUNDING: Budget = { pool: 'funding', limit: 2, windowMs: WINDOW, scope: 'address+symbol' }

  it('lets one symbol wait and others go', async () => {
    const pool = openPool(FUNDING)
    const served: string[] = []
    const ask = async (subject: string): Promise<void> => {
      const passage = await pool.acquire({ costs: { funding: 1 }, subject }, signal)
      served.push(`${subject} ${Date.now()}`)
      pool.release(passage, { headers: {} })
    }
    for (const symbol of ['A-USDT-SWAP', 'A-USDT-SWAP', 'A-USDT-SWAP', 'xyz:NVDA', 'xyz:NVDA'])
      void ask(symbol)
    await vi.advanceTimersByTimeAsync(1_999)
    expect(served).toEqual(['A-USDT-SWAP 0', 'A-USDT-SWAP 0', 'xyz:NVDA 0', 'xyz:NVDA 0'])
    await vi.advanceTimersByTimeAsync(1)
    expect(served.at(-1)).toBe('A-USDT-SWAP 2000')
    expect(pool.lanes[0]?.state(Date.now()).budgets).toEqual([{ pool: 'funding', used: 1, limit: 2 }])
  })
})

describe('a cost that only the answer tells', () => {
  it('is reserved at its most and settled by the answer', async () => {
    const pool = openPool({ pool: 'weight', limit: 100, windowMs: MINUTE })
    const costs = { weight: 100 }
    const passage = await pool.acquire({ costs }, signal)
    const [lane] = pool.lanes
    expect(lane?.waitFor({ costs: { weight: 1 } }, 0)).toBe(Number.POSITIVE_INFINITY)
    pool.release(passage, { headers: {}, costs: { weight: 28 } })
    expect(lane?.state(0).budgets).toEqual([{ pool: 'weight', used: 28, limit: 100 }])
    expect(lane?.waitFor({ costs: { weight: 72 } }, 0)).toBe(0)
    expect(lane?.waitFor({ costs: { weight: 73 } }, 0)).toBe(MINUTE)
  })

  it('is all that was reserved where there was no answer, or a larger one', async () => {
    const pool = openPool({ pool: 'weight', limit: 100, windowMs: MINUTE })
    pool.release(await pool.acquire({ costs: { weight: 20 } }, signal), undefined)
    pool.release(await pool.acquire({ costs: { weight: 20 } }, signal), {
      headers: {},
      costs: { weight: 99 },
    })
    expect(pool.lanes[0]?.state(0).budgets[0]?.used).toBe(40)
  })
})

describe('a header that tells what is left', () => {
  it('counts what others have spent', async () => {
    const readUsed = tellsLeft('x-bapi-limit-status')
    const pool = openPool({ pool: 'weight', limit: 50, windowMs: MINUTE, readUsed })
    const passage = await pool.acquire({ costs: { weight: 1 } }, signal)
    pool.release(passage, { headers: { 'x-bapi-limit-status': '20' } })
    expect(pool.lanes[0]?.state(0).budgets[0]?.used).toBe(30)
    expect([{}, { 'x-bapi-limit-status': 'many' }].map((headers) => readUsed(headers, 50))).toEqual([
      undefined,
      undefined,
    ])
  })
})
