import { describe, expect, it } from 'vitest'
import { PRICE_DATASETS, type PriceDataset } from '../../src/lib/model/market.ts'
import { MINUTE } from '../../src/lib/model/window.ts'
import { createPriceRoute } from '../../src/venues/binance/prices.ts'

const START = Date.UTC(2026, 1, 1)
const WINDOW = { from: START, to: START + 10 * MINUTE }
const BASE = 'https://fapi.binance.com'
const ROW = [START, '10.50', '11.00', '10.00', '10.70', '0', START + MINUTE - 1, '0', 60, '0', '0', '0']

const parse = (dataset: PriceDataset, rows: readonly unknown[]) => {
  const [question] = createPriceRoute(BASE, dataset).questions
  return question.parse(rows, 'BTCUSDT', WINDOW, WINDOW)
}
const change = (slots: Readonly<Record<number, unknown>>): unknown[] => Object.assign([...ROW], slots)

describe('candles of prices', () => {
  it.each([
    ['mark', 'BTCUSDT', '/fapi/v1/markPriceKlines', { symbol: 'BTCUSDT' }],
    ['index', 'BTCUSDT', '/fapi/v1/indexPriceKlines', { pair: 'BTCUSDT' }],
    ['index', 'BTCUSDT_261225', '/fapi/v1/indexPriceKlines', { pair: 'BTCUSDT' }],
    ['premium', 'BTCUSDT_261225', '/fapi/v1/premiumIndexKlines', { symbol: 'BTCUSDT_261225' }],
  ] as const)('are asked for as candles are: %s of %s', (dataset, symbol, path, name) => {
    const source = createPriceRoute(BASE, dataset)
    const times = { interval: '1m', startTime: WINDOW.from, endTime: WINDOW.to - 1 }
    const request = source.questions[0].request(symbol, WINDOW)
    expect(request).toEqual({
      baseUrl: BASE,
      path,
      query: { ...name, ...times, limit: 10 },
      subject: symbol,
      costs: { 'request-weight': 1 },
    })
    const whole = source.questions[0].request(symbol, { from: START, to: START + 499 * MINUTE })
    expect([whole.query.limit, whole.costs]).toEqual([499, { 'request-weight': 2 }])
    expect(source.firstRequest?.(symbol, WINDOW).query).toEqual({ ...name, ...times, limit: 1 })
  })

  it.each(PRICE_DATASETS)('are read by their prices alone: %s', (dataset) => {
    const prices = { ts: START, open: '10.50', high: '11.00', low: '10.00', close: '10.70' }
    const other = change({ 5: 0, 7: '12.5', 8: 12 })
    expect(parse(dataset, [ROW, other])).toEqual({ rows: [prices, prices], rejected: [], count: 2 })
  })

  it.each([
    ['high is below low', { 1: '9', 2: '9', 4: '9' }],
    ['high is below open or close', { 4: '11.01' }],
    ['high is below open or close', { 1: '11.0000000000000000001' }],
    ['low is above open or close', { 1: '9.99' }],
    ['low is not a number', { 3: 'NaN' }],
    ['close is not a number', { 4: '1e5' }],
    ['close is not a number', { 4: '7'.repeat(65) }],
    ['high is not a text', { 2: 11 }],
    ['close time is not a number', { 6: '1' }],
    ['close time is not the end of the minute', { 6: START + MINUTE }],
    ['open time is not on the minute', { 0: START + 1 }],
    ['open time is not a time', { 0: `${START}` }],
  ])('are refused one by one: %s', (reason, slots) => {
    for (const dataset of PRICE_DATASETS) {
      const { rows, rejected } = parse(dataset, [ROW, change(slots)])
      expect([rows.length, rejected.map((one) => one.reason)]).toEqual([1, [reason]])
    }
    expect(parse('mark', [ROW, ROW.slice(1, 12)]).rejected).toHaveLength(1)
    expect(parse('mark', [ROW, [...ROW, '0']]).rejected).toMatchObject([{ reason: 'has 13 slots, not 12' }])
  })

  it('are above 0, and the premium on either side of it', () => {
    const below = change({ 1: '-0.00042931', 2: '0.00000000', 3: '-0.00059406', 4: '-0.00043659' })
    expect(parse('premium', [below]).rows).toEqual([
      { ts: START, open: '-0.00042931', high: '0.00000000', low: '-0.00059406', close: '-0.00043659' },
    ])
    const apart = change({
      1: '-0.10000000000000000001',
      2: '-0.1',
      3: '-0.10000000000000000001',
      4: '-0.10000000000000000002',
    })
    expect(parse('premium', [below, apart]).rejected).toMatchObject([
      { reason: 'low is above open or close' },
    ])
    for (const dataset of ['mark', 'index'] as const)
      expect(parse(dataset, [ROW, below, change({ 3: '0' })]).rejected.map(({ reason }) => reason)).toEqual([
        'open is not above 0',
        'low is not above 0',
      ])
  })
})
