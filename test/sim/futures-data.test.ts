import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type BinanceSimulator,
  createListing,
  type FuturesDataEndpoint,
  startBinanceSimulator,
} from '../../src/sim/binance/index.ts'
import {
  askStatistic,
  DAY,
  ENDPOINTS,
  frozen,
  gridTo,
  HOUR,
  MINUTE,
  NOW,
  readStatistic,
  SNAPSHOTS,
  STEP,
  TIP,
  timesOf,
} from '../helpers/futures-data.ts'
import { askKlines, type Parameters, type Reply } from '../helpers/simulator.ts'

let simulator: BinanceSimulator
beforeAll(async () => {
  simulator = await startBinanceSimulator(frozen)
})
afterAll(() => simulator.close())

const askFor = (endpoint: FuturesDataEndpoint, parameters: Parameters, venue = simulator): Promise<Reply> =>
  askStatistic(venue, endpoint, parameters)

const read = <E extends FuturesDataEndpoint>(endpoint: E, parameters: Parameters = {}, venue = simulator) =>
  readStatistic(venue, endpoint, parameters)

const errorText = (code: number, msg: string): string => JSON.stringify({ code, msg })

describe('the rows of', () => {
  it('open interest', async () => {
    const reply = await askFor('openInterestHist', { limit: 1 })
    expect(reply.text).toMatch(
      /^\[\{"symbol":"BTCUSDT","sumOpenInterest":"\d+\.\d{8}","sumOpenInterestValue":"\d+\.\d{8}","CMCCirculatingSupply":"\d+\.0{8}","timestamp":1777809600000\}\]$/,
    )
  })

  it.each(SNAPSHOTS.slice(1))('%s', async (endpoint) => {
    const reply = await askFor(endpoint, { limit: 1 })
    expect(reply.text).toMatch(
      /^\[\{"symbol":"BTCUSDT","longShortRatio":"\d\.\d{4}","longAccount":"0\.\d{4}","shortAccount":"0\.\d{4}","timestamp":1777809600000\}\]$/,
    )
  })

  it('taker volume, without a symbol', async () => {
    const reply = await askFor('takerlongshortRatio', { limit: 1 })
    expect(reply.text).toMatch(
      /^\[\{"buySellRatio":"\d\.\d{4}","buyVol":"\d+\.\d{4}","sellVol":"\d+\.\d{4}","timestamp":1777809300000\}\]$/,
    )
  })

  it.each(ENDPOINTS)('%s have text as timestamps on demand', async (endpoint) => {
    await using other = await startBinanceSimulator({ ...frozen, futuresData: { timestamps: 'string' } })
    const rows = await read(endpoint, { limit: 3 })
    const asText = rows.map((row) => ({ ...(row as object), timestamp: String(timesOf([row])[0]) }))
    expect(await read(endpoint, { limit: 3 }, other)).toEqual(asText)
  })
})

