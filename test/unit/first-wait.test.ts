import { describe, expect, it } from 'vitest'
import { RunEventBus } from '../../src/lib/events.ts'
import { Lane } from '../../src/lib/http/lane.ts'
import { LanePool } from '../../src/lib/http/lane-pool.ts'
import { VenueSession } from '../../src/lib/http/venue-session.ts'
import { Ledger } from '../../src/lib/rate/ledger.ts'
import type { BudgetAnswer, BudgetBroker } from '../../src/lib/rate/shared-budget.ts'
import { systemClock } from '../../src/lib/time/clock.ts'
import { startSimulator } from '../../src/sim/index.ts'
import { createBinance } from '../../src/venues/binance/index.ts'

const { signal } = new AbortController()

/** What a session says whose broker answers this, until it has said something. */
async function listenTo(answer: Partial<BudgetAnswer>): Promise<string> {
  await using simulator = await startSimulator()
  const broker: BudgetBroker = {
    ask: async ({ credit }) => ({
      credit,
      waitMs: Number.POSITIVE_INFINITY,
      holders: 2,
      fallback: 0,
      ...answer,
    }),
  }
  const events = new RunEventBus()
  const told = Promise.withResolvers<string>()
  events.on('note', ({ message }) => told.resolve(message))
  await using session = new VenueSession({
    venue: createBinance({ binanceRestUrl: simulator.restUrl }),
    events,
    clock: systemClock,
    proxies: [],
    usesDirect: true,
    concurrency: 4,
    requestTimeoutMs: 10_000,
    outageMs: 60_000,
    broker,
  })
  const end = new AbortController()
  const asked = session.readTime(end.signal)
  const message = await told.promise
  end.abort(new Error('enough'))
  await expect(asked).rejects.toThrow('enough')
  expect(simulator.stats().requests).toEqual({})
  return message
}

describe('a run whose first question has to wait', () => {
  it('says for how long, and why', async () => {
    expect(await listenTo({ waitMs: 42_900 })).toBe(
      'lane direct waits 42s for the first answer: the budget of this window is spent',
    )
  })

  it('says so too where nobody knows for how long', async () => {
    expect(await listenTo({})).toBe(
      'lane direct waits for the first answer: the budget of this window is spent',
    )
  })
})

describe('a lane', () => {
  const openPool = (limit: number) => {
    const ledger = new Ledger({ pool: 'count', limit, windowMs: 60_000 })
    const dispatcher = { destroy: async () => {} } as unknown as ConstructorParameters<typeof Lane>[1]
    const lane = new Lane('direct', dispatcher, [ledger], true)
    return new LanePool({
      lanes: [lane],
      clock: systemClock,
      concurrency: 1,
      maxPauseMs: 60_000,
      onWait: () => {},
    })
  }

  it('serves first what cannot wait, whoever came first', async () => {
    const pool = openPool(1_000)
    const costs = { count: 1 }
    const first = await pool.acquire({ costs }, signal, true)
    const served: string[] = []
    const take = async (name: string, isBulk: boolean): Promise<void> => {
      const own = await pool.acquire({ costs }, signal, isBulk)
      served.push(name)
      pool.release(own, { headers: {} })
    }
    const all = [take('bulk 1', true), take('bulk 2', true), take('live', false)]
    pool.release(first, { headers: {} })
    await Promise.all(all)
    expect(served).toEqual(['live', 'bulk 1', 'bulk 2'])
    await pool.close()
  })
})
