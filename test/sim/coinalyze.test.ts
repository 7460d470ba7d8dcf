import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DAY } from '../../src/lib/model/window.ts'
import type { FutureMarket } from '../../src/sim/coinalyze/index.ts'
import type { FaultRule } from '../../src/sim/core/faults.ts'
import type { VenueSimulator } from '../../src/sim/index.ts'
import {
  askFor,
  askHistory,
  BTC,
  type Histories,
  type HistoryRow,
  KEY,
  lastDay,
  NOW,
  OPEN_MINUTE,
  readHistories,
  readRows,
  startCoinalyze,
} from '../helpers/coinalyze.ts'
import { ask, type Reply } from '../helpers/simulator.ts'

let simulator: VenueSimulator
beforeAll(async () => {
  simulator = await startCoinalyze({ hasLimits: false })
})
afterAll(() => simulator.close())
beforeEach(() => simulator.setFaults([]))

describe('a key', () => {
  it('comes in a header or the query, and is required everywhere', async () => {
    const url = `${simulator.coinalyzeUrl}/exchanges`
    expect((await ask(url, KEY)).status).toBe(200)
    expect((await fetch(url, { headers: { API_KEY: 'k' } })).status).toBe(200)
    for (const path of ['exchanges', 'future-markets', 'liquidation-history', 'nowhere']) {
      for (const parameters of [{}, { api_key: '' }] as const) {
        const { status, text } = await ask(`${simulator.coinalyzeUrl}/${path}`, parameters)
        expect({ status, text }).toEqual({ status: 401, text: '{"message":"Invalid/Missing API key"}' })
      }
    }
  })

  it('is one of those that are accepted', async () => {
    await using strict = await startCoinalyze({ keys: ['good'] })
    expect((await askFor(strict, 'exchanges', { api_key: 'good' })).status).toBe(200)
    expect((await askFor(strict, 'exchanges', { api_key: 'bad' })).status).toBe(401)
  })

  it('is shown nowhere', async () => {
    await using other = await startCoinalyze()
    const secret = 'a-secret-key'
    await askFor(other, 'exchanges', { api_key: secret })
    await ask(`${other.coinalyzeUrl}/liquidation-history`, { API_KEY: secret, symbols: BTC })
    await ask(`${other.restUrl}/fapi/v1/ping`, { api_key: secret })
    await fetch(`${other.coinalyzeUrl}/exchanges`, { headers: { api_key: secret } })
    const stats = other.stats()
    expect(JSON.stringify(stats)).not.toContain(secret)
    expect(stats.recorded.map(({ path, query, status }) => ({ path, query, status }))).toEqual([
      { path: '/coinalyze/v1/exchanges', query: {}, status: 200 },
      { path: '/coinalyze/v1/liquidation-history', query: { symbols: BTC }, status: 401 },
      { path: '/fapi/v1/ping', query: {}, status: 200 },
      { path: '/coinalyze/v1/exchanges', query: {}, status: 200 },
    ])
    expect((await ask(`${other.restUrl}/_sim/stats`)).text).not.toContain(secret)
  })
})

describe('the limit of 40 calls a minute', () => {
  const symbols = (count: number): string => Array.from({ length: count }, (_, n) => `S${n}`).join(',')

  it('counts each symbol, by key, whatever the address', async () => {
    await using limited = await startCoinalyze()
    const first = await askHistory(limited, { symbols: symbols(20) })
    expect([first.status, first.text]).toEqual([200, '[]'])
    expect((await askHistory(limited, { symbols: symbols(18) })).status).toBe(200)
    expect((await askFor(limited, 'exchanges')).status).toBe(200)
    const url = `${limited.coinalyzeUrl}/future-markets`
    expect((await ask(url, KEY, { localAddress: '127.0.0.2' })).status).toBe(200)
    expect((await ask(url, KEY, { localAddress: '127.0.0.3' })).status).toBe(429)
    expect((await askFor(limited, 'exchanges', { api_key: 'another' })).status).toBe(200)
    expect((await ask(`${limited.restUrl}/fapi/v1/ping`)).headers['x-mbx-used-weight-1m']).toBe('1')
    expect(limited.stats().weight).toEqual({
      'key-1': { [OPEN_MINUTE]: 41 },
      'key-2': { [OPEN_MINUTE]: 1 },
      '127.0.0.1': { [OPEN_MINUTE]: 1 },
    })
    expect(limited.stats().violations).toEqual({ limited: 1, whileBanned: 0 })
  })

  it('refuses with decimal seconds to wait, never bans, and tells no quota', async () => {
    await using limited = await startCoinalyze()
    const good = await askHistory(limited, { symbols: symbols(20) })
    await askHistory(limited, { symbols: symbols(20) })
    const refusals = [await askFor(limited, 'exchanges')]
    for (let request = 0; request < 9; request += 1) refusals.push(await askFor(limited, 'exchanges'))
    expect(refusals.map(({ status }) => status)).toEqual(Array(10).fill(429))
    expect(refusals[0]?.headers['retry-after']).toBe('29.5')
    expect(JSON.parse(refusals[0]?.text ?? '')).toEqual({ message: expect.stringContaining('40 API calls') })
    expect(Object.keys(good.headers).toSorted()).toEqual([
      'connection',
      'content-length',
      'content-type',
      'date',
    ])
    limited.advance(29_500)
    expect((await askFor(limited, 'exchanges')).status).toBe(200)
  })

  it('may be told without how long to wait', async () => {
    await using limited = await startCoinalyze({ hasRetryAfter: false })
    for (let request = 0; request < 40; request += 1) await askFor(limited, 'exchanges')
    const refused = await askFor(limited, 'exchanges')
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, undefined])
  })

  it('takes 20 symbols in one request and no more', async () => {
    await using limited = await startCoinalyze()
    for (const count of [21, 50]) {
      const refused = await askHistory(limited, { symbols: symbols(count) })
      expect(refused.status).toBe(400)
      expect(JSON.parse(refused.text).message).toContain('20')
    }
  })
})