describe.each(ENDPOINTS)('a range of %s', (endpoint) => {
  const end = endpoint === 'takerlongshortRatio' ? TIP - STEP : TIP

  it('is the newest rows where nothing or the start alone is given', async () => {
    expect(timesOf(await read(endpoint))).toEqual(gridTo(end, 30))
    expect(timesOf(await read(endpoint, { limit: 2 }))).toEqual(gridTo(end, 2))
    expect(timesOf(await read(endpoint, { limit: 4, startTime: TIP - 20 * DAY }))).toEqual(gridTo(end, 4))
  })

  it('ends at the end where that alone is given', async () => {
    const endTime = TIP - 9 * DAY
    expect(timesOf(await read(endpoint, { limit: 3, endTime }))).toEqual(gridTo(endTime, 3))
    expect(timesOf(await read(endpoint, { limit: 3, endTime: endTime - 1 }))).toEqual(
      gridTo(endTime - STEP, 3),
    )
    expect(timesOf(await read(endpoint, { limit: 3, endTime: TIP + DAY }))).toEqual(gridTo(end, 3))
  })

  it('has both ends where both are given', async () => {
    const range = { startTime: TIP - DAY, endTime: TIP - DAY + 2 * STEP }
    expect(timesOf(await read(endpoint, range))).toEqual(gridTo(range.endTime, 3))
    const within = { startTime: range.startTime + 1, endTime: range.endTime - 1 }
    expect(timesOf(await read(endpoint, within))).toEqual([TIP - DAY + STEP])
  })

  it('longer than the limit is cut at its start, or on demand at its end', async () => {
    const range = { startTime: TIP - 2 * DAY, endTime: TIP - DAY, limit: 500 }
    expect(timesOf(await read(endpoint, { ...range, limit: 100 }))).toEqual(gridTo(range.endTime, 100))
    await using other = await startBinanceSimulator({ ...frozen, futuresData: { longRange: 'oldest' } })
    expect(timesOf(await read(endpoint, { ...range, limit: 100 }, other))).toEqual(
      gridTo(range.startTime + 99 * STEP, 100),
    )
    expect(await read(endpoint, range, other)).toEqual(await read(endpoint, range))
  })

  it('is told by the longer periods too, up to 30 days of them', async () => {
    const isFlow = endpoint === 'takerlongshortRatio'
    const quarters = await read(endpoint, { period: '4h', limit: 500 })
    expect(timesOf(quarters)).toEqual(gridTo(isFlow ? TIP - 4 * HOUR : TIP, isFlow ? 179 : 180, 4 * HOUR))
    const days = await read(endpoint, { period: '1d', limit: 500 })
    const lastDay = Date.UTC(2026, 4, isFlow ? 2 : 3)
    expect(timesOf(days)).toEqual(gridTo(lastDay, isFlow ? 29 : 30, DAY))
  })

  it('ends 30 days ago', async () => {
    const startTime = NOW - 30 * DAY
    const rows = await read(endpoint, { startTime, endTime: startTime + 2 * STEP })
    expect(timesOf(rows)).toEqual([TIP - 30 * DAY + STEP, TIP - 30 * DAY + 2 * STEP])
    for (const parameters of [{ startTime: startTime - 1 }, { startTime: startTime - 1, endTime: NOW }]) {
      const reply = await askFor(endpoint, parameters)
      expect([reply.status, reply.text]).toEqual([
        400,
        '{"msg":"parameter \'startTime\' is invalid.","code":-1130}',
      ])
    }
    expect(await read(endpoint, { endTime: startTime - 1 })).toEqual([])
  })
})

describe('a symbol', () => {
  const listing = createListing(
    { symbol: 'SHORTUSDT', basePrice: 10, firstCandle: TIP - HOUR + 2 * MINUTE },
    { endOfCandles: TIP - HOUR / 2 },
  )

  it('has no rows before its first candle and after its end', async () => {
    await using other = await startBinanceSimulator({ ...frozen, symbols: [listing] })
    for (const endpoint of ENDPOINTS) {
      const rows = await read(endpoint, { symbol: 'SHORTUSDT' }, other)
      expect(timesOf(rows)).toEqual(gridTo(TIP - HOUR / 2 - STEP, 5))
    }
    const [row] = await read('takerlongshortRatio', { symbol: 'SHORTUSDT', period: '30m' }, other)
    expect(row).toBeUndefined()
  })

  it('that is unknown is refused, or on demand answered with nothing', async () => {
    await using other = await startBinanceSimulator({ ...frozen, futuresData: { unknownSymbol: 'empty' } })
    for (const symbol of ['FTTUSDT', 'YOUNGUSDT']) {
      for (const endpoint of ENDPOINTS) {
        const reply = await askFor(endpoint, { symbol })
        expect([reply.status, reply.text]).toEqual([400, errorText(-1121, 'Invalid symbol.')])
        expect((await askFor(endpoint, { symbol }, other)).text).toBe('[]')
      }
    }
  })
})

