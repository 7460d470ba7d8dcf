import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'

/** One row of the view, its `ts` as minutes of 2026-02-01. */
type Line = Readonly<Record<string, string | number | null>>

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())
beforeEach(async () => {
  await database.sql`
    truncate ohlcv, funding_rates, open_interest, long_short_ratio, liquidations, taker_volume, rsi, mark_prices,
      index_prices, premium_index, coverage`
})

const at = (minute: number): string => new Date(Date.UTC(2026, 1, 1) + minute * 60_000).toISOString()
const BTC = { venue: 'binance', symbol: 'BTCUSDT' } as const
interface Key {
  readonly venue?: string
  readonly symbol?: string
}

const insert = async (table: string, minute: number, row: object, key: Key = {}): Promise<void> => {
  const { sql } = database
  await sql`insert into ${sql(table)} ${sql({ ...BTC, ...key, ts: at(minute), ...row })}`
}

const CANDLE = {
  open: '10.10',
  high: '11.000',
  low: '9.9',
  close: '10.5',
  volume: '7.50',
  quote_volume: '78.75000000',
  trades: 3,
  taker_buy_volume: '4.25',
  taker_buy_quote_volume: '44.6',
}
/** What a candle alone shows. */
const BARE: Line = {
  ...BTC,
  ...CANDLE,
  trades: '3',
  funding_rate: null,
  open_interest: null,
  open_interest_value: null,
  global_account_ratio: null,
  global_long_account: null,
  global_short_account: null,
  top_account_ratio: null,
  top_long_account: null,
  top_short_account: null,
  top_position_ratio: null,
  top_long_position: null,
  top_short_position: null,
  long_liquidations: null,
  short_liquidations: null,
  rsi_14: null,
  taker_buy: null,
  taker_sell: null,
  taker_method: null,
  mark_close: null,
  premium: null,
}
const bare = (minute: number, change: Line = {}): Line => ({ ...BARE, minute, ...change })

/** All rows by symbol and minute; decimals with the digits that are stored. */
async function readView(): Promise<Line[]> {
  const rows = await database.sql<(Line & { ts: Date })[]>`select * from perp_1m order by venue, symbol, ts`
  return rows.map(({ ts, ...line }) => ({ ...line, minute: (ts.getTime() - Date.UTC(2026, 1, 1)) / 60_000 }))
}

const putCandles = async (minutes: readonly number[], key: Key = {}): Promise<void> => {
  for (const minute of minutes) await insert('ohlcv', minute, CANDLE, key)
}
const cover = (dataset: string, from: number, to: number, key: Key = {}) => database.sql`
  insert into coverage ${database.sql({ ...BTC, ...key, dataset, covered: `{[${at(from)},${at(to)})}` })}`

