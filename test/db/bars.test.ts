import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'

const BTC = { venue: 'binance', symbol: 'BTCUSDT' } as const
const VIEWS = {
  ohlcv_5m: '5 minutes',
  ohlcv_15m: '15 minutes',
  ohlcv_1h: '1 hour',
  ohlcv_4h: '4 hours',
  ohlcv_1d: '24 hours',
} as const

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())
beforeEach(async () => {
  await database.sql`truncate ohlcv, coverage`
  await database.sql`insert into coverage ${database.sql({ ...BTC, dataset: 'ohlcv' })}`
})

const MINUTE = {
  ...BTC,
  open: '10.10',
  high: '11.000',
  low: '9.9',
  close: '10.5',
  volume: '0.10',
  quote_volume: '1.05000000',
  trades: '3',
  taker_buy_volume: '0.07',
  taker_buy_quote_volume: '0.735',
}
type Row = Readonly<Record<string, string | number | boolean | null>>

const put = (ts: string, change: Row = {}) =>
  database.sql`insert into ohlcv ${database.sql({ ...MINUTE, ts, ...change })}`

/** Minutes from the first on, as many as given, each with the close of its place: 10.00, 10.01 … */
async function putMany(first: string, count: number): Promise<void> {
  const start = Date.parse(first)
  for (let n = 0; n < count; n++)
    await put(new Date(start + n * 60_000).toISOString(), { close: (10 + n / 100).toFixed(2) })
}

/** All columns as text, numbers with the digits that they have. */
async function read(view: string, where = 'true'): Promise<Row[]> {
  const rows = await database.sql.unsafe<(Row & { ts: Date })[]>(
    `select * from ${view} where ${where} order by venue, symbol, ts`,
  )
  return rows.map(({ ts, ...row }) => ({ ts: ts.toISOString().replace(':00.000Z', 'Z'), ...row }))
}

/** What makes a bar one of other minutes: all else is that of one `MINUTE`. */
const bar = (ts: string, change: Row): Row => ({ ts, ...MINUTE, minutes: 1, is_complete: false, ...change })

/** `MINUTE` summed up, to the digit. */
const sums = (minutes: number): Row => ({
  volume: (minutes * 0.1).toFixed(2),
  quote_volume: (minutes * 1.05).toFixed(8),
  trades: String(minutes * 3),
  taker_buy_volume: (minutes * 0.07).toFixed(2),
  taker_buy_quote_volume: (minutes * 0.735).toFixed(3),
  minutes,
})

describe('a bar', () => {
  it('opens with its first minute, closes with its last, has the extremes and exact sums of all', async () => {
    await put('2026-02-01T00:00Z', { open: '10.100', close: '10.2', high: '10.30', low: '9.95' })
    await put('2026-02-01T00:01Z', { high: '12.50', trades: '9007199254740993' })
    await put('2026-02-01T00:02Z', { low: '0.000000010', volume: '123456789012345678.000000000000000001' })
    await put('2026-02-01T00:03Z')
    await put('2026-02-01T00:04Z', { close: '10.70' })
    expect(await read('ohlcv_5m')).toEqual([
      bar('2026-02-01T00:00Z', {
        ...sums(5),
        open: '10.100',
        high: '12.50',
        low: '0.000000010',
        close: '10.70',
        volume: '123456789012345678.400000000000000001',
        trades: '9007199254741005',
        is_complete: true,
      }),
    ])
  })

  it('has the minutes that are stored on both sides of a hole, and is not there inside of one', async () => {
    await putMany('2026-02-01T00:03Z', 4)
    await putMany('2026-02-01T00:19Z', 1)
    await putMany('2026-02-01T00:20Z', 5)
    expect(await read('ohlcv_5m')).toEqual([
      bar('2026-02-01T00:00Z', { ...sums(2), close: '10.01' }),
      bar('2026-02-01T00:05Z', { ...sums(2), close: '10.03' }),
      bar('2026-02-01T00:15Z', { close: '10.00' }),
      bar('2026-02-01T00:20Z', { ...sums(5), close: '10.04', is_complete: true }),
    ])
  })

  it('begins at whole hours and days of UTC, also where a month ends', async () => {
    await putMany('2026-02-28T23:58Z', 4)
    const [before, after] = [
      { ...sums(2), close: '10.01' },
      { ...sums(2), close: '10.03' },
    ]
    expect(await read('ohlcv_15m')).toEqual([
      bar('2026-02-28T23:45Z', before),
      bar('2026-03-01T00:00Z', after),
    ])
    expect(await read('ohlcv_1h')).toEqual([
      bar('2026-02-28T23:00Z', before),
      bar('2026-03-01T00:00Z', after),
    ])
    expect(await read('ohlcv_4h')).toEqual([
      bar('2026-02-28T20:00Z', before),
      bar('2026-03-01T00:00Z', after),
    ])
    expect(await read('ohlcv_1d')).toEqual([
      bar('2026-02-28T00:00Z', before),
      bar('2026-03-01T00:00Z', after),
    ])
  })

  it('that forms has the minutes that it has, and more with each', async () => {
    await putMany('2026-02-01T00:10Z', 1)
    expect(await read('ohlcv_5m')).toEqual([bar('2026-02-01T00:10Z', { close: '10.00' })])
    await put('2026-02-01T00:11Z', { close: '10.9' })
    expect(await read('ohlcv_5m')).toEqual([bar('2026-02-01T00:10Z', { ...sums(2), close: '10.9' })])
  })

  it('has no sum of what one of its minutes does not tell', async () => {
    await put('2026-02-01T00:00Z')
    await put('2026-02-01T00:01Z', { taker_buy_volume: null, trades: null })
    await put('2026-02-01T00:05Z', { quote_volume: null, taker_buy_quote_volume: null })
    expect(await read('ohlcv_5m')).toEqual([
      bar('2026-02-01T00:00Z', { ...sums(2), taker_buy_volume: null, trades: null }),
      bar('2026-02-01T00:05Z', { quote_volume: null, taker_buy_quote_volume: null }),
    ])
  })

  it('is of one symbol and venue', async () => {
    const { sql } = database
    for (const key of [{ venue: 'other' }, { symbol: 'ETHUSDT' }]) {
      await sql`insert into coverage ${sql({ ...BTC, ...key, dataset: 'ohlcv' })}`
      await sql`insert into coverage ${sql({ ...BTC, ...key, dataset: 'funding' })}`
      await put('2026-02-01T00:01Z', key)
    }
    await put('2026-02-01T00:00Z')
    expect(await read('ohlcv_5m')).toEqual([
      bar('2026-02-01T00:00Z', {}),
      bar('2026-02-01T00:00Z', { symbol: 'ETHUSDT' }),
      bar('2026-02-01T00:00Z', { venue: 'other' }),
    ])
  })
})

