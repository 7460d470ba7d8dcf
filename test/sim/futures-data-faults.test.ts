import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type BinanceSimulator,
  type FuturesDataEndpoint,
  startBinanceSimulator,
} from '../../src/sim/binance/index.ts'
import { DAY, ENDPOINTS, frozen, readStatistic, STEP, TIP, timesOf } from '../helpers/futures-data.ts'
import type { Parameters } from '../helpers/simulator.ts'

let simulator: BinanceSimulator
beforeAll(async () => {
  simulator = await startBinanceSimulator(frozen)
})
afterAll(() => simulator.close())
beforeEach(() => simulator.setFaults([]))

const read = (endpoint: FuturesDataEndpoint, parameters: Parameters = {}) =>
  readStatistic(simulator, endpoint, parameters)

describe('a fault', () => {
  const range = { startTime: TIP - DAY, endTime: TIP - DAY + 4 * STEP }
  const FIELDS = {
    openInterestHist: 'sumOpenInterest',
    topLongShortAccountRatio: 'longShortRatio',
    topLongShortPositionRatio: 'longShortRatio',
    globalLongShortAccountRatio: 'longShortRatio',
    takerlongshortRatio: 'buyVol',
  } as const

  it.each(ENDPOINTS)('of the rows spoils %s', async (endpoint) => {
    const good = (await read(endpoint, range)) as unknown as Record<string, string>[]
    const spoiled = async (
      kind: 'nan' | 'negative' | 'hole' | 'unsorted' | 'duplicate-rows' | 'conflicting-rows',
    ) => {
      simulator.setFaults([{ kind, path: endpoint, count: 1 }])
      return (await read(endpoint, range)) as unknown as Record<string, string>[]
    }
    const field = FIELDS[endpoint]
    const middle = good[2] ?? {}
    expect(await spoiled('nan')).toEqual(good.with(2, { ...middle, [field]: 'NaN' }))
    expect(await spoiled('negative')).toEqual(good.with(2, { ...middle, [field]: `-${middle[field]}` }))
    expect(await spoiled('hole')).toEqual(good.toSpliced(2, 1))
    expect(await spoiled('unsorted')).toEqual(good.toReversed())
    expect(await spoiled('duplicate-rows')).toEqual(good.toSpliced(2, 0, middle))
    const conflicting = await spoiled('conflicting-rows')
    expect(conflicting.toSpliced(3, 1)).toEqual(good)
    expect(timesOf(conflicting)[3]).toBe(middle.timestamp)
    expect(conflicting[3]?.[field]).not.toBe(middle[field])
  })

  it.each(ENDPOINTS)('shifted answers %s with today’s tail', async (endpoint) => {
    const tail = await read(endpoint)
    simulator.setFaults([{ kind: 'shifted', count: 1 }])
    expect(await read(endpoint, range)).toEqual(tail)
  })
})