describe('a row of perp_1m', () => {
  it('stands for each candle, with nulls for all that is not stored', async () => {
    await putCandles([0, 1, 3])
    await putCandles([1], { symbol: 'ETHUSDT' })
    await putCandles([1], { venue: 'other' })
    expect(await readView()).toEqual([
      bare(0),
      bare(1),
      bare(3),
      bare(1, { symbol: 'ETHUSDT' }),
      bare(1, { venue: 'other' }),
    ])
  })

  it('is not there without a candle, whatever else is', async () => {
    await insert('open_interest', 0, { open_interest: '1', open_interest_value: '2', sampled_at: at(0) })
    await insert('funding_rates', 0, { rate: '0.0001', venue_ts: at(0) })
    await insert('liquidations', 0, { source: 'coinalyze', long_volume: '1', short_volume: '2' })
    await insert('rsi', 0, { period: 14, rsi: 50, avg_gain: 1, avg_loss: 1 })
    expect(await readView()).toEqual([])
  })

  it('is one where every table has a row, and several sources and periods', async () => {
    await putCandles([5])
    await insert('funding_rates', 3, { rate: '-0.00012500', venue_ts: at(3) })
    await insert('open_interest', 5, {
      open_interest: '812.500',
      open_interest_value: '8531.25000000',
      sampled_at: at(5),
    })
    const ratios = {
      global_account_ratio: '1.5000',
      global_long_account: '0.6',
      global_short_account: '0.4',
      top_account_ratio: '2.0',
      top_long_account: '0.6667',
      top_short_account: '0.3333',
      top_position_ratio: '1.0',
      top_long_position: '0.5',
      top_short_position: '0.50',
    }
    await insert('long_short_ratio', 5, { ...ratios, sampled_at: at(5) })
    await insert('liquidations', 5, { source: 'coinalyze', long_volume: '0.125', short_volume: '3' })
    await insert('liquidations', 5, {
      source: 'stream',
      long_volume: '9',
      short_volume: '9',
      observed_seconds: 60,
    })
    await insert('rsi', 5, { period: 14, rsi: 62.5, avg_gain: 1, avg_loss: 0.6 })
    await insert('rsi', 5, { period: 21, rsi: 40, avg_gain: 2, avg_loss: 3 })
    await insert('taker_volume', 5, {
      buy_volume: '4.20',
      sell_volume: '3.30',
      method: 'weighted',
      sampled_at: at(5),
    })
    await cover('lq', 0, 10)
    expect(await readView()).toEqual([
      bare(5, {
        ...ratios,
        funding_rate: '-0.00012500',
        open_interest: '812.500',
        open_interest_value: '8531.25000000',
        long_liquidations: '0.125',
        short_liquidations: '3',
        rsi_14: 62.5,
        taker_buy: '4.20',
        taker_sell: '3.30',
        taker_method: 'weighted',
      }),
    ])
  })
})

