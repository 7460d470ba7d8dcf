import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type BinanceSimulator, startBinanceSimulator } from '../../src/sim/binance/index.ts'
import { hasRecorded, RECORDED, WITHOUT_RECORDED } from '../helpers/recorded.ts'
import { ask, type Parameters } from '../helpers/simulator.ts'

const NOW = Date.UTC(2026, 10, 20, 12) + 30_000

let simulator: BinanceSimulator
beforeAll(async () => {
  simulator = await startBinanceSimulator({ clock: { startAt: NOW, rate: 0 } })
})
afterAll(() => simulator.close())

const askPath = (path: string, parameters: Parameters = {}) => ask(`${simulator.restUrl}${path}`, parameters)
const read = async (path: string, parameters: Parameters = {}) =>
  JSON.parse((await askPath(path, parameters)).text)

/** Types instead of values; of a list, the distinct shapes of its entries. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value))
    return [...new Set(value.map((entry) => JSON.stringify(shapeOf(entry))))].toSorted()
  if (typeof value !== 'object' || value === null) return typeof value
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, entry]) => [key, shapeOf(entry)]))
}

const recorded = (name: string) =>
  JSON.parse(readFileSync(`${RECORDED}/rest-answers/${name}.json`, 'utf8')).response

describe('an answer looks as a recorded one', () => {
  beforeEach(({ skip }) => skip(!hasRecorded, WITHOUT_RECORDED))

  it('exchangeInfo', async () => {
    const [ours, theirs] = [await read('/fapi/v1/exchangeInfo'), recorded('fapi_v1_exchangeInfo_00')]
    expect(shapeOf(ours)).toEqual(shapeOf({ ...theirs }))
    expect(ours.rateLimits).toEqual(expect.arrayContaining(theirs.rateLimits))
  })

  it('klines: the same types slot by slot, the same decimals', async () => {
    const kinds = (row: readonly unknown[]): string[] => row.map((slot) => typeof slot)
    const form = (row: readonly unknown[]): string[] =>
      row.map((slot) => String(slot).replace(/\d+/, 'n').replace(/\d/g, '0'))
    const startTime = Date.UTC(2026, 1, 1)
    const [ours] = await read('/fapi/v1/klines', { symbol: 'LTCUSDT', interval: '1m', startTime, limit: 1 })
    const theirs = recorded('fapi_v1_klines_00')[0]
    expect(kinds(ours)).toEqual(kinds(theirs))
    const [ourBitcoin] = await read('/fapi/v1/klines', {
      symbol: 'BTCUSDT',
      interval: '1d',
      startTime,
      limit: 1,
    })
    expect(form(ourBitcoin)).toEqual(form(recorded('fapi_v1_klines_03')[0]))
  })

  it('fundingInfo, premiumIndex, time', async () => {
    expect(shapeOf(await read('/fapi/v1/fundingInfo'))).toEqual(shapeOf(recorded('fapi_v1_fundingInfo_00')))
    expect(shapeOf(await read('/fapi/v1/premiumIndex', { symbol: 'BTCUSDT' }))).toEqual(
      shapeOf(recorded('fapi_v1_premiumIndex_00')),
    )
    expect(shapeOf(await read('/fapi/v1/time'))).toEqual(shapeOf(recorded('fapi_v1_time_00')))
  })

  it('fundingRate, which has gained a mark price since', async () => {
    const [ours] = await read('/fapi/v1/fundingRate', { symbol: 'BTCUSDT', limit: 1 })
    expect(shapeOf(ours)).toEqual(shapeOf({ ...recorded('fapi_v1_fundingRate_03')[0], markPrice: '' }))
  })
})

describe('the venue', () => {
  it('answers time and ping by its own clock', async () => {
    expect((await askPath('/fapi/v1/time')).text).toBe(`{"serverTime":${NOW}}`)
    expect((await askPath('/fapi/v1/ping')).text).toBe('{}')
  })

  it('tells a stale serverTime in exchangeInfo', async () => {
    const { serverTime } = await read('/fapi/v1/exchangeInfo')
    expect(NOW - serverTime).toBeGreaterThan(3_600_000)
  })

  it('lists contracts of all kinds, and not the delisted ones', async () => {
    const { symbols } = await read('/fapi/v1/exchangeInfo')
    const bySymbol = new Map<string, Record<string, unknown>>(
      symbols.map((entry: { symbol: string }) => [entry.symbol, entry]),
    )
    expect(bySymbol.get('BTCUSDT')).toMatchObject({ onboardDate: 1569398400000, deliveryDate: 4133404800000 })
    expect(bySymbol.get('XAUUSDT')).toMatchObject({ contractType: 'TRADIFI_PERPETUAL' })
    expect(bySymbol.get('BTCUSDT_261225')).toMatchObject({ contractType: 'CURRENT_QUARTER', pair: 'BTCUSDT' })
    expect(bySymbol.get('BTCUSDC')).toMatchObject({ quoteAsset: 'USDC', marginAsset: 'USDC' })
    expect(bySymbol.get('EOSUSDT')).toMatchObject({ status: 'SETTLING' })
    expect(bySymbol.has('YOUNGUSDT')).toBe(true)
    expect(bySymbol.has('MATICUSDT')).toBe(false)
    expect(bySymbol.size).toBeGreaterThan(36)
  })

  it('knows no other path', async () => {
    const reply = await askPath('/fapi/v1/nothing')
    expect([reply.status, reply.text]).toEqual([
      404,
      '{"code":-5000,"msg":"Path /fapi/v1/nothing, Method GET is invalid"}',
    ])
    const posted = await ask(`${simulator.restUrl}/fapi/v1/time`, {}, { method: 'POST', body: 'x' })
    expect(posted.status).toBe(404)
  })

  it('listens on loopback only', async () => {
    await expect(startBinanceSimulator({ host: '0.0.0.0' })).rejects.toThrow(/loopback only/)
    const port = Number(new URL(simulator.restUrl).port)
    await expect(startBinanceSimulator({ port })).rejects.toThrow(/cannot listen/)
  })

  it('has as many tradable perpetuals as are asked for', async () => {
    for (const symbolCount of [3, 100, 700]) {
      await using other = await startBinanceSimulator({ symbolCount, clock: { startAt: NOW, rate: 0 } })
      const { symbols } = JSON.parse((await ask(`${other.restUrl}/fapi/v1/exchangeInfo`)).text)
      const tradable = symbols.filter(
        (entry: Record<string, unknown>) =>
          entry.contractType === 'PERPETUAL' && entry.quoteAsset === 'USDT' && entry.status === 'TRADING',
      )
      expect(tradable).toHaveLength(symbolCount)
    }
  })

  it('keeps a record of requests where it is asked to', async () => {
    await using other = await startBinanceSimulator({
      recordsRequests: true,
      clock: { startAt: NOW, rate: 0 },
    })
    await ask(`${other.restUrl}/fapi/v1/klines`, { symbol: 'BTCUSDT', interval: '1m', limit: 2 })
    expect(other.stats().recorded).toEqual([
      {
        at: NOW,
        address: '127.0.0.1',
        path: '/fapi/v1/klines',
        query: { symbol: 'BTCUSDT', interval: '1m', limit: '2' },
        status: 200,
        rows: 2,
        fault: null,
      },
    ])
    expect(other.stats()).toMatchObject({
      requests: { '/fapi/v1/klines': 1 },
      rows: { '/fapi/v1/klines': 2 },
    })
  })
})

describe('the control interface', () => {
  it('tells the statistics, takes fault rules, moves the clock', async () => {
    await using other = await startBinanceSimulator({ clock: { startAt: NOW, rate: 0 } })
    const put = (path: string, body: unknown) =>
      ask(`${other.restUrl}/_sim/${path}`, {}, { method: 'PUT', body: JSON.stringify(body) })
    expect((await put('faults', [{ kind: '500', path: 'time', count: 1 }])).text).toBe('{"faults":1}')
    expect((await ask(`${other.restUrl}/fapi/v1/time`)).status).toBe(500)
    expect((await put('clock', { advance: 5_000 })).text).toBe(`{"now":${NOW + 5_000}}`)
    expect(JSON.parse((await ask(`${other.restUrl}/_sim/stats`)).text)).toMatchObject({
      requests: { '/fapi/v1/time': 1 },
      faults: { '500': 1 },
    })
    const wrong = await put('faults', [{ kind: '501' }])
    expect([wrong.status, wrong.text]).toEqual([400, expect.stringContaining('expected one of 500, 503')])
    expect((await put('faults', [{ kind: '500', often: 1 }])).status).toBe(400)
    expect((await ask(`${other.restUrl}/_sim/nothing`)).status).toBe(404)
  })
})
