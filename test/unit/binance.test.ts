import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { PayloadError } from '../../src/lib/errors.ts'
import { MINUTE } from '../../src/lib/model/window.ts'
import { judge } from '../../src/venues/binance/answers.ts'
import { createBinance } from '../../src/venues/binance/index.ts'
import { klinesWeight } from '../../src/venues/binance/limits.ts'
import { hasRecorded, RECORDED } from '../helpers/recorded.ts'

const venue = createBinance({ binanceRestUrl: 'https://fapi.binance.com' })
const [klines] = venue.sources.ohlcv?.questions ?? []
const [rates] = venue.sources.funding?.questions ?? []
if (!klines || !rates) throw new Error('binance has both datasets')
/** Parsers that need neither window nor view. */
const ANY = { from: 0, to: MINUTE }
const parseKlines = (payload: unknown, symbol: string) => klines.parse(payload, symbol, ANY, ANY)
const parseRates = (payload: unknown, symbol: string) => rates.parse(payload, symbol, ANY, ANY)

const KLINE = [
  1789478220000,
  '76965.40',
  '76965.40',
  '76925.80',
  '76953.60',
  '6.9863',
  1789478279999,
  '537560.524370',
  143,
  '3.2714',
  '251784.524520',
  '0',
]

describe('klines', () => {
  it('cost by their limit', () => {
    const weights = [1, 99, 100, 499, 500, 1_000, 1_001, 1_500].map(klinesWeight)
    expect(weights).toEqual([1, 1, 2, 2, 5, 5, 10, 10])
  })

  it('are asked by inclusive open times, no more than wanted', () => {
    expect(klines.request('BTCUSDT', { from: 0, to: 3 * MINUTE })).toEqual({
      baseUrl: 'https://fapi.binance.com',
      path: '/fapi/v1/klines',
      query: { symbol: 'BTCUSDT', interval: '1m', startTime: 0, endTime: 3 * MINUTE - 1, limit: 3 },
      costs: { 'request-weight': 1 },
    })
    expect(klines.request('BTCUSDT', { from: 0, to: 499 * MINUTE }).costs).toEqual({ 'request-weight': 2 })
  })

  it('become candles to the digit', () => {
    expect(parseKlines([KLINE], 'BTCUSDT')).toEqual({
      rows: [
        {
          ts: 1789478220000,
          open: '76965.40',
          high: '76965.40',
          low: '76925.80',
          close: '76953.60',
          volume: '6.9863',
          quoteVolume: '537560.524370',
          trades: 143,
          takerBuyVolume: '3.2714',
          takerBuyQuoteVolume: '251784.524520',
        },
      ],
      rejected: [],
      count: 1,
    })
  })

  it.each([
    ['high is below low', { 2: '76925.79', 1: '76925.79', 4: '76925.79' }],
    ['high is below open or close', { 1: '76965.41' }],
    ['low is above open or close', { 4: '76925.79' }],
    ['open is not above 0', { 1: '0' }],
    ['low is not a number', { 3: 'NaN' }],
    ['close is not a number', { 4: '1e5' }],
    ['volume is below 0', { 5: '-1' }],
    ['trades is not a count', { 8: -1 }],
    ['open time is not on the minute', { 0: 1789478220001 }],
    ['open time is not a time', { 0: '1789478220000' }],
  ])('are refused one by one: %s', (reason, change) => {
    const broken = Object.assign([...KLINE], change)
    const { rows, rejected } = parseKlines([KLINE, broken], 'BTCUSDT')
    expect(rows).toHaveLength(1)
    expect(rejected).toEqual([expect.objectContaining({ row: broken, reason })])
  })

  it('compare prices that doubles cannot tell apart', () => {
    const close = { 2: '0.10000000000000000001', 1: '0.1', 3: '0.1', 4: '0.10000000000000000002' }
    expect(parseKlines([Object.assign([...KLINE], close)], 'X').rejected[0]?.reason).toBe(
      'high is below open or close',
    )
  })

  it.each([[{}], ['text'], [null], [[[1, '2']]], [[{ open: 1 }]]])('are no answer: %j', (payload) => {
    expect(() => parseKlines(payload, 'BTCUSDT')).toThrow(PayloadError)
  })
})

describe('funding rates', () => {
  const rate = {
    symbol: 'BTCUSDT',
    fundingTime: 1789459200005,
    fundingRate: '0.00006188',
    markPrice: '76907.97183333',
    rateType: 'Regular',
  }

  it('keep the time as sent and stand on its minute', () => {
    expect(parseRates([rate], 'BTCUSDT').rows).toEqual([
      {
        ts: 1789459200000,
        rate: '0.00006188',
        markPrice: '76907.97183333',
        rateType: 'Regular',
        venueTs: 1789459200005,
      },
    ])
  })

  it('know nothing, not zero, of old mark prices and rate types', () => {
    const { rows } = parseRates(
      [{ symbol: 'BTCUSDT', fundingTime: '1568102400000', fundingRate: '-0.0001', markPrice: '' }],
      'BTCUSDT',
    )
    expect(rows).toEqual([
      { ts: 1568102400000, rate: '-0.0001', markPrice: null, rateType: null, venueTs: 1568102400000 },
    ])
  })

  it.each([[0], ['0'], ['0.00000000'], [null]])('know nothing of a mark price told as %j', (markPrice) => {
    const { rows, rejected } = parseRates([{ ...rate, markPrice }], 'BTCUSDT')
    expect([rows[0]?.markPrice, rejected]).toEqual([null, []])
  })

  it('are no answer where they are of another symbol', () => {
    expect(() => parseRates([rate], 'ETHUSDT')).toThrow(PayloadError)
  })
})

