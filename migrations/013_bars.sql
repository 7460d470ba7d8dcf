-- What readers ask for first, made of the rows as they are when somebody reads: bars longer than a minute, the newest
-- facts of each symbol, funding by the hour. Nothing is stored twice.

-- A probe of the key for each bar: whatever says which bars are wanted says which minutes are read, which a "group by" of
-- a view cannot (a condition on date_bin(ts) is none on ts). Bars begin at whole multiples of their length from a Monday
-- at midnight, UTC. The life of the symbol bounds what is asked, so that the ends may be infinite; lengths are told in
-- seconds, as a day added in another time zone may have 23 hours.
create function ohlcv_bars(of_venue text, of_symbol text, since timestamptz, until timestamptz, length interval)
returns table (
  venue                  text,
  symbol                 text,
  ts                     timestamptz,
  open                   numeric,
  high                   numeric,
  low                    numeric,
  close                  numeric,
  volume                 numeric,
  quote_volume           numeric,
  trades                 bigint,
  taker_buy_volume       numeric,
  taker_buy_quote_volume numeric,
  minutes                integer,
  is_complete            boolean
)
language sql stable parallel safe
begin atomic
  select of_venue, of_symbol, bar.ts, m.open, m.high, m.low, m.close, m.volume, m.quote_volume, m.trades,
    m.taker_buy_volume, m.taker_buy_quote_volume, m.minutes, m.minutes * interval '1 minute' = length
  from (
    select c.ts from ohlcv as c where c.venue = of_venue and c.symbol = of_symbol order by c.ts limit 1
  ) as first
  cross join (
    select c.ts from ohlcv as c where c.venue = of_venue and c.symbol = of_symbol order by c.ts desc limit 1
  ) as last
  cross join lateral (
    -- Not in "from", where the whole series would be kept before the first bar of it is looked at: five times as slow.
    select generate_series(
      date_bin(length, greatest(since, first.ts), '2001-01-01 00:00:00Z'),
      least(until, last.ts),
      make_interval(secs => date_part('epoch', length))
    ) as ts
  ) as bar
  cross join lateral (
    -- In the order of the key, so that nothing is sorted.
    select (array_agg(c.open order by c.ts))[1] as open, max(c.high) as high, min(c.low) as low,
      (array_agg(c.close order by c.ts))[count(*)] as close, sum(c.volume) as volume,
      -- A sum without one of its parts would look like less trading.
      case when count(c.quote_volume) = count(*) then sum(c.quote_volume) end as quote_volume,
      case when count(c.trades) = count(*) then sum(c.trades)::bigint end as trades,
      case when count(c.taker_buy_volume) = count(*) then sum(c.taker_buy_volume) end as taker_buy_volume,
      case when count(c.taker_buy_quote_volume) = count(*) then sum(c.taker_buy_quote_volume) end as taker_buy_quote_volume,
      count(*)::integer as minutes
    from ohlcv as c
    where c.venue = of_venue and c.symbol = of_symbol
      and c.ts >= bar.ts and c.ts < bar.ts + make_interval(secs => date_part('epoch', length))
    having count(*) > 0
  ) as m
  where bar.ts >= since and bar.ts < until;
end;

create view ohlcv_5m as
select b.*
from coverage as k cross join lateral ohlcv_bars(k.venue, k.symbol, '-infinity', 'infinity', '5 minutes') as b
where k.dataset = 'ohlcv';

create view ohlcv_15m as
select b.*
from coverage as k cross join lateral ohlcv_bars(k.venue, k.symbol, '-infinity', 'infinity', '15 minutes') as b
where k.dataset = 'ohlcv';

create view ohlcv_1h as
select b.*
from coverage as k cross join lateral ohlcv_bars(k.venue, k.symbol, '-infinity', 'infinity', '1 hour') as b
where k.dataset = 'ohlcv';

create view ohlcv_4h as
select b.*
from coverage as k cross join lateral ohlcv_bars(k.venue, k.symbol, '-infinity', 'infinity', '4 hours') as b
where k.dataset = 'ohlcv';

create view ohlcv_1d as
select b.*
from coverage as k cross join lateral ohlcv_bars(k.venue, k.symbol, '-infinity', 'infinity', '24 hours') as b
where k.dataset = 'ohlcv';

-- One step in the key of a table for each symbol and fact, however long their history.
create view perp_latest as
select k.venue, k.symbol, c.ts, c.close,
  f.rate as funding_rate, f.ts as funding_ts,
  o.open_interest, o.open_interest_value, o.ts as open_interest_ts,
  r.rsi as rsi_14, r.ts as rsi_ts
from coverage as k
cross join lateral (
  select ts, close from ohlcv where venue = k.venue and symbol = k.symbol order by ts desc limit 1
) as c
left join lateral (
  select ts, rate from funding_rates where venue = k.venue and symbol = k.symbol order by ts desc limit 1
) as f on true
left join lateral (
  select ts, open_interest, open_interest_value from open_interest
  where venue = k.venue and symbol = k.symbol order by ts desc limit 1
) as o on true
left join lateral (
  select ts, rsi from rsi where venue = k.venue and symbol = k.symbol and period = 14 order by ts desc limit 1
) as r on true
where k.dataset = 'ohlcv';

