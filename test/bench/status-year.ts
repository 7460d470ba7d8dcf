import type { Sql } from '../../src/db/connect.ts'

const DATASETS = ['ohlcv', 'funding', 'oi', 'lsr', 'lq', 'tv', 'rsi', 'rsi/21']

/**
 * What a year of 700 symbols leaves in the tables that a report reads, up to the start of this minute: coverage with
 * holes in a third of the series, evidence, runs, a heartbeat a minute for a month, and every settlement, so that whoever
 * reads those is seen to take long.
 */
export async function fillYear(sql: Sql, symbols = 700): Promise<void> {
  await sql`truncate coverage, wanted, absences, instruments, executions, perp_status, perp_errors, funding_rates`
  await sql`
    insert into instruments (venue, symbol, base_asset, quote_asset, contract_type, status, onboard_ts, delivery_ts,
      first_seen, last_seen, raw)
    select 'binance', 'S' || n || 'USDT', 'S' || n, 'USDT', 'PERPETUAL', 'TRADING', now() - interval '2 years',
      '2100-12-25', now() - interval '1 year', now(), '{}'
    from generate_series(1, ${symbols}::int) as n`
  await sql`
    insert into coverage (venue, symbol, dataset, covered, absent)
    select 'binance', 'S' || n || 'USDT', dataset,
      tstzmultirange(tstzrange(date_trunc('minute', now()) - interval '1 year', date_trunc('minute', now()) + interval '5 minutes')) - coalesce(holes, '{}'),
      case when dataset in ('ohlcv', 'oi', 'lsr') then coalesce(gone, '{}') else '{}' end
    from generate_series(1, ${symbols}::int) as n, unnest(${DATASETS}::text[]) with ordinality as one (dataset, k),
      lateral (select range_agg(tstzrange(h, h + interval '7 minutes')) as holes from generate_series(1, case when (n + k) % 3 = 0 then n % 7 + 1 else 0 end) as i,
        lateral (select date_trunc('minute', now()) - interval '11 days' * (i + (n % 20)) - interval '1 hour' * k as h) as hole) as holed,
      lateral (select range_agg(tstzrange(g, g + interval '12 minutes')) as gone from generate_series(1, n % 5) as i,
        lateral (select date_trunc('minute', now()) - interval '17 days' * i - interval '3 hours' * k as g) as away) as lost`
  await sql`
    insert into wanted (venue, symbol, dataset, wanted_from, wanted_to, cadence_seconds, publication_seconds, kept_seconds)
    select venue, symbol, dataset, lower(covered), date_trunc('minute', now()),
      case dataset when 'funding' then 28800 when 'oi' then 300 when 'lsr' then 300 else 60 end, 0,
      case when dataset in ('oi', 'lsr') then 2592000 end
    from coverage`
  await sql`
    insert into absences (venue, symbol, dataset, stretch, asked, asked_at, execution_id)
    select venue, symbol, dataset, part, part, now() - interval '1 day' * apart, gen_random_uuid()
    from coverage, unnest(absent) as part, generate_series(1, 2) as apart`
  await sql`
    insert into funding_rates (venue, symbol, ts, rate, venue_ts)
    select 'binance', 'S' || n || 'USDT', ts, 0.0001, ts
    from generate_series(1, ${symbols}::int) as n,
      generate_series(date_bin('8 hours', now() - interval '1 year', 'epoch'), now(), interval '8 hours') as ts`
  await sql`
    insert into executions (execution_id, script_name, version, host, pid, start_time, heartbeat_time, end_time, success)
    select gen_random_uuid(), 'backfill all', '1', 'h', n, now() - interval '10 minutes' * n, now() - interval '10 minutes' * n,
      now() - interval '10 minutes' * n, true
    from generate_series(1, 50000) as n`
  await sql`
    insert into perp_status (ts, script_name, status, message, details)
    select now() - interval '1 minute' * (43200 - n), 'stream', 'Running', 'Running: OHLCV: 700',
      jsonb_build_object('venue', 'binance', 'venueTime', extract(epoch from now() - interval '1 minute' * (43200 - n)) * 1000)
    from generate_series(1, 43200) as n`
  await sql`vacuum analyze`
}