describe('ohlcv_bars', () => {
  const bars = (since: string, until: string, length: string): string =>
    `ohlcv_bars('binance', 'BTCUSDT', '${since}', '${until}', '${length}')`

  it('has the bars that start in the window, whole ones', async () => {
    await putMany('2026-02-01T00:00Z', 16)
    const starts = async (since: string, until: string) =>
      (await read(bars(since, until, '5 minutes'))).map(({ ts, minutes }) => [ts, minutes])
    expect(await starts('2026-02-01 00:05Z', '2026-02-01 00:10Z')).toEqual([['2026-02-01T00:05Z', 5]])
    expect(await starts('2026-02-01 00:01Z', '2026-02-01 00:10:01Z')).toEqual([
      ['2026-02-01T00:05Z', 5],
      ['2026-02-01T00:10Z', 5],
    ])
    expect(await starts('2026-02-01 00:15Z', 'infinity')).toEqual([['2026-02-01T00:15Z', 1]])
    expect(await starts('infinity', '-infinity')).toEqual([])
  })

  it('takes other lengths; weeks begin on Mondays', async () => {
    await putMany('2026-02-01T23:59Z', 2)
    expect(await read(bars('-infinity', 'infinity', '2 minutes'))).toEqual([
      bar('2026-02-01T23:58Z', { close: '10.00' }),
      bar('2026-02-02T00:00Z', { close: '10.01' }),
    ])
    expect((await read(bars('-infinity', 'infinity', '1 week'))).map(({ ts }) => ts)).toEqual([
      '2026-01-26T00:00Z',
      '2026-02-02T00:00Z',
    ])
    await expect(read(bars('-infinity', 'infinity', '1 month'))).rejects.toThrow(/months or years/)
    await expect(read(bars('-infinity', 'infinity', '0'))).rejects.toThrow(/greater than zero/)
  })

  it('takes a day as 24 hours, also where the reader sets the clocks', async () => {
    const nights = ['2026-03-07T00:00Z', '2026-03-08T00:00Z', '2026-03-09T00:00Z', '2026-03-10T00:00Z']
    for (const night of nights) await put(night)
    const rows = await database.sql.begin(async (sql) => {
      await sql`set local timezone to 'America/New_York'`
      return sql.unsafe<{ ts: Date }[]>(
        `select ts from ${bars('-infinity', 'infinity', '1 day')} order by ts`,
      )
    })
    expect(rows.map(({ ts }) => ts.getTime())).toEqual(nights.map((night) => Date.parse(night)))
  })

  it('has none of a symbol that has no candle, however wide the window', async () => {
    expect(await read(bars('-infinity', 'infinity', '5 minutes'))).toEqual([])
  })
})

