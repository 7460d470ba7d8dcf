import { expect, it } from 'vitest'
import { createTestDatabase } from '../helpers/database.ts'

/** What perp_1m shows, said row by row: the last settlement up to a minute, the first source of its liquidations. */
const PLAINLY = `
select c.venue, c.symbol, c.ts,
  c.open, c.high, c.low, c.close, c.volume, c.quote_volume, c.trades, c.taker_buy_volume, c.taker_buy_quote_volume,
  f.rate as funding_rate,
  o.open_interest, o.open_interest_value,
  s.global_account_ratio, s.global_long_account, s.global_short_account,
  s.top_account_ratio, s.top_long_account, s.top_short_account,
  s.top_position_ratio, s.top_long_position, s.top_short_position,
  case when l.source is not null then l.long_volume when k.covered @> c.ts then 0 end as long_liquidations,
  case when l.source is not null then l.short_volume when k.covered @> c.ts then 0 end as short_liquidations,
  r.rsi as rsi_14,
  t.buy_volume as taker_buy, t.sell_volume as taker_sell, t.method as taker_method,
  m.close as mark_close, p.close as premium
from ohlcv c
left join lateral (
  select rate from funding_rates where venue = c.venue and symbol = c.symbol and ts <= c.ts order by ts desc limit 1
) f on true
left join open_interest o on o.venue = c.venue and o.symbol = c.symbol and o.ts = c.ts
left join long_short_ratio s on s.venue = c.venue and s.symbol = c.symbol and s.ts = c.ts
left join lateral (
  select source, long_volume, short_volume from liquidations
  where venue = c.venue and symbol = c.symbol and ts = c.ts order by source limit 1
) l on true
left join coverage k on k.venue = c.venue and k.symbol = c.symbol and k.dataset = 'lq'
left join rsi r on r.venue = c.venue and r.symbol = c.symbol and r.period = 14 and r.ts = c.ts
left join taker_volume t on t.venue = c.venue and t.symbol = c.symbol and t.ts = c.ts
left join mark_prices m on m.venue = c.venue and m.symbol = c.symbol and m.ts = c.ts
left join premium_index p on p.venue = c.venue and p.symbol = c.symbol and p.ts = c.ts`

/** Three days of three symbols with holes everywhere, by chance that is the same each time. */
const FILL = `
select setseed(0.42);
create temp table minutes as
  select 'binance' as venue, symbol, ts from unnest(array['AUSDT', 'BUSDT', 'CUSDT']) symbol,
    generate_series('2026-02-01Z'::timestamptz, '2026-02-03 23:59Z', '1 minute') ts;
insert into ohlcv select venue, symbol, ts, 10, 11, 9, round((9 + 2 * random())::numeric, 3), 5, 50, 3, 2, 20
  from minutes where random() < 0.9;
insert into open_interest select venue, symbol, ts, round(random()::numeric, 4), 2, ts from minutes where random() < 0.7;
insert into long_short_ratio (venue, symbol, ts, top_account_ratio, sampled_at)
  select venue, symbol, ts, round(random()::numeric, 4), ts from minutes where random() < 0.7;
insert into taker_volume select venue, symbol, ts, round(random()::numeric, 3), 1, 'exact', ts
  from minutes where random() < 0.6;
insert into mark_prices select venue, symbol, ts, 10, 11, 9, round((9 + 2 * random())::numeric, 8)
  from minutes where random() < 0.6;
insert into premium_index select venue, symbol, ts, 0, 1, -1, round((random() - 0.5)::numeric, 8)
  from minutes where random() < 0.6;
insert into rsi select venue, symbol, period, ts, 100 * random(), 1, 1
  from minutes, unnest(array[7, 14]) period where random() < 0.6;
insert into liquidations select venue, symbol, ts, source, round(random()::numeric, 3), round(random()::numeric, 3)
  from minutes, unnest(array['coinalyze', 'stream']) source where random() < 0.2;
-- Each hour, at odd minutes too, and none at all for the most of the second day of one symbol.
insert into funding_rates (venue, symbol, ts, rate, venue_ts)
  select venue, symbol, ts, round(random()::numeric, 8), ts from minutes
  where random() < case when extract(minute from ts) = 0 then 0.5 else 0.001 end
    and not (symbol = 'BUSDT' and ts >= '2026-02-01 20:00Z' and ts < '2026-02-03 04:00Z')
    and not (symbol = 'CUSDT' and ts < '2026-02-02 05:00Z');
insert into coverage (venue, symbol, dataset, covered) values
  ('binance', 'AUSDT', 'lq', '{[2026-02-01 03:00Z,2026-02-01 19:00Z),[2026-02-02Z,2026-02-03 12:00Z)}'),
  ('binance', 'BUSDT', 'ohlcv', '{[2026-02-01Z,2026-02-04Z)}');
analyze ohlcv, mark_prices, premium_index, open_interest, long_short_ratio, taker_volume, rsi, liquidations, funding_rates, funding_days, coverage;`

it('the rows of perp_1m are those of its plain definition, to the digit', async () => {
  await using database = await createTestDatabase()
  const { sql } = database
  await sql.unsafe(FILL)
  const text = (query: string): string => `select row_to_json(x)::text as line from (${query}) x`
  const [counts] = await sql.unsafe<{ rows: string; differences: string; rates: string; prices: string }[]>(`
    with shown as (${text('select * from perp_1m')}), plain as (${text(PLAINLY)})
    select (select count(*) from shown) as rows,
      (select count(*) from ((table shown except all table plain) union all (table plain except all table shown)) d)
        as differences,
      (select count(distinct funding_rate) from perp_1m) as rates,
      (select count(*) from perp_1m where mark_close > 9 and premium < 0) as prices`)
  expect(counts?.differences).toBe('0')
  expect(Number(counts?.rows)).toBeGreaterThan(11_000)
  expect(Number(counts?.rates)).toBeGreaterThan(50)
  expect(Number(counts?.prices)).toBeGreaterThan(1_000)
})
