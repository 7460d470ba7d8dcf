import { connect, type Sql } from '../../src/db/connect.ts'
import { migrate } from '../../src/db/migrate.ts'
import { atMost, median, type Part, tell } from './figure.ts'
import type { Ground } from './ground.ts'
import { timeQuery } from './query-time.ts'

/** A year of one symbol, a day of 500. */
const FILL = [
  `insert into ohlcv
    select 'binance', symbol, ts, 100.10, 101.25, 99.15, 100.55, 12.345, 1234.56789, 321, 6.123, 612.34567 from (
      select 'S' || lpad(n::text, 3, '0') || 'USDT' as symbol, ts from generate_series(1, 499) n,
        generate_series('2026-10-31Z'::timestamptz, '2026-10-31 23:59Z', '1 minute') ts
      union all
      select 'BTCUSDT', ts from generate_series('2025-11-01Z'::timestamptz, '2026-10-31 23:59Z', '1 minute') ts
    ) minutes order by symbol, ts`,
  `insert into coverage (venue, symbol, dataset, covered)
    select 'binance', symbol, 'ohlcv', tstzmultirange(tstzrange(min(ts), max(ts) + interval '1 minute')) from ohlcv group by symbol`,
  `insert into funding_rates select 'binance', symbol, ts, 0.00010000, 100.5, null, ts
    from coverage, generate_series('2025-11-01Z'::timestamptz, '2026-10-31 16:00Z', '8 hours') ts order by symbol, ts`,
  'vacuum analyze',
] as const

/** By hand, with one order for first and last: two of them sort every minute twice. */
const byHand = (length: string, where: string): string => `
  select venue, symbol, date_bin('${length}', ts, 'epoch') as ts, (array_agg(open order by ts))[1] as open, max(high) as high,
    min(low) as low, (array_agg(close order by ts))[count(*)] as close, sum(volume) as volume,
    sum(quote_volume) as quote_volume, sum(trades) as trades, sum(taker_buy_volume) as taker_buy_volume,
    sum(taker_buy_quote_volume) as taker_buy_quote_volume, count(*) as minutes
  from ohlcv where ${where} group by 1, 2, 3`

const MONTH = `venue = 'binance' and symbol = 'BTCUSDT' and ts >= '2026-09-01Z' and ts < '2026-10-01Z'`
const QUESTIONS = [
  { name: 'a month of one symbol, 1 h', view: 'ohlcv_1h', length: '1 hour', where: MONTH },
  { name: 'a month of one symbol, 5 min', view: 'ohlcv_5m', length: '5 minutes', where: MONTH },
  {
    name: 'a day of 500 symbols, 1 h',
    view: 'ohlcv_1h',
    length: '1 hour',
    where: `ts >= '2026-10-31Z' and ts < '2026-11-01Z'`,
  },
] as const
const TIMES = 5

/** The views of bars beside the `group by` that one would write, in turns; the newest of 500 symbols. */
export async function measureBars(ground: Ground): Promise<Part> {
  await ground.clear()
  const sql = connect(ground.url, { max: 1 })
  await using cleanUp = new AsyncDisposableStack()
  cleanUp.defer(() => sql.end({ timeout: 1 }))
  await migrate(sql)
  for (const statement of FILL) await sql.unsafe(statement)
  const figures = []
  const details: Record<string, unknown> = {}
  for (const { name, view, length, where } of QUESTIONS) {
    const [viewMs, handMs] = await timeInTurns(sql, [
      `select * from ${view} where ${where}`,
      byHand(length, where),
    ])
    figures.push(
      atMost(1.5, `p. ${view} ÷ group by by hand, ${name}`, median(viewMs ?? []) / median(handMs ?? []), '×'),
    )
    details[name] = { viewMs, handMs }
  }
  const [latestMs = []] = await timeInTurns(sql, ['select * from perp_latest'])
  figures.push(tell('p. perp_latest of 500 symbols', median(latestMs), 'ms'))
  return { figures, details: { ...details, latestMs } }
}

async function timeInTurns(sql: Sql, queries: readonly string[]): Promise<number[][]> {
  const times: number[][] = queries.map(() => [])
  for (let turn = 0; turn < TIMES; turn++)
    for (const [at, query] of queries.entries()) times[at]?.push(await timeQuery(sql, query))
  return times
}
