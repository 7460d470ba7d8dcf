import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBinance } from '../../src/venues/binance/index.ts'
import { scanKlines } from '../../src/venues/binance/scan-klines.ts'

const { ohlcv } = createBinance({ binanceRestUrl: 'http://127.0.0.1:1' }).routes
const [question] = ohlcv?.questions ?? []
if (!question) throw new Error('binance has candles')

/** The parser needs neither window nor view. */
const WINDOW = { from: 1_769_904_000_000, to: 1_769_905_200_000 }

const row = (
  minute: number,
  prices: readonly string[] = ['2.0', '3.10', '1', '2.5'],
  quote = '30.25',
): unknown[] => [
  1_769_904_000_000 + minute * 60_000,
  ...prices,
  '12.5',
  1_769_904_059_999 + minute * 60_000,
  quote,
  7,
  '5',
  '12.1',
  '0',
]

describe('the quick reading of klines', () => {
  it('reads what the full one reads', () => {
    const price = fc.integer({ min: 1, max: 10 ** 9 }).map((value) => (value / 1_000).toFixed(3))
    const prices = fc.tuple(price, price).map((pair) => {
      const [low = '', high = ''] = pair.toSorted((a, b) => Number(a) - Number(b))
      return [low, high, low, high]
    })
    const rate = fc.double({ min: 0, max: 1.1, noNaN: true })
    fc.assert(
      fc.property(fc.array(fc.tuple(prices, rate), { minLength: 1, maxLength: 9 }), (table) => {
        const rows = table.map(([values, part], minute) => {
          const [low, high] = [Number(values[0]), Number(values[1])]
          return row(minute, values, (12.5 * (low + (high - low) * part) + 12.1).toFixed(4))
        })
        const full = question.parse(rows, 'X', WINDOW, WINDOW)
        expect(scanKlines(JSON.stringify(rows))).toEqual(full.rejected.length === 0 ? full : undefined)
      }),
    )
  })

  it.each([
    ['an empty answer', '[]'],
    ['a row with a broken rule', JSON.stringify([row(0), row(1, ['2', '1', '1', '2'])])],
    ['numbers where texts belong', JSON.stringify([[...row(0).slice(0, 1), 2, 3, 1, 2, ...row(0).slice(5)]])],
    ['a text where a number belongs', JSON.stringify([['1769904000000', ...row(0).slice(1)]])],
    ['white space', JSON.stringify([row(0)], null, 1)],
    ['a thirteenth slot', JSON.stringify([[...row(0), 'new']])],
    ['a missing slot', JSON.stringify([row(0).slice(0, 11)])],
    ['half of an answer', JSON.stringify([row(0), row(1)]).slice(0, -40)],
    ['a padded number', JSON.stringify([row(0)]).replace('[[1', '[[01')],
    ['another length', JSON.stringify([row(0)]).replace('59999', '59998')],
    ['more bought than traded', JSON.stringify([row(0)]).replace('"5"', '"12.6"')],
    ['a row off the minute', JSON.stringify([[1, ...row(0).slice(1)]])],
    ['an error', '{"code":-1121,"msg":"Invalid symbol."}'],
    ['a page of HTML', '<html>[[1,2]]</html>'],
  ])('leaves %s to the full one', (_, body) => {
    expect(scanKlines(body)).toBeUndefined()
  })
})
