import { describe, expect, it } from 'vitest'
import { PayloadError } from '../../src/lib/errors.ts'
import type { Dataset } from '../../src/lib/model/market.ts'
import { DAY } from '../../src/lib/model/window.ts'
import * as valid from '../helpers/valid-answers.ts'
import { but, cut, deep, MICROSECONDS, odd, SECONDS } from './changes.ts'
import { readQuestion } from './readers.ts'

const { START } = valid

describe('a page of', () => {
  type Case = readonly [change: string, answer: unknown, rows: number, bad: readonly string[], gaps: number]
  const pages: readonly (readonly [Dataset, readonly Case[]])[] = [
    [
      'ohlcv',
      [
        ['as it should be', valid.klines(480), 480, [], 0],
        ['a row that lost its volume', cut(3, 5)(valid.klines(480)), 479, ['has 11 slots, not 12'], 1],
        ['a row that lost its time', cut(3, 0)(valid.klines(480)), 479, ['has 11 slots, not 12'], 1],
        ['a row with a slot more', but(3, { 12: 'x' })(valid.klines(480)), 479, ['has 13 slots, not 12'], 1],
        [
          'the close time for the volume',
          but(3, { 5: START })(valid.klines(480)),
          479,
          ['volume is not a text'],
          1,
        ],
        ['a number for a price', but(3, { 1: 76965.4 })(valid.klines(480)), 479, ['open is not a text'], 1],
        [
          'an object for a price',
          but(3, { 1: { toString: 1 } })(valid.klines(480)),
          479,
          ['open is not a text'],
          1,
        ],
        [
          'an end of another minute',
          but(3, { 6: START })(valid.klines(480)),
          479,
          ['close time is not the end of the minute'],
          1,
        ],
        [
          'a time in microseconds',
          but(3, { 0: MICROSECONDS })(valid.klines(480)),
          479,
          ['open time is not a time'],
          1,
        ],
        [
          'a time of next year',
          but(3, { 0: START + 365 * DAY, 1: '0', 6: START + 365 * DAY + 59_999 })(valid.klines(480)),
          479,
          ['open is not above 0'],
          1,
        ],
        [
          'more bought than traded',
          but(3, { 9: '7' })(valid.klines(480)),
          479,
          ['takerBuyVolume is above volume'],
          1,
        ],
        [
          'a quote volume of another price',
          but(3, { 7: '53756', 10: '1' })(valid.klines(480)),
          479,
          ['quoteVolume is not volume at a price from low to high'],
          1,
        ],
        ['half a trade', but(3, { 8: 0.5 })(valid.klines(480)), 479, ['trades is not a count'], 1],
        ['nothing for a row', odd(null)(valid.klines(480)), 479, ['is not a list'], 1],
        [
          'a NUL in a price',
          but(3, { 4: '76\u0000953' })(valid.klines(480)),
          479,
          ['close is not a number'],
          1,
        ],
        [
          'a price without an end',
          but(3, { 2: '9'.repeat(5_000) })(valid.klines(480)),
          479,
          ['high is not a number'],
          1,
        ],
        ['half of its rows, each of them sound', valid.klines(240), 240, [], 0],
      ],
    ],
    [
      'funding',
      [
        ['as it should be', valid.fundingRates(8), 8, [], 0],
        [
          'an object for a mark price',
          but(3, { markPrice: {} })(valid.fundingRates(8)),
          7,
          ['markPrice is not a number'],
          1,
        ],
        [
          'true for a mark price',
          but(3, { markPrice: true })(valid.fundingRates(8)),
          7,
          ['markPrice is not a number'],
          1,
        ],
        ['no mark price', but(3, { markPrice: '' })(valid.fundingRates(8)), 8, [], 0],
        [
          'a list for a rate type',
          but(3, { rateType: [] })(valid.fundingRates(8)),
          7,
          ['rateType is not a name'],
          1,
        ],
        [
          'a NUL in a rate type',
          but(3, { rateType: 'a\u0000' })(valid.fundingRates(8)),
          7,
          ['rateType is not a name'],
          1,
        ],
        [
          'no rate',
          but(3, { fundingRate: null })(valid.fundingRates(8)),
          7,
          ['fundingRate is not a number'],
          1,
        ],
        [
          'a rate of another symbol',
          but(3, { symbol: 'ETHUSDT' })(valid.fundingRates(8)),
          7,
          ['is not of BTCUSDT'],
          7,
        ],
        [
          'a time in seconds',
          but(3, { fundingTime: SECONDS })(valid.fundingRates(8)),
          7,
          ['fundingTime is not a time in milliseconds'],
          7,
        ],
      ],
    ],
    [
      'oi',
      [
        ['as it should be', valid.openInterests(96), 96, [], 0],
        [
          'a list for a number',
          but(3, { sumOpenInterest: ['1'] })(valid.openInterests(96)),
          95,
          ['sumOpenInterest is not a number'],
          1,
        ],
        [
          'no value',
          but(3, { sumOpenInterestValue: null })(valid.openInterests(96)),
          95,
          ['sumOpenInterestValue is not a number'],
          1,
        ],
        [
          'a time in microseconds',
          but(3, { timestamp: MICROSECONDS })(valid.openInterests(96)),
          95,
          ['timestamp is not a time in milliseconds'],
          1,
        ],
        [
          'a text for an entry',
          odd('gone')(valid.openInterests(96)),
          95,
          ['timestamp is not a time in milliseconds'],
          1,
        ],
      ],
    ],
    [
      'tv',
      [
        [
          'a volume below nothing',
          but(3, { buyVol: '-1' })(valid.takerVolumes(96)),
          95,
          ['buyVol is below 0'],
          1,
        ],
      ],
    ],
  ]
  const cases = pages.flatMap(([dataset, list]) => list.map((one) => [dataset, ...one] as const))

  it.each(cases)('%s with %s', (dataset, _, answer, rows, bad, gaps) => {
    const { page } = readQuestion(dataset, JSON.stringify(answer))
    expect([page.rows.length, page.rejected.map(({ reason }) => reason)]).toEqual([rows, bad])
    // A minute of which something is wrong is asked for again: never covered, never absent.
    expect(page.broken).toHaveLength(gaps)
    if (gaps > 0) expect(page.missing).toEqual([])
  })

  const klines = valid.klines(480)
  it.each<[string, Dataset, string, RegExp]>([
    ['shifted rows', 'ohlcv', JSON.stringify(klines.map((row) => row.slice(1))), /480 of 480 rows/],
    [
      'a slot less in most rows',
      'ohlcv',
      JSON.stringify(klines.map((row, at) => (at % 3 ? row.slice(0, 11) : row))),
      /320 of 480 rows/,
    ],
    [
      'another interval',
      'ohlcv',
      JSON.stringify(klines.map((row) => row.with(6, Number(row[0]) + 299_999))),
      /close time/,
    ],
    [
      'times in seconds',
      'ohlcv',
      JSON.stringify(klines.map((row) => row.with(0, Number(row[0]) / 1_000))),
      /open time/,
    ],
    [
      'rows of another day',
      'ohlcv',
      JSON.stringify(klines.map((row) => row.with(0, Number(row[0]) + DAY).with(6, Number(row[6]) + DAY))),
      /outside the window/,
    ],
    ['an object', 'ohlcv', '{"code":0}', /expected an array/],
    [
      'a hundred thousand rows',
      'ohlcv',
      JSON.stringify(Array(100_000).fill([1])),
      /100000 rows, 499 were asked for/,
    ],
    ['no end', 'ohlcv', JSON.stringify(klines).slice(0, -9), /not JSON/],
    ['a depth without end', 'ohlcv', deep('["@"]'), /is not a list|has 1 slots/],
    [
      'a depth without end',
      'funding',
      deep('[{"symbol":"BTCUSDT","fundingTime":"@"}]'),
      /not JSON|fundingTime/,
    ],
    [
      'times in microseconds',
      'oi',
      JSON.stringify(
        valid.openInterests(20).map((row) => ({ ...row, timestamp: Number(row.timestamp) * 1_000 })),
      ),
      /20 of 20 rows/,
    ],
    [
      'times years away',
      'oi',
      JSON.stringify(
        valid.openInterests(20).map((row) => ({ ...row, timestamp: Number(row.timestamp) + 1_000 * DAY })),
      ),
      /outside the window/,
    ],
    [
      'another symbol',
      'lsr',
      JSON.stringify(valid.ratios(20).map((row) => ({ ...row, symbol: 'X' }))),
      /is not of BTCUSDT/,
    ],
    [
      'its symbol twice',
      'lq',
      JSON.stringify([...valid.liquidations(3), ...valid.liquidations(3)]),
      /comes 2 times/,
    ],
    ['an entry that may be the one', 'lq', '[null]', /an entry without a symbol/],
    [
      'times in milliseconds',
      'lq',
      JSON.stringify(valid.liquidations(3)).replaceAll(/"t":(\d+)/g, '"t":$1000'),
      /not a time in seconds/,
    ],
    [
      'nothing for its history',
      'lq',
      JSON.stringify([{ ...valid.liquidations(1)[0], history: null }]),
      /expected an array/,
    ],
  ])('%s for an answer is none: %s', (_, dataset, body, problem) => {
    const before = process.cpuUsage()
    const act = (): unknown => readQuestion(dataset, body)
    expect(act).toThrow(PayloadError)
    expect(act).toThrow(problem)
    expect(process.cpuUsage(before).user).toBeLessThan(5_000_000)
  })
})
