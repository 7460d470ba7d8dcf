-- Open interest, ratios, liquidations, taker volume, and what is made of stored candles. The same rules as in 001:
-- symbol and ts in every key where there is a symbol, no table refers to another.

-- When something before the end of `covered` was last changed: what is made of stored rows watches it.
alter table coverage add column revised_at timestamptz not null default now();

create table open_interest (
  venue               text        not null,
  symbol              text        not null,
  ts                  timestamptz not null,
  open_interest       numeric     not null,
  open_interest_value numeric     not null,
  sampled_at          timestamptz not null,
  primary key (venue, symbol, ts),
  constraint open_interest_sane check (
    open_interest >= 0 and open_interest < 'NaN' and open_interest_value >= 0 and open_interest_value < 'NaN'
    and sampled_at <= ts
  )
);

create table long_short_ratio (
  venue                text        not null,
  symbol               text        not null,
  ts                   timestamptz not null,
  global_account_ratio numeric,
  global_long_account  numeric,
  global_short_account numeric,
  top_account_ratio    numeric,
  top_long_account     numeric,
  top_short_account    numeric,
  top_position_ratio   numeric,
  top_long_position    numeric,
  top_short_position   numeric,
  sampled_at           timestamptz not null,
  primary key (venue, symbol, ts),
  -- A null passes. NaN sorts above every number.
  constraint long_short_ratio_sane check (
    sampled_at <= ts
    and not least(global_account_ratio, global_long_account, global_short_account, top_account_ratio, top_long_account,
      top_short_account, top_position_ratio, top_long_position, top_short_position) < 0
    and not greatest(global_account_ratio, global_long_account, global_short_account, top_account_ratio,
      top_long_account, top_short_account, top_position_ratio, top_long_position, top_short_position) >= 'NaN'
  )
);

-- A minute without a row inside the coverage of `lq` is a true zero.
create table liquidations (
  venue            text        not null,
  symbol           text        not null,
  ts               timestamptz not null,
  source           text        not null,
  long_volume      numeric     not null check (long_volume >= 0 and long_volume < 'NaN'),
  short_volume     numeric     not null check (short_volume >= 0 and short_volume < 'NaN'),
  observed_seconds integer     check (observed_seconds between 0 and 60),
  primary key (venue, symbol, ts, source)
);

create table taker_volume (
  venue       text        not null,
  symbol      text        not null,
  ts          timestamptz not null,
  buy_volume  numeric     not null check (buy_volume >= 0 and buy_volume < 'NaN'),
  sell_volume numeric     not null check (sell_volume >= 0 and sell_volume < 'NaN'),
  method      text        not null check (method in ('weighted', 'exact')),
  sampled_at  timestamptz not null,
  primary key (venue, symbol, ts)
);

-- Doubles, bit for bit: a later run goes on from the averages.
create table rsi (
  venue    text             not null,
  symbol   text             not null,
  period   integer          not null check (period > 0),
  ts       timestamptz      not null,
  rsi      double precision not null check (rsi between 0 and 100),
  avg_gain double precision not null check (avg_gain >= 0 and avg_gain < 'NaN'),
  avg_loss double precision not null check (avg_loss >= 0 and avg_loss < 'NaN'),
  primary key (venue, symbol, period, ts)
);

create table mt_index (
  venue   text             not null,
  ts      timestamptz      not null,
  close   double precision not null check (close > 0 and close < 'NaN'),
  members integer          not null check (members >= 0),
  primary key (venue, ts)
);

create view perp_1m as
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
  t.buy_volume as taker_buy, t.sell_volume as taker_sell, t.method as taker_method
from ohlcv c
left join lateral (
  select rate from funding_rates where venue = c.venue and symbol = c.symbol and ts <= c.ts order by ts desc limit 1
) f on true
left join open_interest o on o.venue = c.venue and o.symbol = c.symbol and o.ts = c.ts
left join long_short_ratio s on s.venue = c.venue and s.symbol = c.symbol and s.ts = c.ts
-- `coinalyze` comes before `stream`: whole minutes before what a sampled feed showed of them.
left join lateral (
  select source, long_volume, short_volume from liquidations
  where venue = c.venue and symbol = c.symbol and ts = c.ts order by source limit 1
) l on true
left join coverage k on k.venue = c.venue and k.symbol = c.symbol and k.dataset = 'lq'
left join rsi r on r.venue = c.venue and r.symbol = c.symbol and r.period = 14 and r.ts = c.ts
left join taker_volume t on t.venue = c.venue and t.symbol = c.symbol and t.ts = c.ts;