-- The interval is not stored, and changes: it is what lies between two settlements, where it is known that none is missing.
create view funding_per_hour as
select f.venue, f.symbol, f.ts, f.rate, i.interval_hours, trim_scale(f.rate / i.interval_hours) as rate_per_hour
from funding_rates as f
left join coverage as k on k.venue = f.venue and k.symbol = f.symbol and k.dataset = 'funding'
left join lateral (
  select ts from funding_rates where venue = f.venue and symbol = f.symbol and ts < f.ts order by ts desc limit 1
) as before on true
cross join lateral (
  select case when k.covered @> tstzrange(before.ts, f.ts)
    then trim_scale(extract(epoch from f.ts - before.ts)::numeric / 3600) end as interval_hours
) as i;

comment on function ohlcv_bars(text, text, timestamptz, timestamptz, interval) is 'Bars of any length, in whole minutes, of a symbol: those that start from since on and before until. The columns are those of ohlcv_1h.';

comment on view ohlcv_5m is 'Candles of five minutes (UTC), made of ohlcv; the one that still forms has the minutes that are stored.';
comment on column ohlcv_5m.venue is 'the exchange (binance)';
comment on column ohlcv_5m.symbol is 'the venue''s own name of the instrument, case kept';
comment on column ohlcv_5m.ts is 'start of the bar, UTC';
comment on column ohlcv_5m.open is 'open of its first stored minute; quote currency';
comment on column ohlcv_5m.high is 'highest price; quote currency';
comment on column ohlcv_5m.low is 'lowest price; quote currency';
comment on column ohlcv_5m.close is 'close of its last stored minute; quote currency';
comment on column ohlcv_5m.volume is 'traded amount of its stored minutes; base currency';
comment on column ohlcv_5m.quote_volume is 'the same in quote currency; null where a minute has none';
comment on column ohlcv_5m.trades is 'number of trades; null where a minute has none';
comment on column ohlcv_5m.taker_buy_volume is 'part of volume in which the taker bought; base currency; null where a minute has none';
comment on column ohlcv_5m.taker_buy_quote_volume is 'the same; quote currency';
comment on column ohlcv_5m.minutes is 'how many minutes of it are stored; a bar of none is not there';
comment on column ohlcv_5m.is_complete is 'whether all its minutes are stored: false while it forms, and where minutes are missing or the venue has none';

comment on view ohlcv_15m is 'Candles of fifteen minutes (UTC), made of ohlcv; the one that still forms has the minutes that are stored.';
comment on column ohlcv_15m.venue is 'the exchange (binance)';
comment on column ohlcv_15m.symbol is 'the venue''s own name of the instrument, case kept';
comment on column ohlcv_15m.ts is 'start of the bar, UTC';
comment on column ohlcv_15m.open is 'open of its first stored minute; quote currency';
comment on column ohlcv_15m.high is 'highest price; quote currency';
comment on column ohlcv_15m.low is 'lowest price; quote currency';
comment on column ohlcv_15m.close is 'close of its last stored minute; quote currency';
comment on column ohlcv_15m.volume is 'traded amount of its stored minutes; base currency';
comment on column ohlcv_15m.quote_volume is 'the same in quote currency; null where a minute has none';
comment on column ohlcv_15m.trades is 'number of trades; null where a minute has none';
comment on column ohlcv_15m.taker_buy_volume is 'part of volume in which the taker bought; base currency; null where a minute has none';
comment on column ohlcv_15m.taker_buy_quote_volume is 'the same; quote currency';
comment on column ohlcv_15m.minutes is 'how many minutes of it are stored; a bar of none is not there';
comment on column ohlcv_15m.is_complete is 'whether all its minutes are stored: false while it forms, and where minutes are missing or the venue has none';

comment on view ohlcv_1h is 'Candles of an hour (UTC), made of ohlcv; the one that still forms has the minutes that are stored.';
comment on column ohlcv_1h.venue is 'the exchange (binance)';
comment on column ohlcv_1h.symbol is 'the venue''s own name of the instrument, case kept';
comment on column ohlcv_1h.ts is 'start of the bar, UTC';
comment on column ohlcv_1h.open is 'open of its first stored minute; quote currency';
comment on column ohlcv_1h.high is 'highest price; quote currency';
comment on column ohlcv_1h.low is 'lowest price; quote currency';
comment on column ohlcv_1h.close is 'close of its last stored minute; quote currency';
comment on column ohlcv_1h.volume is 'traded amount of its stored minutes; base currency';
comment on column ohlcv_1h.quote_volume is 'the same in quote currency; null where a minute has none';
comment on column ohlcv_1h.trades is 'number of trades; null where a minute has none';
comment on column ohlcv_1h.taker_buy_volume is 'part of volume in which the taker bought; base currency; null where a minute has none';
comment on column ohlcv_1h.taker_buy_quote_volume is 'the same; quote currency';
comment on column ohlcv_1h.minutes is 'how many minutes of it are stored; a bar of none is not there';
comment on column ohlcv_1h.is_complete is 'whether all its minutes are stored: false while it forms, and where minutes are missing or the venue has none';

