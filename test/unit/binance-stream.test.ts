import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PayloadError } from '../../src/lib/errors.ts'
import { DAY } from '../../src/lib/model/window.ts'
import type { FeedMessage } from '../../src/lib/venue/feed.ts'
import { createBinance } from '../../src/venues/binance/index.ts'
import { createBinanceFeed } from '../../src/venues/binance/stream/index.ts'
import { parseFully } from '../../src/venues/binance/stream/parse-frame.ts'
import { scanOpenCandle } from '../../src/venues/binance/stream/scan-open-candle.ts'
import { RECORDED } from '../helpers/recorded.ts'

const feed = createBinanceFeed('wss://fstream.binance.com')
const parse = (frame: unknown): FeedMessage =>
  feed.parse(Buffer.from(typeof frame === 'string' ? frame : JSON.stringify(frame)))

const OPEN_TIME = 1_790_771_340_000
const bar = (changes: Readonly<Record<string, unknown>> = {}) => ({
  t: OPEN_TIME,
  T: OPEN_TIME + 59_999,
  s: 'BTCUSDT',
  i: '1m',
  f: 8132503391,
  L: 8132505633,
  o: '83896.40',
  c: '83860.20',
  h: '83920.00',
  l: '83860.10',
  v: '114.602',
  n: 2239,
  x: true,
  q: '9615538.66780',
  V: '48.488',
  Q: '4068722.10360',
  B: '0',
  ...changes,
})
const kline = (changes: Readonly<Record<string, unknown>> = {}, symbol = 'BTCUSDT') => ({
  e: 'kline',
  E: OPEN_TIME + 31_858,
  s: symbol,
  k: bar({ s: symbol, ...changes }),
})
const order = (changes: Readonly<Record<string, unknown>> = {}) => ({
  s: 'ILVUSDT',
  S: 'SELL',
  o: 'LIMIT',
  f: 'IOC',
  q: '116.5',
  p: '3.80300',
  ap: '3.85642',
  X: 'FILLED',
  l: '25.2',
  z: '116.4',
  T: 1_791_391_082_119,
  ...changes,
})
const forceOrder = (changes: Readonly<Record<string, unknown>> = {}, beside = {}) => ({
  e: 'forceOrder',
  E: 1_791_391_083_124,
  o: order(changes),
  ...beside,
})

function refusalOf(text: string): PayloadError | undefined {
  try {
    parse(text)
    return undefined
  } catch (error) {
    if (error instanceof PayloadError) return error
    throw error
  }
}

describe("binance's feed", () => {
  it('is asked in the form and on the route that the venue documents', () => {
    expect(feed).toMatchObject({
      host: 'fstream.binance.com',
      url: 'wss://fstream.binance.com/market/stream',
      maxStreams: 1_024,
      messagesPerSecond: 10,
      maxAgeMs: 86_400_000,
      commonStreams: ['!forceOrder@arr', '!contractInfo'],
      probeSymbol: 'BTCUSDT',
    })
    const streams = feed.streamsOf('BTCUSDT')
    expect(streams).toEqual(['btcusdt@kline_1m', 'btcusdt@markPrice'])
    expect(feed.subscribe(streams, 1)).toBe(
      '{"method":"SUBSCRIBE","params":["btcusdt@kline_1m","btcusdt@markPrice"],"id":1}',
    )
    expect(feed.unsubscribe(streams, 312)).toBe(
      '{"method":"UNSUBSCRIBE","params":["btcusdt@kline_1m","btcusdt@markPrice"],"id":312}',
    )
  })

  it('belongs to the venue where there is an address for it', () => {
    const rest = { binanceRestUrl: 'http://127.0.0.1:1' }
    expect(createBinance({ ...rest, binanceWsUrl: 'ws://127.0.0.1:2' }).feeds.map(({ url }) => url)).toEqual([
      'ws://127.0.0.1:2/market/stream',
    ])
    expect(createBinance(rest).feeds).toEqual([])
  })
})

