import { describe, expect, it } from 'vitest'
import { PayloadError } from '../../src/lib/errors.ts'
import { DAY, MINUTE } from '../../src/lib/model/window.ts'
import * as valid from '../helpers/valid-answers.ts'
import { deep, MICROSECONDS, SECONDS } from './changes.ts'
import { read, readFrame, readNow, venue } from './readers.ts'

const { START } = valid

describe('the time of the venue', () => {
  it.each([
    ['in seconds', SECONDS],
    ['in microseconds', MICROSECONDS],
    ['in nanoseconds', START * 1e6],
    ['as a text that is none', 'now'],
    ['years ahead', Date.UTC(2099, 0, 1)],
    ['of 1970', 1],
    ['of no bounds', '@'],
    ['as nothing', null],
  ])('%s is not believed, and the message names the venue', (_, serverTime) => {
    const body = deep(JSON.stringify({ serverTime }))
    expect(() => read(venue.probe as never, body)).toThrow(/^binance \/fapi\/v1\/time/)
  })

  it.each([
    ['in seconds', { time: SECONDS }],
    ['in microseconds', { time: MICROSECONDS }],
    ['of yesterday', { time: START - 2 * DAY }],
    ['of tomorrow', { time: START + DAY }],
    ['of another symbol', { symbol: 'X' }],
    ['below nothing', { openInterest: '-1' }],
    ['that is an object', { openInterest: {} }],
  ])('open interest %s is none', (_, change) => {
    expect(() => readNow(JSON.stringify({ ...valid.openInterestNow(), ...change }))).toThrow(PayloadError)
  })
})

describe('a frame of', () => {
  const bar = (change: object) => ({
    ...valid.klineFrame(true),
    k: { ...(valid.klineFrame(true).k as object), ...change },
  })
  const order = (change: object) => ({
    ...valid.orderFrame(),
    o: { ...(valid.orderFrame().o as object), ...change },
  })
  it.each<[string, unknown]>([
    ['a candle in microseconds', { ...valid.klineFrame(true), E: MICROSECONDS }],
    ['a candle in seconds', { ...valid.klineFrame(true), E: SECONDS }],
    ['a candle of yesterday', bar({ t: START - DAY, T: START - DAY + 59_999 })],
    ['a candle of an hour ahead', bar({ t: START + 60 * MINUTE, T: START + 61 * MINUTE - 1 })],
    ['a candle without its end', bar({ T: undefined })],
    ['a candle with numbers for texts', bar({ c: 76_953.6 })],
    ['a candle with a text for a number', bar({ n: '143' })],
    ['a candle with more bought than traded', bar({ V: '7' })],
    ['a candle without a list of figures', { ...valid.klineFrame(true), k: null }],
    ['an order of 1970', order({ T: 1_000 })],
    ['an order in microseconds', order({ T: MICROSECONDS })],
    ['an order of last week', order({ T: START - 7 * DAY })],
    ['an order of tomorrow', order({ T: START + DAY })],
    ['an order with a list for a price', order({ p: ['1'] })],
    ['an order with true for a size', order({ q: true })],
    ['an order of a symbol with a NUL', order({ s: 'A\u0000' })],
    ['funding in a year', { ...valid.markPriceFrame(), T: START + 365 * DAY }],
    ['funding in seconds', { ...valid.markPriceFrame(), T: SECONDS }],
    ['a listing without a name', { ...valid.contractFrame(), s: {} }],
    ['nothing', null],
    ['a number', 7],
  ])('%s costs that frame', (_, frame) => {
    expect(() => readFrame(JSON.stringify(frame))).toThrow(PayloadError)
    expect(() => readFrame(JSON.stringify({ stream: 'x', data: frame }))).toThrow(PayloadError)
  })

  it('a depth without end costs that frame', () => {
    for (const text of [
      '"@"',
      '{"e":"@"}',
      '{"e":"kline","E":"@"}',
      '{"error":{"code":"@","msg":"@"},"id":"@"}',
    ])
      expect(() => {
        const message = readFrame(deep(text))
        if (message.kind !== 'reply') throw new PayloadError('frame', 'is no reply', undefined)
      }).not.toThrow(RangeError)
  })
})
