-- Candles of prices that nobody trades at: what positions are valued by (mark), what that follows (index), and how far the
-- contract is from it (premium). A table each, as any dataset has one.

create table mark_prices (
  venue  text        not null,
  symbol text        not null,
  ts     timestamptz not null,
  open   numeric     not null,
  high   numeric     not null,
  low    numeric     not null,
  close  numeric     not null,
  primary key (venue, symbol, ts),
  constraint mark_prices_sane check (
    low > 0 and low <= open and low <= close and high >= open and high >= close and high < 'NaN'
  )
);

create table index_prices (
  venue  text        not null,
  symbol text        not null,
  ts     timestamptz not null,
  open   numeric     not null,
  high   numeric     not null,
  low    numeric     not null,
  close  numeric     not null,
  primary key (venue, symbol, ts),
  constraint index_prices_sane check (
    low > 0 and low <= open and low <= close and high >= open and high >= close and high < 'NaN'
  )
);

create table premium_index (
  venue  text        not null,
  symbol text        not null,
  ts     timestamptz not null,
  open   numeric     not null,
  high   numeric     not null,
  low    numeric     not null,
  close  numeric     not null,
  primary key (venue, symbol, ts),
  constraint premium_index_sane check (
    low > '-Infinity' and low <= open and low <= close and high >= open and high >= close and high < 'NaN'
  )
);

-- See 007_funding_days.sql: each minute of a symbol is one row.
alter table mark_prices alter column ts set (n_distinct = -1);
alter table index_prices alter column ts set (n_distinct = -1);
alter table premium_index alter column ts set (n_distinct = -1);

-- The same view with two more columns: see there why it joins as it does.
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
  t.buy_volume as taker_buy, t.sell_volume as taker_sell, t.method as taker_method,
  m.close as mark_close, p.close as premium
from ohlcv c
left join funding_days d on d.venue = c.venue and d.symbol = c.symbol and d.day = funding_day(c.ts)
left join open_interest o on o.venue = c.venue and o.symbol = c.symbol and o.ts = c.ts
left join long_short_ratio s on s.venue = c.venue and s.symbol = c.symbol and s.ts = c.ts
left join liquidations w on w.venue = c.venue and w.symbol = c.symbol and w.ts = c.ts and w.source = 'coinalyze'
left join liquidations l on l.venue = c.venue and l.symbol = c.symbol and l.ts = c.ts and l.source = 'stream'
left join coverage k on k.venue = c.venue and k.symbol = c.symbol and k.dataset = 'lq'
left join rsi r on r.venue = c.venue and r.symbol = c.symbol and r.period = 14 and r.ts = c.ts
left join taker_volume t on t.venue = c.venue and t.symbol = c.symbol and t.ts = c.ts
left join mark_prices m on m.venue = c.venue and m.symbol = c.symbol and m.ts = c.ts
left join premium_index p on p.venue = c.venue and p.symbol = c.symbol and p.ts = c.ts;

comment on table mark_prices is 'Mark price (mark): one-minute candles of the price by which positions are valued.';
comment on column mark_prices.venue is 'the exchange (binance)';
comment on column mark_prices.symbol is 'the venue''s own name of the instrument, case kept';
comment on column mark_prices.ts is 'start of the minute, UTC';
comment on column mark_prices.open is 'mark price, at the start of the minute; quote currency';
comment on column mark_prices.high is 'mark price, the highest; quote currency';
comment on column mark_prices.low is 'mark price, the lowest; quote currency';
comment on column mark_prices.close is 'mark price, at the end of the minute; quote currency';

comment on table index_prices is 'Index price (index): one-minute candles of the price that spot markets make. It is that of the pair: contracts of the same pair have the same.';
comment on column index_prices.venue is 'the exchange (binance)';
comment on column index_prices.symbol is 'the venue''s own name of the instrument, case kept';
comment on column index_prices.ts is 'start of the minute, UTC';
comment on column index_prices.open is 'index price, at the start of the minute; quote currency';
comment on column index_prices.high is 'index price, the highest; quote currency';
comment on column index_prices.low is 'index price, the lowest; quote currency';
comment on column index_prices.close is 'index price, at the end of the minute; quote currency';

comment on table premium_index is 'Premium index (premium): one-minute candles of how far the contract is above or below its index.';
comment on column premium_index.venue is 'the exchange (binance)';
comment on column premium_index.symbol is 'the venue''s own name of the instrument, case kept';
comment on column premium_index.ts is 'start of the minute, UTC';
comment on column premium_index.open is 'premium, at the start of the minute; a fraction, not a percentage; below 0 where the contract is cheaper';
comment on column premium_index.high is 'premium, the highest; a fraction, not a percentage; below 0 where the contract is cheaper';
comment on column premium_index.low is 'premium, the lowest; a fraction, not a percentage; below 0 where the contract is cheaper';
comment on column premium_index.close is 'premium, at the end of the minute; a fraction, not a percentage; below 0 where the contract is cheaper';

comment on column perp_1m.mark_close is 'mark price at the end of the minute; quote currency';
comment on column perp_1m.premium is 'premium index at the end of the minute; a fraction, not a percentage';

comment on column coverage.dataset is 'one kind of rows: ohlcv, mark (mark price), index (index price), premium (premium index), funding, oi (open interest), lsr (long/short ratios), lq (liquidations), tv (taker volume), rsi, mt (index of all symbols); with the period behind it where that is not the usual one (rsi/21)';
comment on column wanted.dataset is 'one kind of rows: ohlcv, mark (mark price), index (index price), premium (premium index), funding, oi (open interest), lsr (long/short ratios), lq (liquidations), tv (taker volume), rsi, mt (index of all symbols); with the period behind it where that is not the usual one (rsi/21)';
comment on column perp_coverage.dataset is 'one kind of rows: ohlcv, mark (mark price), index (index price), premium (premium index), funding, oi (open interest), lsr (long/short ratios), lq (liquidations), tv (taker volume), rsi, mt (index of all symbols); with the period behind it where that is not the usual one (rsi/21)';
comment on column absences.dataset is 'one kind of rows: ohlcv, mark (mark price), index (index price), premium (premium index), funding, oi (open interest), lsr (long/short ratios), lq (liquidations), tv (taker volume), rsi, mt (index of all symbols); with the period behind it where that is not the usual one (rsi/21)';
