import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { BinaryBuffer } from '../../src/db/binary-buffer.ts'
import { toBinaryRows } from '../../src/db/copy-binary.ts'
import { PostgresStore } from '../../src/db/store.ts'
import { scanDelimited } from '../../src/lib/archive/delimited.ts'
import { openZip } from '../../src/lib/archive/zip.ts'
import { MINUTE } from '../../src/lib/model/window.ts'
import { judgeCandles } from '../../src/venues/binance/archive/candles.ts'
import {
  CANDLE_CELLS,
  createHeaderRule,
  FUNDING_CELLS,
  OPEN_INTEREST_CELLS,
  RATIO_CELLS,
} from '../../src/venues/binance/archive/formats.ts'
import { toByteRows } from '../helpers/cells.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'
import { hashOf, hasRecorded, RECORDED, recordedCandles, storedCandles } from '../helpers/recorded.ts'
import { makeZip } from '../helpers/zip-file.ts'

let database: TestDatabase
let store: PostgresStore
beforeAll(async () => {
  database = await createTestDatabase()
  store = new PostgresStore('binance', { url: database.url, timeoutMs: 5_000, onWait: () => {} })
})
afterAll(async () => {
  await store[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await database.sql`truncate ohlcv, funding_rates, open_interest, long_short_ratio, coverage`
})

const T = 1_780_272_000_000

describe('cells', () => {
  it('become the very bytes that texts do', () => {
    const decimal = fc
      .tuple(fc.boolean(), fc.stringMatching(/^\d{1,24}$/), fc.option(fc.stringMatching(/^\d{1,30}$/)))
      .map(
        ([isNegative, whole, part]) => `${isNegative ? '-' : ''}${whole}${part === null ? '' : `.${part}`}`,
      )
    fc.assert(
      fc.property(decimal, (text) => {
        const [byText, byCell] = [new BinaryBuffer(64), new BinaryBuffer(64)]
        byText.decimal(text)
        const cell = Buffer.from(`1,${text},1`)
        byCell.decimalCell(cell, 2, cell.length - 2)
        expect(byCell.done().equals(byText.done())).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  it.each(['', '-', '.', '1.', '.1', '1e5', '1.2.3', 'NaN', '1 '])(
    'that hold no decimal are refused: %j',
    (text) => {
      const cell = Buffer.from(text)
      expect(() => new BinaryBuffer(64).decimalCell(cell, 0, cell.length)).toThrow('not a decimal')
    },
  )

  it('become the rows that objects do', async () => {
    const funding = await toByteRows([`${T + 7},8,-0.00005703`, `${T + 8 * 3_600_000},8,0.0001`], 3)
    const times = Float64Array.of(T, T + 8 * 3_600_000)
    const encoder = store.openEncoder('币安人生USDT', 'funding', { cells: FUNDING_CELLS })
    encoder.add(funding, times)
    const row = { markPrice: null, rateType: null }
    const expected = store.encode('币安人生USDT', 'funding', [
      { ts: T, rate: '-0.00005703', venueTs: T + 7, ...row },
      { ts: T + 8 * 3_600_000, rate: '0.0001', venueTs: T + 8 * 3_600_000, ...row },
    ])
    const { rows } = encoder.finish()
    expect(toBinaryRows(rows).bytes.equals(toBinaryRows(expected).bytes)).toBe(true)
  })

  it('of a step become a row for each minute, in the order of time, equal ones once', async () => {
    const line = (label: string, interest: string, ratio: string): string =>
      `${label},BTCUSDT,${interest},2,1.1,${ratio},,1`
    const cells = await toByteRows(
      [
        line('c', '3', ''),
        line('a', '1.50', '2'),
        line('a', '1.50', '2'),
        line('b', '2', '3'),
        line('d', '5', '1'),
      ],
      8,
    )
    const [a, b, c] = [T, T + 5 * MINUTE, T + 10 * MINUTE]
    const times = Float64Array.of(c, a, a, b, Number.NaN)
    const interest = store.openEncoder('BTCUSDT', 'oi', { cells: OPEN_INTEREST_CELLS, stepMs: 5 * MINUTE })
    interest.add(cells, times)
    const { rows, ...rest } = interest.finish()
    expect(rest).toEqual({ times: Float64Array.of(a, b, c), duplicates: 1, disagreeing: [] })
    const minutes = [a, b, c].flatMap((ts, at) =>
      [0, 1, 2, 3, 4].map((minute) => ({
        ts: ts + minute * MINUTE,
        openInterest: ['1.50', '2', '3'][at] ?? '',
        openInterestValue: '2',
        sampledAt: ts,
      })),
    )
    const expected = toBinaryRows(store.encode('BTCUSDT', 'oi', minutes))
    expect(toBinaryRows(rows).bytes.equals(expected.bytes)).toBe(true)
    expect(Array.from({ length: 15 }, (_, at) => toBinaryRows(rows).timeAt(at))).toEqual(
      minutes.map(({ ts }) => ts),
    )
    const ratios = store.openEncoder('BTCUSDT', 'lsr', {
      cells: RATIO_CELLS,
      stepMs: 5 * MINUTE,
      expectedRows: 1,
    })
    ratios.add(cells, times)
    await store.write([
      {
        symbol: 'BTCUSDT',
        dataset: 'lsr',
        rows: ratios.finish().rows,
        covered: [{ from: a, to: c + 5 * MINUTE }],
        absent: [],
        isFresh: true,
      },
    ])
    const stored = await database.sql`
      select (extract(epoch from ts) * 1000)::float8 as ts, global_account_ratio as global, top_account_ratio as accounts,
        top_position_ratio as positions, top_long_account as share,
        (extract(epoch from sampled_at) * 1000)::float8 as sampled
      from long_short_ratio where extract(minute from ts)::int % 5 = 4 order by ts`
    const common = { global: null, accounts: '1.1', share: null }
    expect([...stored]).toEqual([
      { ts: a + 4 * MINUTE, ...common, positions: '2', sampled: a },
      { ts: b + 4 * MINUTE, ...common, positions: '3', sampled: b },
      { ts: c + 4 * MINUTE, ...common, positions: null, sampled: c },
    ])
  })

  it('that disagree about a time tell nothing of it', async () => {
    const cells = await toByteRows([`${T},8,0.1`, `${T + MINUTE},8,0.2`, `${T},8,0.3`, `${T},8,0.1`], 3)
    const encoder = store.openEncoder('X', 'funding', { cells: FUNDING_CELLS })
    encoder.add(cells, Float64Array.of(T, T + MINUTE, T, T))
    const { rows, times, duplicates, disagreeing } = encoder.finish()
    expect({ count: rows.count, times, duplicates, disagreeing }).toEqual({
      count: 1,
      times: Float64Array.of(T + MINUTE),
      duplicates: 0,
      disagreeing: [T],
    })
  })

  it('of nothing are no rows', () => {
    const { rows, times } = store.openEncoder('X', 'ohlcv', { cells: CANDLE_CELLS }).finish()
    expect([rows.count, times.length, toBinaryRows(rows).bytes.length]).toEqual([0, 0, 0])
  })
})

describe.runIf(hasRecorded)('a recorded month (skipped where it is not beside the project)', () => {
  it.each(['2026-06', '2026-07'])('goes from a zip into the table digit by digit: %s', async (month) => {
    const name = `AVAXUSDT-1m-${month}`
    const csv = gunzipSync(readFileSync(`${RECORDED}/klines-1m/${name}.csv.gz`))
    const place = { where: `${name}.zip`, name: `${name}.csv` }
    const encoder = store.openEncoder('AVAXUSDT', 'ohlcv', { cells: CANDLE_CELLS })
    const window = {
      from: Date.parse(`${month}-01T00:00:00Z`),
      to: Date.parse(`${month}-01T00:00:00Z`) + 32 * 86_400_000,
    }
    const options = { where: place.name, columns: 12, isHeader: createHeaderRule('klines', place.name) }
    for await (const rows of scanDelimited(openZip(makeZip(place.name, csv), place).chunks(), options)) {
      const { times, rejected } = judgeCandles(rows, { where: place.name, window })
      expect(rejected).toEqual([])
      encoder.add(rows, times)
    }
    const { rows, times, duplicates, disagreeing } = encoder.finish()
    const lines = recordedCandles('AVAXUSDT', month)
    expect([rows.count, times.length, duplicates, disagreeing]).toEqual([lines.length, lines.length, 0, []])
    await store.write([
      {
        symbol: 'AVAXUSDT',
        dataset: 'ohlcv',
        rows,
        covered: [{ from: times[0] ?? 0, to: (times.at(-1) ?? 0) + MINUTE }],
        absent: [],
        isFresh: true,
      },
    ])
    expect(hashOf(await storedCandles(database.sql))).toBe(hashOf(lines.toSorted()))
  })
})