describe('/exchanges and /future-markets', () => {
  const readMarkets = async (from: VenueSimulator): Promise<FutureMarket[]> =>
    JSON.parse((await askFor(from, 'future-markets')).text)

  it('list exchanges by code', async () => {
    const exchanges = JSON.parse((await askFor(simulator, 'exchanges')).text)
    expect(exchanges[0]).toEqual({ name: 'Binance', code: 'A' })
    const codes = new Set(exchanges.map(({ code }: { code: string }) => code))
    for (const { exchange } of await readMarkets(simulator)) expect(codes).toContain(exchange)
  })

  it('list what trades at the venue, and some of others', async () => {
    const markets = await readMarkets(simulator)
    expect(markets.find(({ symbol }) => symbol === BTC)).toEqual({
      symbol: BTC,
      exchange: 'A',
      symbol_on_exchange: 'BTCUSDT',
      base_asset: 'BTC',
      quote_asset: 'USDT',
      is_perpetual: true,
      margined: 'STABLE',
      expire_at: null,
      oi_lq_vol_denominated_in: 'BASE_ASSET',
      has_long_short_ratio_data: true,
      has_ohlcv_data: true,
      has_buy_sell_data: true,
    })
    const info = JSON.parse((await ask(`${simulator.restUrl}/fapi/v1/exchangeInfo`)).text)
    const trading = info.symbols.filter(({ status }: { status: string }) => status === 'TRADING')
    const own = markets.filter(({ exchange, margined }) => exchange === 'A' && margined === 'STABLE')
    expect(own.map(({ symbol_on_exchange }) => symbol_on_exchange)).toEqual(
      trading.map(({ symbol }: { symbol: string }) => symbol),
    )
    const names = markets.map(({ symbol_on_exchange }) => symbol_on_exchange)
    for (const gone of ['MATICUSDT', 'EOSUSDT']) expect(names).not.toContain(gone)
    const elsewhere = markets.filter(({ symbol_on_exchange }) => symbol_on_exchange === 'BTCUSDT')
    expect(elsewhere.map(({ symbol, exchange }) => [symbol, exchange])).toEqual([
      [BTC, 'A'],
      ['BTCUSDT.6', '6'],
    ])
    expect(own.filter(({ is_perpetual }) => !is_perpetual).map(({ symbol }) => symbol)).toEqual([
      'BTCUSDT_260626.A',
    ])
    expect(new Set(markets.map(({ symbol }) => symbol)).size).toBe(markets.length)
  })

  it('have a name that nobody guesses, which alone has rows', async () => {
    const odd = (await readMarkets(simulator)).find((market) => market.symbol_on_exchange === '1000PEPEUSDT')
    expect(odd?.symbol).toBe('PEPE1000USDT_PERP.A')
    expect((await readRows(simulator, { symbols: odd?.symbol ?? '' })).length).toBeGreaterThan(20)
    expect(await readHistories(simulator, { symbols: '1000PEPEUSDT_PERP.A' })).toEqual([])
  })

  it('can have other odd names, and symbols that are missing', async () => {
    await using other = await startCoinalyze({ names: { ETHUSDT: 'ETH.A' }, missing: ['BTCUSDT'] })
    const own = (await readMarkets(other)).filter(({ exchange }) => exchange === 'A')
    const symbolOf = (name: string) =>
      own.find(({ symbol_on_exchange }) => symbol_on_exchange === name)?.symbol
    expect(['BTCUSDT', 'ETHUSDT', '1000PEPEUSDT'].map(symbolOf)).toEqual([
      undefined,
      'ETH.A',
      '1000PEPEUSDT_PERP.A',
    ])
    expect(await readHistories(other)).toEqual([])
    expect(other.truth.liquidations('BTCUSDT', { from: NOW - DAY, to: NOW }).length).toBeGreaterThan(20)
  })
})

