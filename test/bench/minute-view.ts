import { connect } from '../../src/db/connect.ts'
import { migrate } from '../../src/db/migrate.ts'
import { atMost, median, type Part, tell } from './figure.ts'
import type { Ground } from './ground.ts'
import { timeQuery } from './query-time.ts'

/** The tables of the view joined as anybody would by hand, without what asks for more than equal minutes. */
const JOIN = `ohlcv left join open_interest using (venue, symbol, ts) left join long_short_ratio using (venue, symbol, ts)
  left join taker_volume using (venue, symbol, ts) left join rsi using (venue, symbol, ts)`

/** 500 symbols of one day, one of 300 days, with a year of settlements each. */
const FILL = [
  `create temp table minutes as
    select 'S' || lpad(n::text, 3, '0') || 'USDT' as symbol, ts from generate_series(1, 499) n,
      generate_series('2026-10-31Z'::timestamptz, '2026-10-31 23:59Z', '1 minute') ts
    union all
    select 'BTCUSDT', ts from generate_series('2026-01-05Z'::timestamptz, '2026-10-31 23:59Z', '1 minute') ts`,
  `insert into ohlcv select 'binance', symbol, ts, 100.10, 101.25, 99.15, 100.55, 12.345, 1234.56789, 321, 6.123, 612.34567
    from minutes order by symbol, ts`,
  `insert into open_interest select 'binance', symbol, ts, 81234.567, 8123456.789, ts from minutes order by symbol, ts`,
  `insert into long_short_ratio select 'binance', symbol, ts, 1.5, 0.6, 0.4, 2.0, 0.6667, 0.3333, 1.0, 0.5, 0.5, ts
    from minutes order by symbol, ts`,
  `insert into taker_volume select 'binance', symbol, ts, 6.123, 6.222, 'weighted', ts from minutes order by symbol, ts`,
  `insert into rsi select 'binance', symbol, 14, ts, 55.5123, 0.012, 0.011 from minutes order by symbol, ts`,
  `insert into liquidations select 'binance', symbol, ts, 'coinalyze', 1.25, 0 from minutes
    where extract(minute from ts)::int % 5 = 0 order by symbol, ts`,
  `insert into funding_rates select 'binance', symbol, ts, 0.00010000, 100.5, null, ts
    from (select distinct symbol from minutes) s,
      generate_series('2025-11-01Z'::timestamptz, '2026-10-31 16:00Z', '8 hours') ts order by symbol, ts`,
  `insert into coverage select 'binance', symbol, 'lq', tstzmultirange(tstzrange(min(ts), max(ts) + interval '1 minute'))
    from minutes group by symbol`,
  'vacuum analyze',
] as const

const QUESTIONS = {
  'a month of one symbol': `venue = 'binance' and symbol = 'BTCUSDT' and ts >= '2026-09-01Z' and ts < '2026-10-01Z'`,
  'a day of 500 symbols': `ts >= '2026-10-31Z' and ts < '2026-11-01Z'`,
  '300 days of one symbol': `venue = 'binance' and symbol = 'BTCUSDT' and ts >= '2026-01-05Z'`,
  'an hour of one symbol': `venue = 'binance' and symbol = 'BTCUSDT' and ts >= '2026-10-31 23:00Z'`,
} as const
const TIMES = 5

/** `perp_1m` beside the join of its tables by hand, and beside the candles alone: the same rows, in turns. */
export async function measureMinuteView(ground: Ground): Promise<Part> {
  await ground.clear()
  const sql = connect(ground.url, { max: 1 })
  await using cleanUp = new AsyncDisposableStack()
  cleanUp.defer(() => sql.end({ timeout: 1 }))
  await migrate(sql)
  for (const statement of FILL) await sql.unsafe(statement)
  const figures = []
  const details: Record<string, unknown> = {}
  for (const [question, where] of Object.entries(QUESTIONS)) {
    const [view, join, candles]: number[][] = [[], [], []]
    for (let turn = 0; turn < TIMES; turn++) {
      view?.push(await timeQuery(sql, `select * from perp_1m where ${where}`))
      join?.push(await timeQuery(sql, `select * from ${JOIN} where ${where}`))
      candles?.push(await timeQuery(sql, `select * from ohlcv where ${where}`))
    }
    const [viewMs, joinMs, candlesMs] = [view, join, candles].map((values) => median(values ?? []))
    if (viewMs === undefined || joinMs === undefined || candlesMs === undefined) throw new Error('no times')
    figures.push(
      atMost(1.5, `m. perp_1m ÷ join by hand, ${question}`, viewMs / joinMs, '×'),
      tell(`m. join by hand ÷ candles, ${question}`, joinMs / candlesMs, '×'),
    )
    details[question] = { view, join, candles }
  }
  return { figures, details }
}
