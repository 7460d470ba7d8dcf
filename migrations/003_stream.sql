-- What a live feed tells.

-- Single orders: of several in one second the feed may show only one, so that their sums are lower bounds.
create table liquidation_orders (
  venue         text        not null,
  symbol        text        not null,
  ts            timestamptz not null,
  position_side text        not null check (position_side in ('long', 'short')),
  price         numeric     not null check (price > 0 and price < 'NaN'),
  quantity      numeric     not null check (quantity > 0 and quantity < 'NaN'),
  average_price numeric     check (average_price >= 0 and average_price < 'NaN'),
  filled        numeric     check (filled >= 0 and filled < 'NaN'),
  primary key (venue, symbol, ts, position_side, price, quantity)
);

-- A polled figure comes without its value.
alter table open_interest alter column open_interest_value drop not null;

-- Which database this is: what waits on a disk for one of them is not written to another.
create table perp_identity (
  identity uuid primary key default gen_random_uuid()
);
insert into perp_identity default values;
