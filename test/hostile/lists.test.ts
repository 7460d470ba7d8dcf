import { describe, expect, it } from 'vitest'
import * as valid from '../helpers/valid-answers.ts'
import { odd } from './changes.ts'
import { readListing, readPrepared } from './readers.ts'

describe('a list of', () => {
  const info = (entry: unknown) => ({
    ...valid.exchangeInfo(30),
    symbols: odd(entry)(valid.exchangeInfo(30).symbols),
  })
  const symbol = (change: object) => info({ ...valid.exchangeInfo(30).symbols[3], ...change })
  it.each<[string, unknown, number, string[]]>([
    ['nothing for an entry', info(null), 29, ['is not an object']],
    ['a list for an entry', info([1]), 29, ['is not an object']],
    ['a NUL in a name', symbol({ symbol: 'A\u0000B' }), 29, ['symbol is not a name']],
    ['half of a character in a name', symbol({ symbol: 'A\ud800' }), 29, ['symbol is not a name']],
    ['a name without an end', symbol({ symbol: 'A'.repeat(1_000) }), 29, ['symbol is not a name']],
    ['a symbol listed twice', symbol({ symbol: 'BTCUSDT' }), 29, ['comes twice']],
    ['an object for a standing', symbol({ status: {} }), 29, ['status is not a name']],
    [
      'a date out of range',
      symbol({ deliveryDate: 9e18 }),
      30,
      ['deliveryDate is not a time in milliseconds'],
    ],
    [
      'a date in seconds',
      symbol({ onboardDate: 1_569_398_400 }),
      30,
      ['onboardDate is not a time in milliseconds'],
    ],
    [
      'no filter',
      symbol({ filters: [null] }),
      30,
      ['a filter is not an object', 'a filter is not an object'],
    ],
    [
      'a tick that is none',
      symbol({ filters: [{ filterType: 'PRICE_FILTER', tickSize: {} }] }),
      30,
      ['PRICE_FILTER: tickSize is not a number'],
    ],
    ['limits that are none', { ...valid.exchangeInfo(30), rateLimits: 'none' }, 30, ['is not an object']],
  ])('instruments with %s costs that entry', (_, answer, count, reasons) => {
    const { instruments, odd: told } = readListing(JSON.stringify(answer))
    expect(instruments).toHaveLength(count)
    expect(told.map(({ reason }) => reason)).toEqual(reasons)
  })

  it('instruments with a name in any script has that instrument', () => {
    const { instruments } = readListing(JSON.stringify(symbol({ symbol: '币安人生USDT' })))
    expect(instruments[3]?.symbol).toBe('币安人生USDT')
  })

  it.each<[string, unknown, string[]]>([
    ['nothing for an entry', null, ['is not an object']],
    [
      'half an hour',
      { symbol: 'A', fundingIntervalHours: 0.5 },
      ['fundingIntervalHours is not a whole number from 1 to 24'],
    ],
    [
      'years',
      { symbol: 'A', fundingIntervalHours: 1e6 },
      ['fundingIntervalHours is not a whole number from 1 to 24'],
    ],
  ])('funding intervals with %s costs that entry', (_, entry, reasons) => {
    const told = readPrepared('funding', JSON.stringify(odd(entry)(valid.fundingInfo(20))))
    expect(told.map(({ reason }) => reason)).toEqual(reasons)
  })

  it.each<[string, unknown, string[]]>([
    ['nothing for an entry', null, ['is not an object']],
    ['a number for a name', { ...valid.markets(1)[0], symbol: 7 }, ['symbol is not a name']],
    ['a name twice', valid.markets(2)[1], ['comes twice']],
  ])('markets with %s costs that entry', (_, entry, reasons) => {
    const told = readPrepared('markets', JSON.stringify(odd(entry)(valid.markets(20))))
    expect(told.map(({ reason }) => reason)).toEqual(reasons)
  })
})
