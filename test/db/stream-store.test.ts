import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { PostgresLiquidationSums } from '../../src/db/liquidation-sums.ts'
import { PostgresStore } from '../../src/db/store.ts'
import type { Candle, Dataset, LiquidationOrder, RowOf } from '../../src/lib/model/market.ts'
import { MINUTE, type Window } from '../../src/lib/model/window.ts'
import type { Commit } from '../../src/lib/ports.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'

const START = Date.UTC(2026, 1, 1)
const at = (minute: number): number => START + minute * MINUTE

let database: TestDatabase
let store: PostgresStore
let sums: PostgresLiquidationSums

beforeAll(async () => {
  database = await createTestDatabase()
  const patience = { url: database.url, timeoutMs: 10_000, onWait: () => {} }
  store = new PostgresStore('binance', patience)
  sums = new PostgresLiquidationSums('binance', patience)
})
afterAll(async () => {
  await sums[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await database.sql`truncate ohlcv, taker_volume, liquidations, liquidation_orders, coverage`
})

const candle = (minute: number, close = '10.5'): Candle => ({
  ts: at(minute),
  open: '10',
  high: '11',
  low: '9',
  close,
  volume: '5',
  quoteVolume: null,
  trades: null,
  takerBuyVolume: '2',
  takerBuyQuoteVolume: null,
})

function commit<D extends Dataset>(
  dataset: D,
  rows: readonly RowOf[D][],
  change: Partial<Commit> = {},
): Commit {
  const covered: Window[] = rows.map(({ ts }) => ({ from: ts, to: ts + MINUTE }))
  return {
    symbol: 'BTCUSDT',
    dataset,
    rows: store.encode('BTCUSDT', dataset, rows),
    covered,
    absent: [],
    isFresh: false,
    ...change,
  }
}
const fromFeed = { yields: true, isFresh: true }

const closes = async (): Promise<string[]> =>
  (await database.sql<{ close: string }[]>`select close from ohlcv order by ts`).map(({ close }) => close)

describe('a row of a feed', () => {
  it('is stored where there is none, and gives way where there is one', async () => {
    await store.write([commit('ohlcv', [candle(0, '10.1')])])
    const rows = [candle(0, '10.9'), candle(1, '10.2')]
    const result = await store.write([commit('ohlcv', rows, fromFeed)])
    expect(result).toEqual({ inserted: 1, updated: 0, yielded: 1, refused: [], isStale: false })
    expect(await closes()).toEqual(['10.1', '10.2'])
  })

  it('that says the same as the stored one is no correction', async () => {
    await store.write([commit('ohlcv', [candle(0)], fromFeed)])
    const result = await store.write([commit('ohlcv', [candle(0)], fromFeed)])
    expect(result).toMatchObject({ inserted: 0, yielded: 0 })
  })

  it('is written in the digits of the API once that has it, which is no correction', async () => {
    const feed = { ...candle(0, '10.5'), volume: '5.000' }
    const taker = {
      ts: at(0),
      buyVolume: '2',
      sellVolume: '3',
      method: 'weighted',
      sampledAt: at(0),
    } as const
    await store.write([commit('ohlcv', [feed], fromFeed), commit('tv', [taker]), commit('rsi', [])])
    const before = await store.coverage('tv', ['BTCUSDT'])
    const result = await store.write([commit('ohlcv', [{ ...candle(0, '10.50'), volume: '5.0' }])])
    expect(result).toMatchObject({ inserted: 0, updated: 0 })
    const digits = () => database.sql`select close, volume, taker_buy_volume, xmin::text from ohlcv`
    const [stored] = await digits()
    expect(stored).toMatchObject({ close: '10.50', volume: '5.0', taker_buy_volume: '2' })
    // What was made from the same values stays.
    expect(await store.coverage('tv', ['BTCUSDT'])).toEqual(before)
    // Neither a second answer nor the feed rewrites it.
    await store.write([commit('ohlcv', [{ ...candle(0, '10.50'), volume: '5.0' }])])
    await store.write([commit('ohlcv', [feed], fromFeed)])
    expect(await digits()).toEqual([stored])
    const changed = { ...candle(0, '10.60'), volume: '5.0' }
    expect(await store.write([commit('ohlcv', [changed])])).toMatchObject({ updated: 1 })
    expect((await store.coverage('tv', ['BTCUSDT'])).get('BTCUSDT')?.covered).toEqual([])
  })

  it('is replaced by one that does not give way', async () => {
    await store.write([commit('ohlcv', [candle(0, '10.9')], fromFeed)])
    expect(await store.write([commit('ohlcv', [candle(0, '10.1')])])).toMatchObject({ updated: 1 })
    expect(await closes()).toEqual(['10.1'])
  })

  it('that gave way takes the taker volume that came with it along: it is made anew from the candle that stayed', async () => {
    await store.write([commit('ohlcv', [candle(0, '10.1'), candle(5)])])
    const flows = [0, 5].map((minute) => ({
      ts: at(minute),
      buyVolume: '3',
      sellVolume: '2',
      method: 'exact' as const,
      sampledAt: at(minute),
    }))
    await store.write([
      commit('ohlcv', [candle(0, '10.9'), candle(5)], fromFeed),
      commit('tv', flows, fromFeed),
    ])
    const covered = (await store.coverage('tv', ['BTCUSDT'])).get('BTCUSDT')?.covered
    expect(covered).toEqual([{ from: at(5), to: at(6) }])
  })
})

const order = (
  ts: number,
  positionSide: 'long' | 'short',
  filled: string | null,
  quantity = '3',
): LiquidationOrder => ({ ts, positionSide, price: '10', quantity, averagePrice: null, filled })

const minutes = async () =>
  database.sql`select symbol, (extract(epoch from ts) * 1000)::float8 as ts, source, long_volume as long,
    short_volume as short, observed_seconds as seconds from liquidations order by symbol, ts`

describe('liquidation orders', () => {
  it('are stored once and cover nothing', async () => {
    const rows = [order(at(0) + 5, 'long', '2.50'), order(at(0) + 7, 'long', '1')]
    await store.write([commit('lqo', rows, { ...fromFeed, covered: [] })])
    await store.write([commit('lqo', rows, { ...fromFeed, covered: [] })])
    const stored =
      await database.sql`select (extract(epoch from ts) * 1000)::float8 as ts, position_side, price, quantity,
      average_price, filled from liquidation_orders order by ts`
    expect(stored).toEqual([
      {
        ts: at(0) + 5,
        position_side: 'long',
        price: '10',
        quantity: '3',
        average_price: null,
        filled: '2.50',
      },
      { ts: at(0) + 7, position_side: 'long', price: '10', quantity: '3', average_price: null, filled: '1' },
    ])
    expect(await database.sql`select 1 from coverage`).toHaveLength(0)
  })

  it('are summed per minute and side, with what was seen of the minute; a quiet minute is a zero', async () => {
    const rows = [
      order(at(0), 'long', '2.5'),
      order(at(0) + 59_999, 'long', null, '4'),
      order(at(0) + 30_000, 'short', '1'),
      order(at(1), 'short', '9'),
    ]
    await store.write([commit('lqo', rows, { ...fromFeed, covered: [] })])
    await sums.sum(
      ['BTCUSDT', 'ETHUSDT'],
      [
        { ts: at(0), seconds: 60 },
        { ts: at(1), seconds: 41 },
      ],
    )
    expect(await minutes()).toEqual([
      { symbol: 'BTCUSDT', ts: at(0), source: 'stream', long: '6.5', short: '1', seconds: 60 },
      { symbol: 'BTCUSDT', ts: at(1), source: 'stream', long: '0', short: '9', seconds: 41 },
      { symbol: 'ETHUSDT', ts: at(0), source: 'stream', long: '0', short: '0', seconds: 60 },
      { symbol: 'ETHUSDT', ts: at(1), source: 'stream', long: '0', short: '0', seconds: 41 },
    ])
  })

  it('cover a minute that was seen whole, apart from what other sources cover', async () => {
    await sums.sum(
      ['BTCUSDT'],
      [
        { ts: at(0), seconds: 60 },
        { ts: at(1), seconds: 59 },
        { ts: at(2), seconds: 60 },
      ],
    )
    const covered = async (variant?: string) =>
      (await store.coverage('lq', ['BTCUSDT'], variant)).get('BTCUSDT')?.covered
    expect(await covered('stream')).toEqual([
      { from: at(0), to: at(1) },
      { from: at(2), to: at(3) },
    ])
    expect(await covered()).toBeUndefined()
  })

  it('that come late are summed again, and what was seen before a restart is not forgotten', async () => {
    await sums.sum(['BTCUSDT'], [{ ts: at(0), seconds: 48 }])
    await store.write([commit('lqo', [order(at(0) + 9, 'long', '2')], { ...fromFeed, covered: [] })])
    await sums.sum(['BTCUSDT'], [{ ts: at(0), seconds: 5 }])
    expect(await minutes()).toMatchObject([{ long: '2', short: '0', seconds: 48 }])
  })

  it('that a killed stream has left without a sum are summed, as of minutes of which nobody knows what was seen', async () => {
    const rows = [
      order(at(0) + 9, 'long', '2'),
      order(at(1) + 9, 'short', '3'),
      order(at(2) + 9, 'short', '4'),
    ]
    await store.write([commit('lqo', rows, { ...fromFeed, covered: [] })])
    await sums.sum(['BTCUSDT'], [{ ts: at(0), seconds: 60 }])
    await sums.recover(at(2))
    expect(await minutes()).toMatchObject([
      { ts: at(0), long: '2', short: '0', seconds: 60 },
      { ts: at(1), long: '0', short: '3', seconds: 0 },
    ])
  })
})