describe('faults', () => {
  const withFault = (rule: FaultRule): Promise<Reply> => {
    simulator.setFaults([{ path: '/liquidation-history', ...rule }])
    return askHistory(simulator)
  }

  it.each([
    [{ kind: '500' }, 500, '{"message":"Internal Server Error"}'],
    [{ kind: '503' }, 503, '{"message":"Service Unavailable"}'],
    [{ kind: 'empty' }, 200, ''],
    [
      { kind: '429', retryAfter: 7 },
      429,
      '{"message":"Too many requests: the limit is 40 API calls per minute"}',
    ],
  ] satisfies [FaultRule, number, string][])('%j speaks as Coinalyze does', async (rule, status, text) => {
    const reply = await withFault(rule)
    expect({ status: reply.status, text: reply.text }).toEqual({ status, text })
    expect((await ask(`${simulator.restUrl}/fapi/v1/ping`)).status).toBe(200)
  })

  it('of the body and the connection', async () => {
    const good = (await askHistory(simulator)).text
    expect((await withFault({ kind: 'truncated-json' })).text).toBe(
      good.slice(0, Math.floor(good.length * 0.6)),
    )
    expect((await withFault({ kind: 'html', status: 200 })).text).toMatch(/<html>/)
    const garbage = await withFault({ kind: 'garbage-json' })
    expect(() => JSON.parse(garbage.text)).toThrow(SyntaxError)
    await expect(withFault({ kind: 'reset' })).rejects.toThrow(/aborted|ECONNRESET/)
    expect(simulator.stats().faults).toMatchObject({ 'truncated-json': 1, html: 1, reset: 1 })
  })

  it('of the rows, inside of each history', async () => {
    const symbols = `${BTC},ETHUSDT_PERP.A`
    const good = await readHistories(simulator, { symbols })
    const spoiled = async (rule: FaultRule): Promise<Histories> => {
      simulator.setFaults([rule])
      return readHistories(simulator, { symbols })
    }
    const change = (histories: Histories, edit: (rows: readonly HistoryRow[], middle: number) => unknown) =>
      histories.map(({ symbol, history }) => ({
        symbol,
        history: edit(history, Math.floor(history.length / 2)),
      }))
    expect(good.every(({ history }) => history.length > 20)).toBe(true)
    expect(await spoiled({ kind: 'hole' })).toEqual(change(good, (rows, middle) => rows.toSpliced(middle, 1)))
    expect(await spoiled({ kind: 'unsorted' })).toEqual(change(good, (rows) => rows.toReversed()))
    const twice = change(good, (rows, middle) =>
      rows.flatMap((row, at) => (at === middle ? [row, row] : [row])),
    )
    expect(await spoiled({ kind: 'duplicate-rows' })).toEqual(twice)
    expect(await spoiled({ kind: 'negative' })).toEqual(
      change(good, (rows, middle) =>
        rows.map((row, at) => (at === middle ? { ...row, l: -row.l || -1 } : row)),
      ),
    )
    expect(
      change(await spoiled({ kind: 'conflicting-rows' }), (rows, middle) => rows[middle]?.l),
    ).not.toEqual(change(good, (rows, middle) => rows[middle]?.l))
  })

  it('shifted answers with the newest stretch of the same length', async () => {
    const newest = await readRows(simulator, { from: lastDay.to - 3_569, to: lastDay.to + 30 })
    simulator.setFaults([{ kind: 'shifted' }])
    const old = { from: lastDay.from, to: lastDay.from + 3_599 }
    const shifted = await readRows(simulator, old)
    expect(shifted.length).toBeGreaterThan(0)
    expect(shifted).toEqual(newest)
  })

  it('by path leave the venue beside alone, and by symbols the others', async () => {
    simulator.setFaults([{ kind: '500', symbol: BTC }])
    expect((await askHistory(simulator)).status).toBe(500)
    expect((await askHistory(simulator, { symbols: 'ETHUSDT_PERP.A' })).status).toBe(200)
  })

  it('418 bars the key, not the address', async () => {
    await using other = await startCoinalyze()
    other.setFaults([{ kind: '418', count: 1, ms: 5_000 }])
    expect((await askFor(other, 'exchanges')).status).toBe(418)
    expect((await askFor(other, 'exchanges')).status).toBe(418)
    expect((await askFor(other, 'exchanges', { api_key: 'another' })).status).toBe(200)
    expect((await ask(`${other.restUrl}/fapi/v1/ping`)).status).toBe(200)
  })
})
