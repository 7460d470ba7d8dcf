import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BinanceSimulator, type KlineRow, startBinanceSimulator } from '../../src/sim/binance/index.ts'
import { askKlines, hashOf, readKlines } from '../helpers/simulator.ts'

const MINUTE = 60_000
const FROM = Date.UTC(2026, 4, 1)
/** The clock stands still, 40 seconds into a minute. */
const NOW = Date.UTC(2026, 4, 3, 12) + 40_000
const OPEN_MINUTE = NOW - 40_000
const HOLE = { from: FROM + 100 * MINUTE, to: FROM + 103 * MINUTE }
const CORRECTED = FROM + 500 * MINUTE

let simulator: BinanceSimulator
beforeAll(async () => {
  simulator = await startBinanceSimulator({
    clock: { startAt: NOW, rate: 0 },
    hasLimits: false,
    permanentHoles: { LTCUSDT: [HOLE] },
    corrections: [
      { symbol: 'LINKUSDT', openTime: CORRECTED, at: NOW + 1_000, values: { volume: '7.77', trades: '9' } },
    ],
  })
})
afterAll(() => simulator.close())

const openTimes = (rows: readonly KlineRow[]): number[] => rows.map((row) => row[0])
const minutes = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, at) => from + at * MINUTE)

describe('a page of klines', () => {
  it('holds the candles from start to end, both inclusive, oldest first', async () => {
    const rows = await readKlines(simulator, {
      symbol: 'BTCUSDT',
      startTime: FROM,
      endTime: FROM + 4 * MINUTE,
    })
    expect(openTimes(rows)).toEqual(minutes(FROM, 5))
  })

  it('rounds a start up and an end down to the grid', async () => {
    const rows = await readKlines(simulator, {
      symbol: 'BTCUSDT',
      startTime: FROM + 1,
      endTime: FROM + 3 * MINUTE - 1,
    })
    expect(openTimes(rows)).toEqual(minutes(FROM + MINUTE, 2))
  })

  it('begins at the start where the range is longer than the limit, 500 by default', async () => {
    const range = { symbol: 'BTCUSDT', startTime: FROM, endTime: FROM + 2_000 * MINUTE }
    expect(openTimes(await readKlines(simulator, range))).toEqual(minutes(FROM, 500))
    expect(openTimes(await readKlines(simulator, { ...range, limit: 1_500 }))).toEqual(minutes(FROM, 1_500))
  })

  it('ends at the end where no start is given', async () => {
    const rows = await readKlines(simulator, { symbol: 'BTCUSDT', endTime: FROM, limit: 300 })
    expect(openTimes(rows)).toEqual(minutes(FROM - 299 * MINUTE, 300))
  })

  it('ends with the open candle, in part, where neither is given', async () => {
    const rows = await readKlines(simulator, { symbol: 'BTCUSDT', limit: 3 })
    expect(openTimes(rows)).toEqual(minutes(OPEN_MINUTE - 2 * MINUTE, 3))
    expect(rows[2]?.[6]).toBe(OPEN_MINUTE + 59_999)
    await using later = await startBinanceSimulator({
      clock: { startAt: NOW + MINUTE, rate: 0 },
      hasLimits: false,
    })
    const [final] = later.truth.candles('BTCUSDT', { from: OPEN_MINUTE, to: OPEN_MINUTE + MINUTE })
    const partial = rows[2]
    expect(final?.slice(0, 2)).toEqual(partial?.slice(0, 2))
    expect(Number(partial?.[5])).toBeLessThan(Number(final?.[5]))
    expect(Number(partial?.[2])).toBeLessThanOrEqual(Number(final?.[2]))
    expect(simulator.truth.candles('BTCUSDT', { from: OPEN_MINUTE, to: OPEN_MINUTE + MINUTE })).toEqual([])
  })

  it('is empty for a range without candles: before the first, after the last, in the future', async () => {
    const firstOfBtc = Date.UTC(2019, 8, 8, 17)
    const empty = [
      { symbol: 'BTCUSDT', startTime: firstOfBtc - 100 * MINUTE, endTime: firstOfBtc - 1 },
      { symbol: 'MATICUSDT', startTime: Date.UTC(2024, 8, 10, 9), endTime: Date.UTC(2024, 8, 11) },
      { symbol: 'BTCUSDT', startTime: NOW, endTime: NOW + 100 * MINUTE },
    ]
    for (const range of empty) expect((await askKlines(simulator, range)).text).toBe('[]')
    expect(openTimes(await readKlines(simulator, { symbol: 'BTCUSDT', startTime: 0, limit: 1 }))).toEqual([
      firstOfBtc,
    ])
  })

  it('still answers for a delisted symbol that exchangeInfo hides', async () => {
    const last = Date.UTC(2024, 8, 10, 9) - MINUTE
    expect(openTimes(await readKlines(simulator, { symbol: 'MATICUSDT', limit: 2 }))).toEqual([
      last - MINUTE,
      last,
    ])
  })

  it('lacks the minutes that the venue never had', async () => {
    const rows = await readKlines(simulator, { symbol: 'LTCUSDT', startTime: FROM + 98 * MINUTE, limit: 4 })
    expect(openTimes(rows)).toEqual([98, 99, 103, 104].map((minute) => FROM + minute * MINUTE))
  })

  it('is the same whatever the page size', async () => {
    const hashes = await Promise.all(
      [7, 240, 499, 1_500].map(async (limit) => {
        const rows: KlineRow[] = []
        for (let startTime = FROM; startTime < FROM + 1_440 * MINUTE; startTime += limit * MINUTE) {
          const endTime = Math.min(startTime + limit * MINUTE, FROM + 1_440 * MINUTE) - 1
          rows.push(...(await readKlines(simulator, { symbol: 'IOSTUSDT', startTime, endTime, limit })))
        }
        return hashOf(rows)
      }),
    )
    const truth = simulator.truth.candles('IOSTUSDT', { from: FROM, to: FROM + 1_440 * MINUTE })
    expect(truth).toHaveLength(1_440)
    expect(new Set(hashes)).toEqual(new Set([hashOf(truth)]))
  })
})

