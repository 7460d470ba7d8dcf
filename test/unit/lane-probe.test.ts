import { describe, expect, it } from 'vitest'
import { LaneProber } from '../../src/lib/http/lane-probe.ts'
import type { BudgetAnswer, BudgetBroker } from '../../src/lib/rate/shared-budget.ts'
import { systemClock } from '../../src/lib/time/clock.ts'
import { startSimulator, type VenueSimulator } from '../../src/sim/index.ts'
import { createBinance } from '../../src/venues/binance/index.ts'

const brokerThatGrants = (answer: Partial<BudgetAnswer>): BudgetBroker => ({
  ask: async ({ credit, want }) => ({
    credit: credit + want,
    waitMs: 0,
    holders: 1,
    fallback: 0,
    ...answer,
  }),
})

const openProber = (
  simulator: VenueSimulator,
  broker?: BudgetBroker,
  requestTimeoutMs = 10_000,
): LaneProber<number> =>
  new LaneProber({
    api: createBinance({ binanceRestUrl: simulator.restUrl }),
    clock: systemClock,
    venueNow: () => Date.now(),
    proxies: [],
    usesDirect: true,
    concurrency: 1,
    requestTimeoutMs,
    ...(broker ? { broker } : {}),
  })

const { signal } = new AbortController()

describe('a lane that is probed', () => {
  it('is asked three times, and tells the venue\u2019s time and how long it took', async () => {
    await using simulator = await startSimulator({ clock: { startAt: Date.UTC(2026, 1, 1), rate: 0 } })
    await using prober = openProber(simulator, brokerThatGrants({}))
    const [probe] = await prober.probeAll(signal)
    expect(probe).toMatchObject({ lane: 'direct', failure: undefined, state: { state: 'open' } })
    expect(probe?.answers.map(({ value }) => value)).toEqual(Array(3).fill(Date.UTC(2026, 1, 1)))
    for (const { ms } of probe?.answers ?? []) expect(ms).toBeGreaterThan(0)
    expect(simulator.stats().requests).toEqual({ '/fapi/v1/time': 3 })
  })

  it('is not asked while others have spent its budget', async () => {
    await using simulator = await startSimulator()
    await using prober = openProber(simulator, brokerThatGrants({ credit: 0, waitMs: 30_000 }), 100)
    const [probe] = await prober.probeAll(signal)
    expect(probe?.answers).toEqual([])
    expect(probe?.failure).toMatchObject({ kind: 'budget' })
    expect(simulator.stats().requests).toEqual({})
  })

  it('is asked once where the venue bans it, and where the connection fails', async () => {
    await using simulator = await startSimulator({ faults: [{ kind: '418', ms: 60_000, count: 1 }] })
    await using prober = openProber(simulator)
    const [banned] = await prober.probeAll(signal)
    expect(banned).toMatchObject({
      failure: { kind: 'setback', type: 'http_418' },
      state: { state: 'paused' },
    })
    expect(simulator.stats().requests).toEqual({ '/fapi/v1/time': 1 })
    await simulator.close()
    await using other = openProber(simulator)
    const [down] = await other.probeAll(signal)
    expect(down).toMatchObject({ answers: [], failure: { kind: 'setback', type: 'network' } })
  })

  it('is told to end by a signal', async () => {
    await using simulator = await startSimulator({ faults: [{ kind: 'hang' }] })
    await using prober = openProber(simulator)
    await expect(prober.probeAll(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
  })
})
