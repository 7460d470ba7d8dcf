-- What lets perp_1m join the rate in force by equal keys: the settlements of a day (UTC) side by side, in the order of
-- time. Kept by the transactions that change funding_rates; a day without a settlement has no row.
create table funding_days (
  venue  text          not null,
  symbol text          not null,
  day    timestamptz   not null,
  times  timestamptz[] not null,
  rates  numeric[]     not null,
  primary key (venue, symbol, day)
);

create function funding_day(ts timestamptz) returns timestamptz
  language sql immutable parallel safe
  return date_bin('1 day', ts, '2000-01-01 00:00:00Z');

-- Whoever writes has a search path of their own, and a restore has none: these functions look where the migration did.

-- New settlements join those that a day has, whoever wrote them at the same time: what is merged is the row as it is
-- locked. In the order of the key, so that two of these never wait for each other.
create function add_to_funding_days() returns trigger language plpgsql set search_path from current as $$
begin
  insert into funding_days as kept (venue, symbol, day, times, rates)
  select venue, symbol, funding_day(ts), array_agg(ts order by ts), array_agg(rate order by ts)
  from changed group by 1, 2, 3 order by 1, 2, 3
  on conflict (venue, symbol, day) do update set (times, rates) = (
    select array_agg(ts order by ts), array_agg(rate order by ts)
    from (
      select distinct on (ts) ts, rate
      from (
        select ts, rate, 1 as age from unnest(excluded.times, excluded.rates) as new (ts, rate)
        union all
        select ts, rate, 2 from unnest(kept.times, kept.rates) as old (ts, rate)
      ) both_of_them
      order by ts, age
    ) settlements
  );
  return null;
end $$;

-- Where settlements were changed or deleted, their days are made anew. The lock comes first, and the next statement
-- sees what its last holder has committed.
create function renew_funding_days() returns trigger language plpgsql set search_path from current as $$
begin
  perform from funding_days
  where (venue, symbol, day) in (select venue, symbol, funding_day(ts) from changed)
  order by venue, symbol, day for update;
  delete from funding_days where (venue, symbol, day) in (select venue, symbol, funding_day(ts) from changed);
  insert into funding_days (venue, symbol, day, times, rates)
  select f.venue, f.symbol, d.day, array_agg(f.ts order by f.ts), array_agg(f.rate order by f.ts)
  from (select distinct venue, symbol, funding_day(ts) as day from changed) d
  join funding_rates f
    on f.venue = d.venue and f.symbol = d.symbol and f.ts >= d.day and f.ts < d.day + interval '24 hours'
  group by 1, 2, 3 order by 1, 2, 3
  on conflict (venue, symbol, day) do update set times = excluded.times, rates = excluded.rates;
  return null;
end $$;

create function empty_funding_days() returns trigger language plpgsql set search_path from current as $$
begin
  truncate funding_days;
  return null;
end $$;

create trigger funding_days_insert after insert on funding_rates
  referencing new table as changed for each statement execute function add_to_funding_days();
create trigger funding_days_update_new after update on funding_rates
  referencing new table as changed for each statement execute function renew_funding_days();
create trigger funding_days_update_old after update on funding_rates
  referencing old table as changed for each statement execute function renew_funding_days();
create trigger funding_days_delete after delete on funding_rates
  referencing old table as changed for each statement execute function renew_funding_days();
create trigger funding_days_truncate after truncate on funding_rates
  for each statement execute function empty_funding_days();

insert into funding_days (venue, symbol, day, times, rates)
select venue, symbol, funding_day(ts), array_agg(ts order by ts), array_agg(rate order by ts)
from funding_rates group by 1, 2, 3;

-- perp_1m takes each source of liquidations by its name: one that it does not know must not get in.
alter table liquidations add constraint liquidations_source check (source in ('coinalyze', 'stream'));

-- What a feed saw is looked up without reading what other sources tell of the same minutes.
create index liquidations_stream on liquidations (venue, symbol, ts) where source = 'stream';

-- Joins by equal keys alone: one row of each table for a minute, which the server may hash, merge or look up as suits
-- the question. A rate is never shown before it was settled; a day's first minutes that come before its first
-- settlement, and days without one, look back for theirs.
create or replace view perp_1m as
select c.venue, c.symbol, c.ts,
  c.open, c.high, c.low, c.close, c.volume, c.quote_volume, c.trades, c.taker_buy_volume, c.taker_buy_quote_volume,
  case
    when c.ts >= d.times[1] then d.rates[width_bucket(c.ts, d.times)]
    else (
      select rate from funding_rates where venue = c.venue and symbol = c.symbol and ts <= c.ts order by ts desc limit 1
    )
  end as funding_rate,
  o.open_interest, o.open_interest_value,
  s.global_account_ratio, s.global_long_account, s.global_short_account,
  s.top_account_ratio, s.top_long_account, s.top_short_account,
  s.top_position_ratio, s.top_long_position, s.top_short_position,
  -- Whole minutes come before what a sampled feed showed of them.
  case
    when w.source is not null then w.long_volume
    when l.source is not null then l.long_volume
    when k.covered @> c.ts then 0
  end as long_liquidations,
  case
    when w.source is not null then w.short_volume
    when l.source is not null then l.short_volume
    when k.covered @> c.ts then 0
  end as short_liquidations,
  r.rsi as rsi_14,
  t.buy_volume as taker_buy, t.sell_volume as taker_sell, t.method as taker_method
from ohlcv c
left join funding_days d on d.venue = c.venue and d.symbol = c.symbol and d.day = funding_day(c.ts)
left join open_interest o on o.venue = c.venue and o.symbol = c.symbol and o.ts = c.ts
left join long_short_ratio s on s.venue = c.venue and s.symbol = c.symbol and s.ts = c.ts
left join liquidations w on w.venue = c.venue and w.symbol = c.symbol and w.ts = c.ts and w.source = 'coinalyze'
left join liquidations l on l.venue = c.venue and l.symbol = c.symbol and l.ts = c.ts and l.source = 'stream'
left join coverage k on k.venue = c.venue and k.symbol = c.symbol and k.dataset = 'lq'
left join rsi r on r.venue = c.venue and r.symbol = c.symbol and r.period = 14 and r.ts = c.ts
left join taker_volume t on t.venue = c.venue and t.symbol = c.symbol and t.ts = c.ts;

-- Each minute of a symbol is one row. Nothing tells the planner that; from a sample it takes a join of two such tables
-- for a thousand times its rows, and reads whole tables for an hour of one symbol. It counts after the next analyze.
alter table ohlcv alter column ts set (n_distinct = -1);
alter table open_interest alter column ts set (n_distinct = -1);
alter table long_short_ratio alter column ts set (n_distinct = -1);
alter table liquidations alter column ts set (n_distinct = -1);
alter table taker_volume alter column ts set (n_distinct = -1);
alter table rsi alter column ts set (n_distinct = -1);