describe('a corrected candle', () => {
  it('has its first values before the correction and the new ones after it', async () => {
    const range = { symbol: 'LINKUSDT', startTime: CORRECTED, endTime: CORRECTED + MINUTE }
    const [before, next] = await readKlines(simulator, range)
    simulator.advance(1_000)
    const after = await readKlines(simulator, range)
    // So little can have cost no more than at its highest price, and takers bought no more than was traded.
    const most = before?.with(7, '98.66346').with(9, '7.77').with(10, '98.66346')
    const corrected = most?.with(5, '7.77').with(8, 9)
    expect(after).toEqual([corrected, next])
    expect(before?.[5]).not.toBe('7.77')
  })
})

describe('longer intervals', () => {
  it('are made of the minutes in them', async () => {
    const rows = await readKlines(simulator, {
      symbol: 'ETHUSDT',
      interval: '15m',
      startTime: FROM,
      limit: 3,
    })
    const truth = simulator.truth.candles('ETHUSDT', { from: FROM, to: FROM + 45 * MINUTE })
    expect(openTimes(rows)).toEqual([0, 15, 30].map((minute) => FROM + minute * MINUTE))
    for (const [at, row] of rows.entries()) {
      const parts = truth.slice(at * 15, at * 15 + 15)
      expect(row[1]).toBe(parts[0]?.[1])
      expect(Number(row[2])).toBe(Math.max(...parts.map((part) => Number(part[2]))))
      expect(Number(row[3])).toBe(Math.min(...parts.map((part) => Number(part[3]))))
      expect(row[4]).toBe(parts[14]?.[4])
      expect(Number(row[5])).toBeCloseTo(
        parts.reduce((sum, part) => sum + Number(part[5]), 0),
        6,
      )
      expect(row[6]).toBe(row[0] + 15 * MINUTE - 1)
      expect(row[8]).toBe(parts.reduce((sum, part) => sum + part[8], 0))
    }
  })

  it('end with the open candle, whose day is not over', async () => {
    const rows = await readKlines(simulator, { symbol: 'ETHUSDT', interval: '1d', limit: 2 })
    expect(openTimes(rows)).toEqual([Date.UTC(2026, 4, 2), Date.UTC(2026, 4, 3)])
  })
})

describe('a wrong question', () => {
  const wrong: [string, Record<string, string | number>, number, string][] = [
    ['no symbol', {}, -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."],
    [
      'no interval',
      { symbol: 'BTCUSDT', interval: '' },
      -1102,
      "Mandatory parameter 'interval' was not sent, was empty/null, or malformed.",
    ],
    ['an unknown interval', { symbol: 'BTCUSDT', interval: '1s' }, -1120, 'Invalid interval.'],
    ['an unknown symbol', { symbol: 'FTTUSDT' }, -1121, 'Invalid symbol.'],
    ['a symbol that is not listed yet', { symbol: 'YOUNGUSDT' }, -1121, 'Invalid symbol.'],
    [
      'a start after the end',
      { symbol: 'BTCUSDT', startTime: 2, endTime: 1 },
      -1023,
      'Start time is greater than end time.',
    ],
    [
      'too high a limit',
      { symbol: 'BTCUSDT', limit: 1_501 },
      -1130,
      "Data sent for parameter 'limit' is not valid.",
    ],
    [
      'a limit of none',
      { symbol: 'BTCUSDT', limit: 0 },
      -1130,
      "Data sent for parameter 'limit' is not valid.",
    ],
    [
      'a start that is no number',
      { symbol: 'BTCUSDT', startTime: 'x' },
      -1100,
      "Illegal characters found in parameter 'startTime'; legal range is '^[0-9]{1,20}$'.",
    ],
  ]
  it.each(wrong)('is refused: %s', async (_, parameters, code, msg) => {
    const reply = await askKlines(simulator, parameters)
    expect({ status: reply.status, text: reply.text }).toEqual({
      status: 400,
      text: JSON.stringify({ code, msg }),
    })
  })
})