describe('a candle of the feed', () => {
  const message = {
    kind: 'candle',
    symbol: 'BTCUSDT',
    eventTime: OPEN_TIME + 31_858,
    openTime: OPEN_TIME,
    candle: {
      ts: OPEN_TIME,
      open: '83896.40',
      high: '83920.00',
      low: '83860.10',
      close: '83860.20',
      volume: '114.602',
      quoteVolume: '9615538.66780',
      trades: 2239,
      takerBuyVolume: '48.488',
      takerBuyQuoteVolume: '4068722.10360',
    },
    price: '83860.20',
  }

  it('has the digits as sent where its minute is closed, with the stream around it or bare', () => {
    expect(parse(kline())).toEqual(message)
    expect(parse({ stream: 'btcusdt@kline_1m', data: kline() })).toEqual(message)
  })

  it('has no figures but the price where its minute is open', () => {
    const open = { ...message, candle: undefined }
    expect(parse(kline({ x: false }))).toEqual(open)
    expect(parse({ stream: 'btcusdt@kline_1m', data: kline({ x: false }) })).toEqual(open)
    expect(parse(JSON.stringify(kline({ x: false }), null, 1))).toEqual(open)
    expect(parse(kline({ x: false, c: '1e5' }))).toEqual({ ...open, price: undefined })
  })

  it.each([
    ['a price of nothing', { o: '0' }],
    ['a high below the low', { h: '1', l: '2', o: '1', c: '1' }],
    ['an exponent', { v: '1e3' }],
    ['a negative volume', { V: '-1' }],
    ['no count of trades', { n: null }],
    ['a minute that is none', { t: OPEN_TIME + 1 }],
    ['another symbol inside', { s: 'ETHUSDT' }],
    ['nothing about its end', { x: 'true' }],
    ['another end', { T: OPEN_TIME + 60_000 }],
    ['a minute of another day', { t: OPEN_TIME - DAY, T: OPEN_TIME - DAY + 59_999 }],
    ['a minute to come', { t: OPEN_TIME + 120_000, T: OPEN_TIME + 179_999 }],
    ['a number for a text', { v: 114.602 }],
    ['more bought than traded', { V: '114.603' }],
    ['a volume of other prices', { q: '1.5' }],
  ])('is refused with %s', (_, changes) => {
    expect(() => parse(kline(changes))).toThrow(PayloadError)
  })

  it('of another interval is nothing to us', () => {
    expect(parse(kline({ i: '5m' }))).toEqual({ kind: 'other', eventTime: OPEN_TIME + 31_858 })
  })
})

describe('the quick reading of open candles', () => {
  const digits = fc.integer({ min: 0, max: 10 ** 9 }).map((value) => (value / 1_000).toFixed(3))
  const symbol = fc.constantFrom('BTCUSDT', '1000PEPEUSDT', 'BTCUSDT_260626', '币安人生USDT', 'a"b', 'é\\')
  const event = fc
    .record({
      symbol,
      openTime: fc.integer({ min: 29_000_000, max: 29_800_000 }).map((minute) => minute * 60_000),
      age: fc.integer({ min: 0, max: DAY - 1 }),
      trade: fc.integer({ min: -1, max: 10 ** 12 }),
      o: digits,
      v: digits,
      n: fc.nat(),
      x: fc.constant(false),
      settlement: fc.constantFrom({}, { st: 1 }, { st: 2 }, { ps: 'BTCUSDT', st: 1 }),
      isWrapped: fc.boolean(),
    })
    .map(({ symbol: name, openTime, age, trade, o, v, n, x, settlement, isWrapped }) => {
      const data = {
        ...kline({ t: openTime, T: openTime + 59_999, f: trade, L: trade, o, v, n, x }, name),
        E: openTime + age,
        ...settlement,
      }
      return JSON.stringify(isWrapped ? { stream: `${name.toLowerCase()}@kline_1m`, data } : data)
    })

  /** What the full reading makes of it; undefined where it refuses. */
  function readFully(frame: Buffer): FeedMessage | undefined {
    try {
      return parseFully(frame)
    } catch {
      return undefined
    }
  }

  it('reads what the full one reads', () => {
    fc.assert(
      fc.property(event, (text) => {
        const frame = Buffer.from(text)
        const isUsual = !/[\\]|"ps"|"st":2/.test(text)
        expect(scanOpenCandle(frame)).toEqual(isUsual ? parseFully(frame) : undefined)
        expect(feed.parse(frame)).toEqual(parseFully(frame))
      }),
    )
  })

  it('never accepts what the full one refuses or reads otherwise, whatever happened to a frame', () => {
    const damage = fc.record({
      at: fc.nat(400),
      cut: fc.nat(3),
      put: fc.oneof(
        fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes)),
        fc
          .constantFrom(
            '"',
            '\\',
            '0',
            '-',
            '}',
            '{',
            ',',
            ':',
            ' ',
            'true',
            'false',
            '"x":true,',
            '\u0000',
            '9',
          )
          .map((text) => Buffer.from(text)),
      ),
    })
    fc.assert(
      fc.property(event, fc.array(damage, { minLength: 1, maxLength: 3 }), (text, damages) => {
        const frame = damages.reduce(
          (bytes, { at, cut, put }) => Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)]),
          Buffer.from(text),
        )
        const scanned = scanOpenCandle(frame)
        if (scanned) expect(readFully(frame)).toEqual(scanned)
      }),
      { numRuns: 5_000 },
    )
  })

  it.each([
    ['a closed candle', JSON.stringify(kline())],
    ['half of a frame', JSON.stringify(kline({ x: false })).slice(0, -2)],
    ['more behind it', `${JSON.stringify(kline({ x: false }))} `],
    ['another interval', JSON.stringify(kline({ x: false, i: '3m' }))],
    ['a field more', JSON.stringify(kline({ x: false, Z: '1' }))],
    ['a number in digits', JSON.stringify({ ...kline({ x: false }), E: '1790771371858' })],
    ['a minute that is none', JSON.stringify(kline({ x: false, t: OPEN_TIME + 1 }))],
    ['a padded number', JSON.stringify(kline({ x: false })).replace('"n":', '"n":0')],
    ['nothing', ''],
  ])('leaves %s to the full one', (_, text) => {
    expect(scanOpenCandle(Buffer.from(text))).toBeUndefined()
  })
})

