import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'

const BTC = { venue: 'binance', symbol: 'BTCUSDT' } as const
type Row = Readonly<Record<string, string | number | null>>

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())
beforeEach(async () => {
  await database.sql`truncate ohlcv, funding_rates, open_interest, rsi, coverage, instruments`
})

const at = (time: string): string => `2026-02-${time}:00.000Z`

async function put(table: string, row: object): Promise<void> {
  const { sql } = database
  await sql`insert into ${sql(table)} ${sql({ ...BTC, ...row })}`
}
const putCandle = (time: string, close: string, key = {}) =>
  put('ohlcv', { ts: at(time), open: close, high: close, low: close, close, volume: '1', ...key })
const putRate = (time: string, rate: string, key = {}) =>
  put('funding_rates', { ts: at(time), rate, venue_ts: at(time), ...key })
const cover = (dataset: string, from: string, to: string, key = {}) =>
  put('coverage', { dataset, covered: `{[${at(from)},${at(to)})}`, ...key })

async function read(view: string): Promise<Row[]> {
  const rows = await database.sql.unsafe<Record<string, string | number | Date | null>[]>(
    `select * from ${view} order by venue, symbol, ts`,
  )
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value]),
    ),
  )
}

describe('perp_latest', () => {
  const NOTHING = {
    funding_rate: null,
    funding_ts: null,
    open_interest: null,
    open_interest_value: null,
    open_interest_ts: null,
    rsi_14: null,
    rsi_ts: null,
  }

  it('has the newest of each fact, with the time of each', async () => {
    await cover('ohlcv', '01T00:00', '01T09:00')
    await cover('funding', '01T00:00', '01T09:00')
    for (const [time, close] of [
      ['01T08:57', '9.10'],
      ['01T08:58', '9.200'],
      ['01T08:59', '9.30'],
    ] as const)
      await putCandle(time, close)
    await putRate('01T00:00', '0.0002')
    await putRate('01T08:00', '-0.00012500')
    const interest = { sampled_at: at('01T08:50'), open_interest_value: '48.0' }
    await put('open_interest', { ts: at('01T08:53'), open_interest: '6', ...interest })
    await put('open_interest', { ts: at('01T08:54'), open_interest: '5.000', ...interest })
    const averages = { avg_gain: 1, avg_loss: 1 }
    await put('rsi', { ts: at('01T08:58'), period: 14, rsi: 62.5, ...averages })
    await put('rsi', { ts: at('01T08:59'), period: 21, rsi: 40, ...averages })
    expect(await read('perp_latest')).toEqual([
      {
        ...BTC,
        ts: at('01T08:59'),
        close: '9.30',
        funding_rate: '-0.00012500',
        funding_ts: at('01T08:00'),
        open_interest: '5.000',
        open_interest_value: '48.0',
        open_interest_ts: at('01T08:54'),
        rsi_14: 62.5,
        rsi_ts: at('01T08:58'),
      },
    ])
  })

  it('keeps the last minute of what is delisted, with nulls for what was never stored', async () => {
    const instrument = { base_asset: 'X', quote_asset: 'USDT', contract_type: 'PERPETUAL', raw: {} }
    await put('instruments', {
      ...instrument,
      symbol: 'BTCUSDT',
      status: 'TRADING',
      first_seen: at('01T00:00'),
      last_seen: at('09T00:00'),
    })
    await put('instruments', {
      ...instrument,
      symbol: 'GONEUSDT',
      status: 'SETTLING',
      first_seen: at('01T00:00'),
      last_seen: at('02T00:00'),
    })
    // Of one that no list had the archive knows.
    for (const [symbol, time] of [
      ['BTCUSDT', '09T00:00'],
      ['GONEUSDT', '02T00:00'],
      ['OLDUSDT', '01T00:00'],
    ] as const) {
      await cover('ohlcv', '01T00:00', '10T00:00', { symbol })
      await putCandle(time, '7.0', { symbol })
    }
    expect(await read('perp_latest')).toEqual([
      { ...BTC, ...NOTHING, ts: at('09T00:00'), close: '7.0' },
      { ...BTC, ...NOTHING, symbol: 'GONEUSDT', ts: at('02T00:00'), close: '7.0' },
      { ...BTC, ...NOTHING, symbol: 'OLDUSDT', ts: at('01T00:00'), close: '7.0' },
    ])
  })

  it('has no row of what has no candle', async () => {
    await cover('ohlcv', '01T00:00', '10T00:00')
    await putRate('01T08:00', '0.0001')
    expect(await read('perp_latest')).toEqual([])
  })
})

describe('funding_per_hour', () => {
  const line = (
    time: string,
    rate: string,
    interval_hours: string | null,
    rate_per_hour: string | null,
  ): Row => ({
    ...BTC,
    ts: at(time),
    rate,
    interval_hours,
    rate_per_hour,
  })

  it('divides each rate by the hours since the settlement before, also where they change from 8 to 4', async () => {
    await cover('funding', '01T00:00', '02T00:01')
    await putRate('01T00:00', '0.00010000')
    await putRate('01T08:00', '0.00010000')
    await putRate('01T16:00', '-0.00080000')
    await putRate('01T20:00', '0.00010000')
    await putRate('02T00:00', '0')
    await putRate('01T12:00', '0.5', { symbol: 'ETHUSDT' })
    expect(await read('funding_per_hour')).toEqual([
      line('01T00:00', '0.00010000', null, null),
      line('01T08:00', '0.00010000', '8', '0.0000125'),
      line('01T16:00', '-0.00080000', '8', '-0.0001'),
      line('01T20:00', '0.00010000', '4', '0.000025'),
      line('02T00:00', '0', '4', '0'),
      { ...line('01T12:00', '0.5', null, null), symbol: 'ETHUSDT' },
    ])
  })

  it('knows no interval where a settlement may be missing between the two', async () => {
    await cover('funding', '01T00:00', '01T08:01')
    await database.sql`
      update coverage set covered = covered + ${`{[${at('01T16:00')},${at('02T00:01')})}`}::tstzmultirange`
    await putRate('01T00:00', '0.0001')
    await putRate('01T08:00', '0.0001')
    await putRate('01T16:00', '0.0001')
    await putRate('02T00:00', '0.0001')
    expect(await read('funding_per_hour')).toEqual([
      line('01T00:00', '0.0001', null, null),
      line('01T08:00', '0.0001', '8', '0.0000125'),
      line('01T16:00', '0.0001', null, null),
      line('02T00:00', '0.0001', '8', '0.0000125'),
    ])
  })
})