describe('a minute of perp_1m', () => {
  it('has the funding rate of the last settlement up to it, never one before it is settled', async () => {
    await putCandles([0, 1, 2, 3, 4])
    await putCandles([4], { symbol: 'ETHUSDT' })
    await putCandles([4], { venue: 'other' })
    // Settled on the minute, told some milliseconds after.
    await insert('funding_rates', 1, { rate: '0.00010000', venue_ts: '2026-02-01T00:01:00.007Z' })
    await insert('funding_rates', 3, { rate: '-0.0002', venue_ts: at(3) })
    await insert('funding_rates', 2, { rate: '0.5', venue_ts: at(2) }, { symbol: 'XRPUSDT' })
    expect(await readView()).toEqual([
      bare(0),
      bare(1, { funding_rate: '0.00010000' }),
      bare(2, { funding_rate: '0.00010000' }),
      bare(3, { funding_rate: '-0.0002' }),
      bare(4, { funding_rate: '-0.0002' }),
      bare(4, { symbol: 'ETHUSDT' }),
      bare(4, { venue: 'other' }),
    ])
  })

  it('has the snapshot that is stored for it and no other, and of the ratios what is known', async () => {
    await putCandles([0, 1, 2])
    const interest = { open_interest: '5', open_interest_value: '50.0', sampled_at: at(0) }
    await insert('open_interest', 0, interest)
    await insert('open_interest', 1, { ...interest, open_interest: '0' })
    const [global_account_ratio, top_long_position] = ['1.25', '0.0']
    await insert('long_short_ratio', 1, { global_account_ratio, sampled_at: at(0) })
    await insert('long_short_ratio', 2, { top_long_position, sampled_at: at(0) })
    await insert('open_interest', 2, interest, { symbol: 'ETHUSDT' })
    await insert('long_short_ratio', 0, { global_account_ratio, sampled_at: at(0) }, { venue: 'other' })
    expect(await readView()).toEqual([
      bare(0, { open_interest: '5', open_interest_value: '50.0' }),
      bare(1, { open_interest: '0', open_interest_value: '50.0', global_account_ratio }),
      bare(2, { top_long_position }),
    ])
  })

  it('has no liquidations, 0, where they are covered, and an unknown number, null, elsewhere', async () => {
    await putCandles([0, 1, 2, 3, 4])
    await putCandles([2], { symbol: 'ETHUSDT' })
    await putCandles([2], { venue: 'other' })
    await cover('lq', 1, 4)
    await cover('ohlcv', 0, 5)
    await cover('lq', 0, 1, { symbol: 'ETHUSDT' })
    const row = { source: 'coinalyze', long_volume: '2.50', short_volume: '0' }
    await insert('liquidations', 2, row)
    // Beyond the coverage what is stored is true all the same.
    await insert('liquidations', 4, { ...row, source: 'stream', observed_seconds: 12 })
    const none = { long_liquidations: '0', short_liquidations: '0' }
    const some = { long_liquidations: '2.50', short_liquidations: '0' }
    expect(await readView()).toEqual([
      bare(0),
      bare(1, none),
      bare(2, some),
      bare(3, none),
      bare(4, some),
      bare(2, { symbol: 'ETHUSDT' }),
      bare(2, { venue: 'other' }),
    ])
  })

  it('takes the liquidations of whole minutes before those of the stream', async () => {
    await putCandles([0, 1])
    const [whole, sampled] = ['coinalyze', 'stream']
    for (const [at, source, volume] of [
      [0, sampled, '3'],
      [0, whole, '0'],
      [1, sampled, '4'],
    ] as const)
      await insert('liquidations', at, { source, long_volume: volume, short_volume: volume })
    expect(await readView()).toEqual([
      bare(0, { long_liquidations: '0', short_liquidations: '0' }),
      bare(1, { long_liquidations: '4', short_liquidations: '4' }),
    ])
  })

  it('has the RSI of 14 minutes only', async () => {
    await putCandles([0, 1])
    const averages = { avg_gain: 0, avg_loss: 0 }
    await insert('rsi', 0, { period: 13, rsi: 13, ...averages })
    await insert('rsi', 0, { period: 140, rsi: 99, ...averages })
    await insert('rsi', 1, { period: 14, rsi: 100 / 3, ...averages })
    await insert('rsi', 1, { period: 2, rsi: 2, ...averages })
    await insert('rsi', 0, { period: 14, rsi: 14, ...averages }, { symbol: 'MT' })
    expect(await readView()).toEqual([bare(0), bare(1, { rsi_14: 100 / 3 })])
  })

  it('has its mark price and premium at its end, and no row where there is no candle', async () => {
    await putCandles([0, 1, 2])
    const prices = { open: '10', high: '10.30', low: '9', close: '10.20000000' }
    const premium = { open: '0', high: '0.0001', low: '-0.0005', close: '-0.00042930' }
    for (const minute of [1, 3]) await insert('mark_prices', minute, prices)
    await insert('premium_index', 1, premium)
    await insert('premium_index', 2, { ...premium, close: '0.00000000' })
    await insert('index_prices', 0, prices)
    await insert('mark_prices', 2, prices, { symbol: 'ETHUSDT' })
    await insert('premium_index', 0, premium, { venue: 'other' })
    expect(await readView()).toEqual([
      bare(0),
      bare(1, { mark_close: '10.20000000', premium: '-0.00042930' }),
      bare(2, { premium: '0.00000000' }),
    ])
  })

  it('has its taker volume with the way that it was made', async () => {
    await putCandles([0, 1, 2])
    const row = { buy_volume: '1.10', sell_volume: '0', sampled_at: at(0) }
    await insert('taker_volume', 0, { ...row, method: 'weighted' })
    await insert('taker_volume', 1, { ...row, method: 'exact' })
    await insert('taker_volume', 2, { ...row, method: 'exact' }, { symbol: 'ETHUSDT' })
    const shown = { taker_buy: '1.10', taker_sell: '0' }
    expect(await readView()).toEqual([
      bare(0, { ...shown, taker_method: 'weighted' }),
      bare(1, { ...shown, taker_method: 'exact' }),
      bare(2),
    ])
  })
})