describe('a wrong question', () => {
  const missing = (name: string): string =>
    errorText(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`)
  const badLimit = errorText(-1130, "Data sent for parameter 'limit' is not valid.")
  const badPeriod = '{"msg":"parameter \'period\' is invalid.","code":-1130}'
  it.each([
    [{ symbol: '' }, missing('symbol')],
    [{ period: '' }, missing('period')],
    [{ period: '1m' }, badPeriod],
    [{ period: '8h', limit: 501 }, badPeriod],
    [{ limit: 501 }, badLimit],
    [{ limit: 0 }, badLimit],
    [{ startTime: NOW, endTime: NOW - 1 }, errorText(-1023, 'Start time is greater than end time.')],
  ])('is refused: %j', async (parameters, text) => {
    for (const endpoint of ENDPOINTS) {
      const reply = await askFor(endpoint, parameters)
      expect([reply.status, reply.text]).toEqual([400, text])
    }
  })
})

describe('a new point', () => {
  it.each([
    [undefined, 6_200],
    [100_000, 100_000],
    [0, 0],
  ])('is out after a lag of %s', async (publicationLagMs, lag) => {
    await using other = await startBinanceSimulator({
      ...frozen,
      clock: { startAt: TIP + lag - 1, rate: 0 },
      futuresData: publicationLagMs === undefined ? {} : { publicationLagMs },
    })
    const tips = async (): Promise<unknown[]> =>
      (await Promise.all(ENDPOINTS.map((endpoint) => read(endpoint, { limit: 1 }, other)))).flatMap(timesOf)
    const truths = (): unknown[] => {
      const all = { from: TIP - HOUR, to: TIP + DAY }
      const { openInterest, ratios, takerVolume } = other.truth
      return [
        openInterest('BTCUSDT', all).at(-1)?.timestamp,
        ratios('global-account', 'BTCUSDT', all).at(-1)?.timestamp,
        takerVolume('BTCUSDT', all).at(-1)?.start,
      ]
    }
    const before = TIP - STEP
    expect(await tips()).toEqual([before, before, before, before, before - STEP])
    expect(truths()).toEqual([before, before, before - STEP])
    other.advance(1)
    expect(await tips()).toEqual([TIP, TIP, TIP, TIP, before])
    expect(truths()).toEqual([TIP, TIP, before])
  })
})

describe('a hole', () => {
  const hole = { from: TIP - HOUR, to: TIP - HOUR + 2 * STEP }
  const range = { startTime: TIP - HOUR - STEP, endTime: TIP - HOUR + 2 * STEP }
  const around = [range.startTime, range.endTime]

  it('of a symbol is one in all five', async () => {
    await using other = await startBinanceSimulator({
      ...frozen,
      futuresData: { holes: { BTCUSDT: [hole] } },
    })
    for (const endpoint of ENDPOINTS) {
      expect(timesOf(await read(endpoint, range, other))).toEqual(around)
      expect(await read(endpoint, { ...range, symbol: 'ETHUSDT' }, other)).toHaveLength(4)
      expect(timesOf(await read(endpoint, { endTime: range.endTime, limit: 3 }, other))).toEqual([
        range.startTime - STEP,
        ...around,
      ])
    }
    const window = { from: range.startTime, to: range.endTime + 1 }
    expect(timesOf(other.truth.openInterest('BTCUSDT', window))).toEqual(around)
    expect(timesOf(other.truth.takerVolume('BTCUSDT', window))).toEqual(around)
  })

  it('of a single statistic is one in no other', async () => {
    await using other = await startBinanceSimulator({
      ...frozen,
      futuresData: { holesOf: [{ endpoint: 'topLongShortPositionRatio', symbol: 'BTCUSDT', window: hole }] },
    })
    for (const endpoint of ENDPOINTS) {
      const expected = endpoint === 'topLongShortPositionRatio' ? around : gridTo(range.endTime, 4)
      expect(timesOf(await read(endpoint, range, other))).toEqual(expected)
    }
    const window = { from: range.startTime, to: range.endTime + 1 }
    expect(timesOf(other.truth.ratios('top-position', 'BTCUSDT', window))).toEqual(around)
    expect(other.truth.ratios('top-account', 'BTCUSDT', window)).toHaveLength(4)
  })
})

describe('the limit', () => {
  it('is 1,000 requests in five minutes that no header tells, beside that of the candles', async () => {
    await using other = await startBinanceSimulator({ clock: { startAt: NOW, rate: 0 } })
    const statuses = new Set<number>()
    for (let request = 0; request < 1_000; request += 1) {
      const reply = await askFor(ENDPOINTS[request % 5] ?? 'openInterestHist', { limit: 1 }, other)
      statuses.add(reply.status)
      if (request < 5)
        expect(Object.keys(reply.headers).filter((name) => name.startsWith('x-mbx'))).toEqual([])
    }
    expect(statuses).toEqual(new Set([200]))
    const refused = await askFor('openInterestHist', { limit: 1 }, other)
    expect([refused.status, refused.headers['x-mbx-used-weight-1m']]).toEqual([429, undefined])
    expect(refused.text).toBe(
      errorText(
        -1003,
        'Too many requests; current limit of IP(127.0.0.1) is 1000 requests per 5 minutes. Please use the websocket for live updates to avoid polling the API.',
      ),
    )
    const klines = await askKlines(other, { symbol: 'BTCUSDT', limit: 1 })
    expect([klines.status, klines.headers['x-mbx-used-weight-1m']]).toEqual([200, '1'])
    other.advance(4 * MINUTE - 1)
    expect((await askFor('openInterestHist', {}, other)).status).toBe(429)
    other.advance(1)
    expect((await askFor('openInterestHist', {}, other)).status).toBe(200)
  })
})