describe('answers', () => {
  const answer = (status: number, body = '', headers: Record<string, string> = {}) =>
    judge({ status, headers, body })

  it.each([
    [200, '[]', {}, { kind: 'ok' }],
    [429, '', { 'retry-after': '7' }, { kind: 'pause', type: 'http_429', forMs: 7_000 }],
    [429, '', {}, { kind: 'pause', forMs: 60_000 }],
    [429, '', { 'retry-after': '7.25' }, { kind: 'pause', forMs: 7_250 }],
    [
      429,
      '',
      { 'retry-after': 'Sun, 22 Nov 2026 12:03:00 GMT', date: 'Sun, 22 Nov 2026 12:00:00 GMT' },
      { kind: 'pause', forMs: 180_000 },
    ],
    [429, '', { 'retry-after': 'soon' }, { kind: 'pause', forMs: 60_000 }],
    [
      418,
      '{"code":-1003,"msg":"Way too many requests; IP(1.2.3.4) banned until 1746327239762."}',
      {},
      { kind: 'pause', type: 'http_418', until: 1746327239762 },
    ],
    [403, '<html>', {}, { kind: 'pause', type: 'http_403' }],
    [202, '', { 'x-amzn-waf-action': 'challenge' }, { kind: 'pause', type: 'http_202' }],
    [
      451,
      '{"code":0,"msg":"Service unavailable from a restricted location"}',
      {},
      { kind: 'block', type: 'http_451' },
    ],
    [500, '', {}, { kind: 'retry' }],
    [503, '{"code":-1008,"msg":"throttled"}', {}, { kind: 'retry' }],
    [408, '', {}, { kind: 'retry' }],
    [400, '{"code":-1001,"msg":"Internal error"}', {}, { kind: 'retry' }],
    [400, '{"msg":"Invalid symbol.","code":-1121}', {}, { kind: 'refuse', type: 'binance_-1121' }],
    [404, 'nothing', {}, { kind: 'refuse', type: 'http_404' }],
  ])('%i %s', (status, body, headers, expected) => {
    expect(answer(status, body, headers)).toMatchObject(expected)
  })
})

describe('the list of instruments', () => {
  it('survives entries and limits that nobody has seen before', () => {
    const known = { symbol: 'AUSDT', baseAsset: 'A', quoteAsset: 'USDT', contractType: 'PERPETUAL' }
    const { instruments, limits } = venue.listing.parse({
      symbols: [
        { ...known, status: 'TRADING', onboardDate: null },
        { symbol: 'BUSDT', status: 'NEW_WORD' },
        {},
      ],
      rateLimits: [{ rateLimitType: 'RAW_REQUESTS' }],
    })
    expect(instruments.map(({ symbol, status, onboardTs }) => [symbol, status, onboardTs])).toEqual([
      ['AUSDT', 'TRADING', null],
      ['BUSDT', 'NEW_WORD', null],
    ])
    expect(instruments.map((instrument) => venue.isTradable(instrument))).toEqual([true, false])
    expect(limits).toEqual({})
  })
})

describe.runIf(hasRecorded)('recorded answers (skipped where they are not beside the project)', () => {
  const recorded = (name: string): unknown =>
    JSON.parse(readFileSync(`${RECORDED}/rest-answers/${name}`, 'utf8')).response

  it.each([0, 1, 2, 3, 4, 5])('klines %i have no row that is refused', (at) => {
    const { rows, rejected, count } = parseKlines(recorded(`fapi_v1_klines_0${at}.json`), 'X')
    expect(rejected).toEqual([])
    expect(rows).toHaveLength(count)
  })

  it('tell instruments with tick and step, and the limits in force', () => {
    const listing = venue.listing.parse(recorded('fapi_v1_exchangeInfo_00.json'))
    expect(listing.limits).toEqual({ 'request-weight': 2_400 })
    expect(listing.instruments.find(({ symbol }) => symbol === 'BTCUSDT')).toMatchObject({
      baseAsset: 'BTC',
      quoteAsset: 'USDT',
      contractType: 'PERPETUAL',
      status: 'TRADING',
      tickSize: '0.10',
      stepSize: '0.001',
    })
  })

  it('tell the time and funding', () => {
    expect(venue.probe.parse(recorded('fapi_v1_time_00.json'))).toBeGreaterThan(1.5e12)
    expect(parseRates(recorded('fapi_v1_fundingRate_06.json'), 'BTCUSDT').rejected).toEqual([])
  })
})