comment on view ohlcv_4h is 'Candles of four hours (UTC), made of ohlcv; the one that still forms has the minutes that are stored.';
comment on column ohlcv_4h.venue is 'the exchange (binance)';
comment on column ohlcv_4h.symbol is 'the venue''s own name of the instrument, case kept';
comment on column ohlcv_4h.ts is 'start of the bar, UTC';
comment on column ohlcv_4h.open is 'open of its first stored minute; quote currency';
comment on column ohlcv_4h.high is 'highest price; quote currency';
comment on column ohlcv_4h.low is 'lowest price; quote currency';
comment on column ohlcv_4h.close is 'close of its last stored minute; quote currency';
comment on column ohlcv_4h.volume is 'traded amount of its stored minutes; base currency';
comment on column ohlcv_4h.quote_volume is 'the same in quote currency; null where a minute has none';
comment on column ohlcv_4h.trades is 'number of trades; null where a minute has none';
comment on column ohlcv_4h.taker_buy_volume is 'part of volume in which the taker bought; base currency; null where a minute has none';
comment on column ohlcv_4h.taker_buy_quote_volume is 'the same; quote currency';
comment on column ohlcv_4h.minutes is 'how many minutes of it are stored; a bar of none is not there';
comment on column ohlcv_4h.is_complete is 'whether all its minutes are stored: false while it forms, and where minutes are missing or the venue has none';

comment on view ohlcv_1d is 'Candles of a day, from midnight (UTC), made of ohlcv; the one that still forms has the minutes that are stored.';
comment on column ohlcv_1d.venue is 'the exchange (binance)';
comment on column ohlcv_1d.symbol is 'the venue''s own name of the instrument, case kept';
comment on column ohlcv_1d.ts is 'start of the bar, UTC';
comment on column ohlcv_1d.open is 'open of its first stored minute; quote currency';
comment on column ohlcv_1d.high is 'highest price; quote currency';
comment on column ohlcv_1d.low is 'lowest price; quote currency';
comment on column ohlcv_1d.close is 'close of its last stored minute; quote currency';
comment on column ohlcv_1d.volume is 'traded amount of its stored minutes; base currency';
comment on column ohlcv_1d.quote_volume is 'the same in quote currency; null where a minute has none';
comment on column ohlcv_1d.trades is 'number of trades; null where a minute has none';
comment on column ohlcv_1d.taker_buy_volume is 'part of volume in which the taker bought; base currency; null where a minute has none';
comment on column ohlcv_1d.taker_buy_quote_volume is 'the same; quote currency';
comment on column ohlcv_1d.minutes is 'how many minutes of it are stored; a bar of none is not there';
comment on column ohlcv_1d.is_complete is 'whether all its minutes are stored: false while it forms, and where minutes are missing or the venue has none';

comment on view perp_latest is 'The newest of each symbol that has candles: each fact with its own time, as they are not published together. What is delisted stays with its last.';
comment on column perp_latest.venue is 'the exchange (binance)';
comment on column perp_latest.symbol is 'the venue''s own name of the instrument, case kept';
comment on column perp_latest.ts is 'start of its newest minute, UTC';
comment on column perp_latest.close is 'close of that minute; quote currency';
comment on column perp_latest.funding_rate is 'rate of the newest settlement; a fraction, not a percentage; above 0 longs pay shorts';
comment on column perp_latest.funding_ts is 'time of that settlement';
comment on column perp_latest.open_interest is 'newest open interest; base currency';
comment on column perp_latest.open_interest_value is 'its value; quote currency';
comment on column perp_latest.open_interest_ts is 'start of the minute that it holds in';
comment on column perp_latest.rsi_14 is 'newest RSI of 14 minutes, 0 to 100';
comment on column perp_latest.rsi_ts is 'start of its minute';

comment on view funding_per_hour is 'Settlements of funding, with the hours that each is for: rates of different intervals can be compared.';
comment on column funding_per_hour.venue is 'the exchange (binance)';
comment on column funding_per_hour.symbol is 'the venue''s own name of the instrument, case kept';
comment on column funding_per_hour.ts is 'time of the settlement, rounded to the minute';
comment on column funding_per_hour.rate is 'a fraction, not a percentage; above 0 longs pay shorts';
comment on column funding_per_hour.interval_hours is 'hours since the settlement before; null where none is stored, or the time between is not covered';
comment on column funding_per_hour.rate_per_hour is 'rate ÷ interval_hours, null where that is';