describe('a liquidation of the feed', () => {
  const message = {
    kind: 'liquidation',
    symbol: 'ILVUSDT',
    eventTime: 1_791_391_083_124,
    order: {
      ts: 1_791_391_082_119,
      positionSide: 'long',
      price: '3.80300',
      quantity: '116.5',
      averagePrice: '3.85642',
      filled: '116.4',
    },
  }

  it.each([
    ['without the kind of contract', forceOrder()],
    ['with it inside the order', forceOrder({ ps: 'ILVUSDT', st: 1 })],
    ['with it beside the order', forceOrder({}, { ps: 'ILVUSDT', st: 1 })],
  ])('is read %s: who is sold out was long', (_, frame) => {
    expect(parse({ stream: '!forceOrder@arr', data: frame })).toEqual(message)
  })

  it('of a short is a purchase', () => {
    expect(parse(forceOrder({ S: 'BUY' }))).toMatchObject({ order: { positionSide: 'short' } })
  })

  it('may lack what was filled', () => {
    const { ap: _, z: __, ...rest } = order()
    const frame = { ...forceOrder(), o: rest }
    expect(parse(frame)).toMatchObject({ order: { averagePrice: null, filled: null } })
  })

  it.each([
    ['by its kind inside', forceOrder({ s: 'ILVUSD_PERP', st: 2 })],
    ['by its kind beside', forceOrder({ s: 'ILVUSD_PERP' }, { st: 2 })],
    ['by its name', forceOrder({ s: 'BTCUSD_260626' })],
  ])('of a coin-margined contract is nothing to us: known %s', (_, frame) => {
    expect(parse(frame)).toEqual({ kind: 'other', eventTime: 1_791_391_083_124 })
  })

  it('of a dated contract in USDT is one of ours', () => {
    expect(parse(forceOrder({ s: 'BTCUSDT_260626' }))).toMatchObject({ symbol: 'BTCUSDT_260626' })
  })

  it.each([
    ['another side', { S: 'HOLD' }],
    ['a price of nothing', { p: '0' }],
    ['a size of nothing', { q: '0.000' }],
    ['a price that is none', { p: 'NaN' }],
    ['an average below nothing', { ap: '-1' }],
    ['no time', { T: undefined }],
    ['no symbol', { s: '' }],
    ['half of a character for a symbol', { s: '\ud800' }],
    ['a time in seconds', { T: 1_791_391_082 }],
    ['a time in microseconds', { T: 1_791_391_082_119_000 }],
    ['a time of two days ago', { T: 1_791_391_082_119 - 2 * DAY }],
    ['a time to come', { T: 1_791_391_082_119 + 90_000 }],
    ['an object for a size', { q: { toString: 1 } }],
  ])('is refused with %s', (_, changes) => {
    expect(() => parse(forceOrder(changes))).toThrow(PayloadError)
  })
})

