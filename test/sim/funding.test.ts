import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BinanceSimulator, type FundingRow, startBinanceSimulator } from '../../src/sim/binance/index.ts'
import { ask, type Parameters } from '../helpers/simulator.ts'

const HOUR = 3_600_000
const NOW = Date.UTC(2026, 4, 3, 12)
const FROM = Date.UTC(2026, 3, 1)

let simulator: BinanceSimulator
beforeAll(async () => {
  simulator = await startBinanceSimulator({
    clock: { startAt: NOW, rate: 0 },
    hasLimits: false,
    fundingWithRateType: true,
  })
})
afterAll(() => simulator.close())

const read = async (parameters: Parameters): Promise<FundingRow[]> =>
  JSON.parse((await ask(`${simulator.restUrl}/fapi/v1/fundingRate`, parameters)).text)

const hours = (rows: readonly FundingRow[]): number[] =>
  rows.map((row) => Math.round((row.fundingTime - FROM) / HOUR))

describe('the funding rates', () => {
  it('are settled each 8, 4 or 1 hours, a few milliseconds late', async () => {
    const range = { startTime: FROM, limit: 4 }
    expect(hours(await read({ symbol: 'BTCUSDT', ...range }))).toEqual([0, 8, 16, 24])
    expect(hours(await read({ symbol: 'TRBUSDT', ...range }))).toEqual([0, 4, 8, 12])
    expect(hours(await read({ symbol: 'MYXUSDT', ...range }))).toEqual([0, 1, 2, 3])
    const jitters = (await read({ symbol: 'BTCUSDT', startTime: FROM, limit: 90 })).map(
      (row) => row.fundingTime % HOUR,
    )
    expect(new Set(jitters)).toEqual(new Set([0, 1, 2, 5, 7, 18]))
  })

  it('change their interval in time, and one is off schedule', async () => {
    const change = Date.UTC(2025, 5, 1)
    const rows = await read({ symbol: 'ARBUSDT', startTime: change - 10 * HOUR, limit: 4 })
    expect(rows.map((row) => Math.round((row.fundingTime - change) / HOUR))).toEqual([-8, 0, 4, 8])
    const special = Date.UTC(2025, 9, 10, 22)
    const around = await read({ symbol: 'ARBUSDT', startTime: special - 2 * HOUR, limit: 3 })
    expect(around.map((row) => row.rateType)).toEqual(['Regular', 'Special', 'Regular'])
  })

  it('come from start to end, both inclusive on the time as sent', async () => {
    const all = await read({ symbol: 'BTCUSDT', startTime: FROM, limit: 1_000 })
    const late = all.find((row) => row.fundingTime % HOUR > 0)
    const time = late?.fundingTime ?? 0
    expect(await read({ symbol: 'BTCUSDT', startTime: time, endTime: time })).toEqual([late])
    expect(await read({ symbol: 'BTCUSDT', startTime: time + 1, endTime: time + HOUR })).toEqual([])
    expect(all.at(-1)?.fundingTime).toBeLessThanOrEqual(NOW)
  })

  it('are the newest hundred where no time is given', async () => {
    const rows = await read({ symbol: 'BTCUSDT' })
    expect(rows).toHaveLength(100)
    expect(rows).toEqual(simulator.truth.funding('BTCUSDT', { from: 0, to: NOW + 1 }).slice(-100))
  })

  it('of all symbols are merged by time', async () => {
    const rows = await read({ startTime: FROM, limit: 200 })
    expect(rows.map((row) => row.fundingTime)).toEqual(
      rows.map((row) => row.fundingTime).toSorted((a, b) => a - b),
    )
    expect(new Set(rows.map((row) => row.symbol)).size).toBeGreaterThan(30)
  })

  it('have no mark price on old rows, and eight decimals on others', async () => {
    const [old] = await read({ symbol: 'BTCUSDT', startTime: 0, limit: 1 })
    expect(old).toMatchObject({ markPrice: '', symbol: 'BTCUSDT' })
    expect(Math.floor((old?.fundingTime ?? 0) / 1_000)).toBe(Date.UTC(2019, 8, 10, 8) / 1_000)
    const [row] = await read({ symbol: 'BTCUSDT', startTime: FROM, limit: 1 })
    expect(row?.markPrice).toMatch(/^\d+\.\d{8}$/)
    expect(row?.fundingRate).toMatch(/^-?0\.\d{8}$/)
  })

  it('refuse a limit above 1000 and an unknown symbol', async () => {
    expect(await read({ symbol: 'BTCUSDT', limit: 1_001 })).toMatchObject({ code: -1130 })
    expect(await read({ symbol: 'FTTUSDT' })).toMatchObject({ code: -1121 })
  })

  it('tell adjusted intervals only, coin-margined contracts among them', async () => {
    const rows: { symbol: string; fundingIntervalHours: number }[] = JSON.parse(
      (await ask(`${simulator.restUrl}/fapi/v1/fundingInfo`)).text,
    )
    expect(rows.map((row) => [row.symbol, row.fundingIntervalHours])).toEqual([
      ['TRBUSDT', 4],
      ['MYXUSDT', 1],
      ['ARBUSDT', 4],
      ['BTCUSD_PERP', 8],
      ['ETHUSD_PERP', 8],
    ])
  })
})