/** As one would write it: reads every minute of a symbol when it is asked for a few bars. */
const plainly = (length: string): string => `
  select venue, symbol, date_bin('${length}', ts, 'epoch') as ts, (array_agg(open order by ts))[1] as open,
    max(high) as high, min(low) as low, (array_agg(close order by ts desc))[1] as close, sum(volume) as volume,
    case when bool_and(quote_volume is not null) then sum(quote_volume) end as quote_volume,
    case when bool_and(trades is not null) then sum(trades)::bigint end as trades,
    case when bool_and(taker_buy_volume is not null) then sum(taker_buy_volume) end as taker_buy_volume,
    case when bool_and(taker_buy_quote_volume is not null) then sum(taker_buy_quote_volume) end as taker_buy_quote_volume,
    count(*)::integer as minutes, count(*) = extract(epoch from interval '${length}') / 60 as is_complete
  from ohlcv group by 1, 2, 3`

/** Six days of two symbols with holes short and long, by chance that is the same each time. */
const FILL = `
select setseed(0.42);
insert into coverage (venue, symbol, dataset) values ('binance', 'ETHUSDT', 'ohlcv');
insert into ohlcv select 'binance', symbol, ts, round((9 + 2 * random())::numeric, 3), 11, 9,
    round((9 + 2 * random())::numeric, 3), round(random()::numeric, 3),
    case when random() < 0.999 then 1.25 end, case when random() < 0.999 then 7 end,
    case when random() < 0.999 then 0.5 end, case when random() < 0.999 then 0.25 end
  from unnest(array['BTCUSDT', 'ETHUSDT']) symbol,
    generate_series('2026-03-06 07:31Z'::timestamptz, '2026-03-12 04:12Z', '1 minute') ts
  where random() < 0.995 and not (symbol = 'ETHUSDT' and ts >= '2026-03-09 22:17Z' and ts < '2026-03-11 02:09Z');
analyze ohlcv, coverage`

interface Plan {
  readonly 'Relation Name'?: string
  readonly 'Actual Rows'?: number
  readonly 'Actual Loops'?: number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly Plan[]
}

/** Rows of `ohlcv` that were read, also those that were then left out. */
function countRead(plan: Plan): number {
  const own = (plan['Actual Rows'] ?? 0) + (plan['Rows Removed by Filter'] ?? 0)
  const read = plan['Relation Name'] === 'ohlcv' ? own * (plan['Actual Loops'] ?? 0) : 0
  return (plan.Plans ?? []).reduce((sum, part) => sum + countRead(part), read)
}

describe('the views of bars', () => {
  it('have the rows of their plain definition, to the digit, in any time zone', async () => {
    await database.sql.unsafe(FILL)
    for (const [view, length] of Object.entries(VIEWS)) {
      const text = (query: string): string => `select row_to_json(x)::text as line from (${query}) x`
      const [counts] = await database.sql.begin(async (sql) => {
        await sql`set local timezone to 'America/New_York'`
        return sql.unsafe<{ rows: string; differences: string }[]>(`
          with shown as (${text(`select * from ${view}`)}), plain as (${text(plainly(length))})
          select (select count(*) from shown) as rows, (select count(*) from
            ((table shown except all table plain) union all (table plain except all table shown)) d) as differences`)
      })
      expect([view, counts?.differences]).toEqual([view, '0'])
      expect(Number(counts?.rows)).toBeGreaterThanOrEqual(13)
    }
  })

  it('read the minutes of the bars that are asked for, and two more for the life of the symbol', async () => {
    await database.sql.unsafe(FILL)
    const [minutes] = await database.sql<{ n: number }[]>`
      select count(*)::integer as n from ohlcv
      where symbol = 'BTCUSDT' and ts >= '2026-03-08 00:00Z' and ts < '2026-03-08 06:00Z'`
    const read = await database.sql.begin(async (sql) => {
      // As in a large table, which this is not.
      await sql`set local enable_seqscan to off`
      await sql`set local enable_bitmapscan to off`
      const [explained] = await sql.unsafe<{ 'QUERY PLAN': { Plan: Plan }[] }[]>(`
        explain (analyze, timing off, format json) select * from ohlcv_1h where venue = 'binance'
          and symbol = 'BTCUSDT' and ts >= '2026-03-08 00:00Z' and ts < '2026-03-08 06:00Z'`)
      const plan = explained?.['QUERY PLAN'][0]?.Plan
      return plan && countRead(plan)
    })
    // The plan tells rows of a loop, rounded to two places or, before PostgreSQL 18, to whole ones.
    expect(Math.abs((read ?? 0) - (minutes?.n ?? 0) - 2)).toBeLessThanOrEqual(3)
  })
})