describe('other frames of the feed', () => {
  const E = 1_562_305_380_000
  const T = 1_562_306_400_000
  const markPrice = { e: 'markPriceUpdate', E, s: 'BTCUSDT', p: '1', r: '0.0001', T }
  const contract = { e: 'contractInfo', E, s: 'IOTAUSDT', ct: 'PERPETUAL', cs: 'TRADING', bks: [] }

  it.each([
    [
      'when funding is settled next',
      markPrice,
      { kind: 'funding', symbol: 'BTCUSDT', eventTime: E, nextFundingTime: T },
    ],
    ['a contract without funding', { ...markPrice, T: 0 }, { kind: 'other', eventTime: E }],
    ['the funding of another kind', { ...markPrice, st: 2 }, { kind: 'other', eventTime: E }],
    ['a listing', { ...contract, st: 1 }, { kind: 'listing', symbol: 'IOTAUSDT', eventTime: E }],
    ['a listing of another kind', { ...contract, st: 2 }, { kind: 'other', eventTime: E }],
    ['a confirmation', { result: null, id: 312 }, { kind: 'reply', id: 312, error: undefined }],
    ['a list of subscriptions', { result: ['a'], id: 3 }, { kind: 'reply', id: 3, error: undefined }],
    [
      'a refusal',
      { error: { code: 2, msg: 'Invalid request: no.' }, id: 4 },
      { kind: 'reply', id: 4, error: 'Invalid request: no. (2)' },
    ],
    [
      'a refusal of what could not be read',
      { error: { code: 3, msg: 'Invalid JSON' }, id: null },
      { kind: 'reply', id: null, error: 'Invalid JSON (3)' },
    ],
    ['a bare refusal', { code: 0, msg: 'Unknown' }, { kind: 'reply', id: null, error: 'Unknown (0)' }],
    ['an event that nobody asked for', { e: 'aggTrade', E, s: 'X' }, { kind: 'other', eventTime: E }],
    ['an event named like what all objects have', { e: 'toString' }, { kind: 'other', eventTime: undefined }],
    ['all symbols at once', { stream: '!x@arr', data: [markPrice] }, { kind: 'other', eventTime: undefined }],
  ])('tell %s', (_, frame, message) => {
    expect(parse(frame)).toEqual(message)
  })

  it.each([
    ['in seconds', Math.floor(OPEN_TIME / 1_000)],
    ['in microseconds', OPEN_TIME * 1_000],
    ['in nanoseconds', OPEN_TIME * 1_000_000],
    ['of 1970', 1],
    ['of years ahead', OPEN_TIME + 3 * 365 * DAY],
    ['without bounds', Number.MAX_VALUE],
    ['of another kind', { at: OPEN_TIME }],
  ])('of a time %s are refused, whatever they tell', (_, time) => {
    const sober = createBinanceFeed('wss://fstream.binance.com', () => OPEN_TIME)
    const read = (frame: unknown) => () => sober.parse(Buffer.from(JSON.stringify(frame)))
    for (const frame of [
      kline(),
      kline({ x: false }),
      forceOrder(),
      { ...markPrice, T: OPEN_TIME },
      contract,
    ])
      expect(read({ ...frame, E: time })).toThrow(PayloadError)
  })

  it('tell of no funding that is weeks away', () => {
    expect(() => parse({ ...markPrice, T: T + 9 * DAY })).toThrow(PayloadError)
    expect(() => parse({ ...markPrice, T: T * 1_000 })).toThrow(PayloadError)
  })

  it.each([
    ['a page of HTML', '<html>'],
    ['nothing', ''],
    ['a list', '[]'],
    ['an object about nothing', '{"symbol":"BTCUSDT","openInterest":"1","time":1}'],
    ['an envelope without a letter', '{"stream":"btcusdt@kline_1m"}'],
    ['an event without its time', '{"e":"kline","s":"BTCUSDT","k":{}}'],
  ])('are refused where they are %s, with a short sample', (_, text) => {
    for (const padded of [text, `${text}${' '.repeat(5_000)}`]) {
      const refusal = refusalOf(padded)
      expect(refusal).toBeInstanceOf(PayloadError)
      expect(JSON.stringify(refusal?.details).length).toBeLessThan(500)
    }
  })
})

const FRAMES = `${RECORDED}/ws/frames-2026.jsonl`

describe.runIf(existsSync(FRAMES))('recorded frames (skipped where they are not beside the project)', () => {
  it('are all understood, but for an answer that came over REST', () => {
    const lines = readFileSync(FRAMES, 'utf8').split('\n').filter(Boolean)
    const raws: unknown[] = lines.map((line) => JSON.parse(line).raw)
    const frames = raws.filter((raw) => !(raw instanceof Object && 'openInterest' in raw))
    expect(frames.length).toBeGreaterThanOrEqual(8)
    expect(raws.length - frames.length).toBe(1)
    expect(frames.map((frame) => parse(frame))).toMatchObject([
      { kind: 'other', eventTime: 1_791_391_082_024 },
      { kind: 'liquidation', symbol: 'ILVUSDT', order: { positionSide: 'long', price: '3.80300' } },
      { kind: 'liquidation', symbol: 'COTIUSDT', order: { positionSide: 'short', quantity: '288183' } },
      { kind: 'other', eventTime: 1_791_269_849_801 },
      { kind: 'funding', symbol: 'BTCUSDT', nextFundingTime: 1_791_273_600_000 },
      { kind: 'candle', symbol: 'BTCUSDT', openTime: 1_791_269_820_000, candle: undefined },
      { kind: 'funding', symbol: 'BTCUSDT' },
      { kind: 'funding', symbol: 'ETHUSDT' },
    ])
  })
})
