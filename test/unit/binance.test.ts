import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { PayloadError } from '../../src/lib/errors.ts'
import { MINUTE } from '../../src/lib/model/window.ts'
import { judge } from '../../src/venues/binance/answers.ts'
import { createBinance } from '../../src/venues/binance/index.ts'
import { klinesWeight } from '../../src/venues/binance/limits.ts'
import { hasRecorded, RECORDED } from '../helpers/recorded.ts'

const venue = createBinance({ binanceRestUrl: 'https://fapi.binance.com' })
const [klines] = venue.routes.ohlcv?.questions ?? []
const [rates] = venue.routes.funding?.questions ?? []
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
      subject: 'BTCUSDT',
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
    ['open time is not a time', { 0: 1789478220 }],
    ['open is not a text', { 1: 76965.4 }],
    ['volume is not a text', { 5: { amount: '6.9863' } }],
    ['trades is not a number', { 8: '143' }],
    ['trades is not a count', { 8: 1.5 }],
    ['trades is not a count', { 8: 1e300 }],
    ['the unused slot is not a text', { 11: 0 }],
    ['close is not a number', { 4: '7'.repeat(65) }],
    ['close time is not the end of the minute', { 6: 1789478280000 }],
    ['close time is not the end of the minute', { 6: 1789478279 }],
    ['takerBuyVolume is above volume', { 9: '6.98630000000000000001' }],
    ['takerBuyQuoteVolume is above quoteVolume', { 10: '537560.524371' }],
    ['quoteVolume is not volume at a price from low to high', { 7: '500000.524370' }],
    ['quoteVolume is not volume at a price from low to high', { 7: '537705.0' }],
    ['quoteVolume is not volume at a price from low to high', { 5: '0', 9: '0' }],
  ])('are refused one by one: %s', (reason, change) => {
    const broken = Object.assign([...KLINE], change)
    const { rows, rejected } = parseKlines([KLINE, broken], 'BTCUSDT')
    expect(rows).toHaveLength(1)
    expect(rejected).toEqual([expect.objectContaining({ row: broken, reason })])
  })

  it('are refused where they lost a slot or gained one, and their minute is known', () => {
    const [lost, gained] = [KLINE.toSpliced(5, 1), KLINE.toSpliced(7, 0, '1')]
    expect(parseKlines([KLINE, lost, gained], 'BTCUSDT').rejected).toEqual([
      { ts: 1789478220000, row: lost, reason: 'has 11 slots, not 12' },
      { ts: 1789478220000, row: gained, reason: 'has 13 slots, not 12' },
    ])
    expect(parseKlines([KLINE, KLINE.toSpliced(0, 1)], 'BTCUSDT').rejected[0]?.ts).toBeUndefined()
  })

  it('are no answer where most of them are bad, or where there are many more than were asked for', () => {
    const page = (bad: number) => Array.from({ length: 20 }, (_, at) => (at < bad ? KLINE.slice(1) : KLINE))
    expect(parseKlines(page(10), 'BTCUSDT').rejected).toHaveLength(10)
    expect(() => parseKlines(page(11), 'BTCUSDT')).toThrow('11 of 20 rows cannot be read')
    expect(() => parseKlines(Array(2_000).fill(KLINE), 'BTCUSDT')).toThrow('2000 rows, 499 were asked for')
  })

  it('are rows where nothing was traded, and where a sum was rounded', () => {
    const flat = { 2: '5.5', 1: '5.5', 3: '5.5', 4: '5.5', 8: 0, 9: '0', 10: '0' }
    const rows = [
      { ...flat, 5: '0', 7: '0' },
      { ...flat, 5: '0.000', 7: '0.00000' },
      { ...flat, 5: '1.333', 7: '7.33', 8: 1 },
      { ...flat, 5: '1.333', 7: '7.34', 8: 1 },
      // Added in doubles: the last of their digits.
      { ...flat, 5: '3000000.1', 7: '16500000.550000001' },
    ].map((change) => Object.assign([...KLINE], change))
    expect(parseKlines(rows, 'X')).toMatchObject({ rejected: [], count: 5 })
    const off = Object.assign([...KLINE], { ...flat, 5: '1.333', 7: '7.35' })
    expect(parseKlines([KLINE, off], 'X').rejected).toHaveLength(1)
  })

  it('compare prices that doubles cannot tell apart', () => {
    const close = {
      2: '0.10000000000000000001',
      1: '0.1',
      3: '0.1',
      4: '0.10000000000000000002',
      7: '0.69863',
    }
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

  it('take a number by its digits, and refuse what is neither number nor text', () => {
    expect(parseRates([{ ...rate, markPrice: 76907.5 }], 'BTCUSDT').rows[0]?.markPrice).toBe('76907.5')
    const odd = [
      { markPrice: {} },
      { markPrice: true },
      { markPrice: [] },
      { markPrice: '-1' },
      { rateType: {} },
    ]
    const reasons = odd.map(
      (change) => parseRates([rate, { ...rate, ...change }], 'BTCUSDT').rejected[0]?.reason,
    )
    expect(reasons).toEqual([
      'markPrice is not a number',
      'markPrice is not a number',
      'markPrice is not a number',
      'markPrice is not above 0',
      'rateType is not a name',
    ])
  })

  it('are read to the digit', () => {
    expect(rates.keepsDigits).toBe(true)
  })

  it('are no answer where they are of another symbol', () => {
    expect(() => parseRates([rate], 'ETHUSDT')).toThrow(PayloadError)
    const { rows, rejected } = parseRates([rate, { ...rate, symbol: 'ETHUSDT' }], 'BTCUSDT')
    expect([rows.length, rejected[0]?.ts, rejected[0]?.reason]).toEqual([1, undefined, 'is not of BTCUSDT'])
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
    [429, '', { 'retry-after': '-5' }, { kind: 'pause', forMs: 60_000 }],
    [429, '', { 'retry-after': '0' }, { kind: 'pause', forMs: 60_000 }],
    [429, '', { 'retry-after': '1e309' }, { kind: 'pause', forMs: 60_000 }],
    [429, '', { 'retry-after': '9'.repeat(400) }, { kind: 'pause', forMs: 259_200_000 }],
    [
      429,
      '',
      { 'retry-after': 'Fri, 31 Dec 9999 00:00:00 GMT', date: 'Sun, 22 Nov 2026 12:00:00 GMT' },
      { kind: 'pause', forMs: 259_200_000 },
    ],
    [418, '{"msg":"banned until 1746327239762000"}', {}, { kind: 'pause', forMs: 120_000 }],
    [418, '{"msg":"banned until 1746327239"}', {}, { kind: 'pause', forMs: 120_000 }],
    [400, '{"code":{"toString":1},"msg":{"toString":1}}', {}, { kind: 'refuse', type: 'http_400' }],
    [400, '{"code":-1e309,"msg":""}', {}, { kind: 'refuse', type: 'http_400' }],
    [400, `{"code":${'['.repeat(50_000)}${']'.repeat(50_000)},"msg":0}`, {}, { kind: 'refuse' }],
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
    const { instruments, limits, odd } = venue.listing.parse({
      symbols: [
        { ...known, status: 'TRADING', onboardDate: null },
        { symbol: 'BUSDT', status: 'NEW_WORD' },
        {},
        null,
        { symbol: 'AUSDT', status: 'BREAK' },
        { ...known, symbol: 'C\u0000USDT' },
        { ...known, symbol: 'D\ud800USDT' },
        { ...known, symbol: 'EUSDT', status: ['TRADING'] },
        { ...known, symbol: 'FUSDT', status: 'TRADING', onboardDate: 9e15, filters: [null, 7] },
        { ...known, symbol: 'GUSDT', status: 'TRADING', baseAsset: 5, filters: {} },
        { ...known, symbol: '币安人生USDT', status: 'TRADING' },
      ],
      rateLimits: [{ rateLimitType: 'RAW_REQUESTS' }, null],
    })
    expect(instruments.map(({ symbol, status, onboardTs }) => [symbol, status, onboardTs])).toEqual([
      ['AUSDT', 'TRADING', null],
      ['BUSDT', 'NEW_WORD', null],
      ['FUSDT', 'TRADING', null],
      ['GUSDT', 'TRADING', null],
      ['币安人生USDT', 'TRADING', null],
    ])
    expect(instruments.map((instrument) => venue.isTradable(instrument))).toEqual([
      true,
      false,
      true,
      true,
      true,
    ])
    expect(limits).toEqual({})
    expect(odd.map(({ name, reason, isLost }) => [name, reason, isLost])).toEqual([
      [undefined, 'symbol is not a name', true],
      [undefined, 'is not an object', true],
      ['AUSDT', 'comes twice', false],
      [undefined, 'symbol is not a name', true],
      [undefined, 'symbol is not a name', true],
      ['EUSDT', 'status is not a name', true],
      ['FUSDT', 'onboardDate is not a time in milliseconds', false],
      ['FUSDT', 'a filter is not an object', false],
      ['FUSDT', 'a filter is not an object', false],
      ['GUSDT', 'baseAsset is not a name', false],
      ['GUSDT', 'filters is not a list', false],
      ['GUSDT', 'filters is not a list', false],
      [undefined, 'is not an object', false],
    ])
  })

  it.each([[0], [-5], [2_400.5], [50], [1e12], [Number.POSITIVE_INFINITY], ['2400.5'], [{}], [null]])(
    'keeps the documented limit where a limit of %j is told',
    (limit) => {
      const rateLimits = [{ rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit }]
      const listing = venue.listing.parse({ symbols: [], rateLimits })
      expect(listing.limits).toEqual({})
      expect(listing.odd[0]?.reason).toBe('limit is not a whole number from 100 to 1000000000')
    },
  )

  it('is none where most of its entries cannot be read', () => {
    const symbols = Array.from({ length: 20 }, (_, at) => (at < 11 ? { name: 'A' } : { symbol: `A${at}` }))
    expect(() => venue.listing.parse({ symbols })).toThrow('11 of 20 entries cannot be read')
  })
})

describe.runIf(hasRecorded)('recorded answers (skipped where they are not beside the project)', () => {
  const recorded = (name: string): unknown =>
    JSON.parse(readFileSync(`${RECORDED}/rest-answers/${name}`, 'utf8')).response

  /** They are of five minutes and of days, and of one minute in nothing but when they end. */
  const toMinutes = (rows: unknown): unknown[][] =>
    (rows as unknown[][]).map((row) => row.map((slot, at) => (at === 6 ? Number(row[0]) + 59_999 : slot)))

  it.each([0, 1, 2, 3, 4, 5])('klines %i have no row that is refused but for its length', (at) => {
    const answer = recorded(`fapi_v1_klines_0${at}.json`)
    const { rows, rejected, count } = parseKlines(toMinutes(answer), 'X')
    expect(rejected).toEqual([])
    expect(rows).toHaveLength(count)
    const [first] = answer as unknown[]
    expect(parseKlines([first], 'X').rejected[0]?.reason).toBe('close time is not the end of the minute')
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
