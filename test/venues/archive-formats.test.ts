import { describe, expect, it } from 'vitest'
import { ArchiveFileError } from '../../src/lib/archive/file-error.ts'
import { dropOutside } from '../../src/lib/archive/judge-rows.ts'
import { judgeCandles, judgePrices } from '../../src/venues/binance/archive/candles.ts'
import { COLUMNS, createHeaderRule } from '../../src/venues/binance/archive/formats.ts'
import { intervalsOf, judgeFunding } from '../../src/venues/binance/archive/funding.ts'
import { toByteRows } from '../helpers/cells.ts'

const T = Date.UTC(2026, 5, 1)
const PLACE = { where: 'a.zip', window: { from: T, to: T + 86_400_000 } }
const kline = (ts: number, changes: Readonly<Record<number, string>> = {}): string =>
  [
    ts,
    '8.981',
    '8.982',
    '8.971',
    '8.974',
    '17315',
    ts + 59_999,
    '155466.864',
    '397',
    '7701',
    '69159.009',
    '0',
  ]
    .map((cell, at) => changes[at] ?? String(cell))
    .join(',')
const minute = (at: number, changes: Readonly<Record<number, string>> = {}): string =>
  kline(T + at * 60_000, changes)

describe('a header', () => {
  it('is known by its first cell, and must be the whole one', () => {
    const isHeader = createHeaderRule('klines', 'a.csv')
    expect(isHeader(COLUMNS.klines.join())).toBe(true)
    expect(isHeader(minute(0))).toBe(false)
    expect(() => isHeader(COLUMNS.fundingRate.join())).toThrow(ArchiveFileError)
    expect(() => isHeader('open_time,close,high,low,open')).toThrow('begins with other columns')
    expect(createHeaderRule('metrics', 'a.csv')(COLUMNS.metrics.join())).toBe(true)
    expect(createHeaderRule('metrics', 'a.csv')('2026-07-15 00:00:00,BTCUSDT,1,1,1,1,1,1')).toBe(false)
  })
})

describe('candles of the archive', () => {
  it('are rejected one by one, with the reason', async () => {
    const rows = await toByteRows(
      [
        minute(0),
        minute(1, { 0: `${T + 60_001}` }),
        minute(2, { 6: `${T + 180_000}` }),
        minute(3, { 2: '8.97' }),
        minute(4, { 8: '' }),
        minute(5, { 0: 'x' }),
        kline(T - 60_000),
        minute(1_440),
        '1,2',
        ...Array.from({ length: 10 }, (_, at) => minute(10 + at)),
      ],
      12,
    )
    const { times, rejected } = judgeCandles(rows, PLACE)
    expect(
      rejected.map(({ ts, reason }) => [ts === undefined ? undefined : (ts - T) / 60_000, reason]),
    ).toEqual([
      [undefined, 'line 9 has 2 cells, not 12'],
      [1 + 1 / 60_000, 'open time is not on the minute'],
      [2, 'close time is not the end of the minute'],
      [3, 'high is below low'],
      [4, 'trades is not a count'],
      [undefined, 'its time is not one'],
      [-1, 'is not of the time that the file is of'],
      [1_440, 'is not of the time that the file is of'],
    ])
    expect(rejected[1]?.row).toBe(minute(1, { 0: `${T + 60_001}` }))
    expect([...times].filter((ts) => !Number.isNaN(ts)).map((ts) => (ts - T) / 60_000)).toEqual([
      0, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
    ])
  })

  it('are refused as a file where most of them are bad, as in microseconds', async () => {
    const rows = await toByteRows(
      Array.from({ length: 20 }, (_, at) => minute(at, { 0: `${T + at * 60_000}000` })),
      12,
    )
    expect(() => judgeCandles(rows, PLACE)).toThrow(
      '20 of 20 rows cannot be taken, the first its time is not one',
    )
  })

  it('are left out where they are not wanted', async () => {
    const rows = await toByteRows([minute(0), minute(1), minute(2), minute(3)], 12)
    const { times } = judgeCandles(rows, PLACE)
    const wanted = [
      { from: T, to: T + 60_000 },
      { from: T + 120_000, to: T + 180_000 },
    ]
    expect(dropOutside(times, wanted)).toBe(2)
    expect([...times]).toEqual([T, Number.NaN, T + 120_000, Number.NaN])
  })
})

describe('prices of the archive', () => {
  const price = (at: number, open: string, high: string, low: string, close: string): string =>
    minute(at, { 1: open, 2: high, 3: low, 4: close, 5: '0', 7: '0', 8: '60', 9: '0', 10: '0' })

  it('are four prices, which are above 0 where they are no premium', async () => {
    const lines = [
      price(0, '9653.29201333', '9654.5', '9653.0', '9653.1'),
      price(1, '-0.0004', '-0.0002', '-0.0006', '-0.0005'),
      price(2, '1', '0.9', '0.8', '0.85'),
      price(3, '1', '2', '1.5', '1.7'),
      price(4, '1', 'x', '1', '1'),
    ]
    const rows = await toByteRows([...lines, ...[5, 6, 7, 8].map((at) => price(at, '1', '1', '1', '1'))], 12)
    const premium = judgePrices(rows, 'premium', PLACE)
    expect(premium.rejected.map(({ reason }) => reason)).toEqual([
      'high is below open or close',
      'low is above open or close',
      'one of its prices is not a number',
    ])
    expect([...premium.times].slice(0, 5)).toEqual([T, T + 60_000, Number.NaN, Number.NaN, Number.NaN])
    expect(judgePrices(rows, 'price', PLACE).rejected[0]).toMatchObject({
      ts: T + 60_000,
      reason: 'low is not above 0',
    })
  })
})

describe('funding of the archive', () => {
  it('counts by the minute of its settlement', async () => {
    const rows = await toByteRows(
      [
        `${T + 1},8,0.00005703`,
        `${T + 8 * 3_600_000 - 3},4,-0.0001`,
        `${T + 12 * 3_600_000},0,0.0001`,
        `${T + 12 * 3_600_000},8,`,
        `${T + 16 * 3_600_000},1,0`,
      ],
      3,
    )
    const judged = judgeFunding(rows, PLACE)
    expect([...judged.times]).toEqual([T, T + 8 * 3_600_000, Number.NaN, Number.NaN, T + 16 * 3_600_000])
    expect(judged.rejected.map(({ reason }) => reason)).toEqual([
      'funding_interval_hours is not a whole number from 1 to 24',
      'last_funding_rate is not a number',
    ])
    expect([...intervalsOf(rows, judged)]).toEqual([
      [T, 8 * 3_600_000],
      [T + 8 * 3_600_000, 4 * 3_600_000],
      [T + 16 * 3_600_000, 3_600_000],
    ])
  })
})
