-- What was asked for, beside what is covered: without it nobody can tell a hole before the first stored row, or behind the
-- last one, from what nobody ever wanted.

create table wanted (
  venue               text        not null,
  symbol              text        not null,
  -- As in `coverage`: with the period behind it where that is not the usual one (`rsi/21`).
  dataset             text        not null,
  -- The widest window of all runs, clipped to the life of the symbol.
  wanted_from         timestamptz not null,
  wanted_to           timestamptz not null,
  -- So often something new is due, at whole multiples in UTC, and so much later it is out.
  cadence_seconds     integer     not null check (cadence_seconds > 0),
  publication_seconds integer     not null,
  -- What is older the source does not have any more: so old at any time, or before this.
  kept_seconds        bigint      check (kept_seconds > 0),
  kept_from           timestamptz,
  updated_at          timestamptz not null default now(),
  primary key (venue, symbol, dataset),
  check (wanted_from < wanted_to)
);

-- What was made of candles and taken back because they changed: made anew by the next run.
alter table coverage add column rebuilding tstzmultirange not null default '{}';

-- A run that goes on is found however many have come and gone since it began.
create index executions_open on executions (start_time desc) where end_time is null;

-- Settlements further apart than eight hours that earlier versions believed without writing down why: their one answer is
-- the evidence. From now on whoever looks for doubtful silences reads evidence, and not the settlements of years.
insert into absences (venue, symbol, dataset, stretch, asked, before_ts, after_ts, asked_at, execution_id)
select c.venue, c.symbol, c.dataset, gap, gap, ts, next_ts, c.updated_at, '00000000-0000-0000-0000-000000000000'
from (
  select venue, symbol, ts, next_ts, tstzrange(ts + interval '1 minute', next_ts) as gap from (
    select venue, symbol, ts, lead(ts) over (partition by venue, symbol order by ts) as next_ts from funding_rates
  ) as settlements where next_ts - ts > interval '8 hours 1 minute'
) as silences
join coverage as c on c.venue = silences.venue and c.symbol = silences.symbol and c.dataset = 'funding' and c.covered @> gap
where not exists (
  select from absences as a
  where a.venue = c.venue and a.symbol = c.symbol and a.dataset = c.dataset and a.stretch && gap
);

-- Every series as it stands at a time, which is the venue's now. `perp_coverage` shows it by the clock of the database.
create function coverage_at(at timestamptz)
returns table (
  venue              text,
  symbol             text,
  dataset            text,
  state              text,
  wanted_from        timestamptz,
  wanted_to          timestamptz,
  covered_from       timestamptz,
  covered_to         timestamptz,
  due_to             timestamptz,
  lag_seconds        double precision,
  cadence_seconds    integer,
  covered_minutes    double precision,
  absent_minutes     double precision,
  missing_minutes    double precision,
  unproven_minutes   double precision,
  rebuilding_minutes double precision,
  missing            tstzmultirange,
  updated_at         timestamptz
)
language sql stable parallel safe
begin atomic
  with known as (
    select venue, symbol, dataset, w.wanted_from, w.wanted_to,
      coalesce(c.covered, '{}') as covered, coalesce(c.absent, '{}') as absent,
      case when kept.kept_from is null then coalesce(c.rebuilding, '{}')
        else coalesce(c.rebuilding, '{}') * tstzmultirange(tstzrange(kept.kept_from, null)) end as rebuilding,
      isempty(c.covered) and split_part(dataset, '/', 1) in ('rsi', 'mt', 'tv') as is_taken_back,
      kept.kept_from,
      -- Without a record, as the sources that there were before it have it.
      coalesce(w.cadence_seconds, case dataset when 'funding' then 28800
        when 'oi' then 300 when 'lsr' then 300 when 'tv' then 300 else 60 end) as cadence_seconds,
      coalesce(w.publication_seconds, case dataset when 'tv' then 360 when 'lq' then 180
        when 'oi' then 60 when 'lsr' then 60 else 0 end) as publication_seconds,
      greatest(c.updated_at, w.updated_at) as updated_at
    from coverage as c full join wanted as w using (venue, symbol, dataset)
    cross join lateral (
      select greatest(w.kept_from, at - make_interval(secs => w.kept_seconds)) as kept_from offset 0) as kept
    -- Nothing covered and nothing wanted is no series, unless it was made once.
    where w.wanted_from is not null or not isempty(c.covered) or split_part(dataset, '/', 1) in ('rsi', 'mt', 'tv')
  ), newest as (
    select n.venue, max(n.last_seen) as seen from instruments as n group by n.venue
  ), lacking as (
    select k.*, due_to, least_from, missing, lag
    from known as k
    left join instruments as i using (venue, symbol)
    left join newest using (venue)
    -- Nothing is due after the end of a symbol, or after it has left the list, and of what a feed showed while somebody
    -- looked nothing ever. Each "offset 0" has its value made once.
    cross join lateral (select case when k.dataset = 'lq/stream' then upper(k.covered) else least(
        case when i.last_seen < newest.seen - interval '1 day' then least(i.delivery_ts, i.last_seen) else i.delivery_ts end,
        date_bin(make_interval(secs => k.cadence_seconds), at - make_interval(secs => k.publication_seconds), 'epoch')
          + case when k.dataset = 'funding' then interval '1 minute' else interval '0' end) end as due_to offset 0) as due
    cross join lateral (select greatest(least(lower(k.covered), k.wanted_from), k.kept_from) as least_from,
        greatest(upper(k.covered), upper(k.rebuilding),
          case when k.wanted_to is not null then least(k.wanted_to, due_to) end) as most_to offset 0) as bounds
    cross join lateral (select case when least_from < most_to and k.dataset <> 'lq/stream'
      then tstzmultirange(tstzrange(least_from, most_to)) - k.covered - k.rebuilding else '{}' end as missing,
      case when upper(k.covered) < due_to then date_part('epoch', at - upper(k.covered)) else 0 end as lag offset 0) as lack
  ), doubted as (
    select a.venue, a.symbol, a.dataset, range_agg(a.stretch) as stretches from absences as a group by 1, 2, 3
  )
  select m.venue, m.symbol, m.dataset,
    case
      when not isempty(m.rebuilding) or m.is_taken_back then 'rebuilding'
      when missing_minutes > unproven_minutes then 'missing'
      when missing_minutes > 0 then 'unproven'
      -- Runs that follow each other within five minutes keep it whole, also of what is out some minutes later.
      when lag > 300 + greatest(m.publication_seconds, 0) then 'behind'
      else 'whole'
    end,
    m.wanted_from, m.wanted_to, lower(m.covered), upper(m.covered), due_to, lag, m.cadence_seconds,
    -- In one piece, as most are: its length is that of its ends.
    case when isempty(missing) and isempty(m.rebuilding) and least_from <= lower(m.covered)
      then date_part('epoch', upper(m.covered) - lower(m.covered)) / 60 else
      (select coalesce(sum(date_part('epoch', upper(part) - lower(part))), 0) / 60 from unnest(m.covered) as part) end,
    case when isempty(m.absent) then 0 else
      (select coalesce(sum(date_part('epoch', upper(part) - lower(part))), 0) / 60 from unnest(m.absent * m.covered) as part) end,
    missing_minutes, unproven_minutes,
    case when isempty(m.rebuilding) then 0 else
      (select coalesce(sum(date_part('epoch', upper(part) - lower(part))), 0) / 60 from unnest(m.rebuilding) as part) end,
    missing, m.updated_at
  from lacking as m
  left join doubted as s using (venue, symbol, dataset)
  cross join lateral (select
      case when isempty(missing) then 0 else
        (select coalesce(sum(date_part('epoch', upper(part) - lower(part))), 0) / 60 from unnest(missing) as part) end as missing_minutes,
      case when s.stretches is null or isempty(missing) then 0 else
        (select coalesce(sum(date_part('epoch', upper(part) - lower(part))), 0) / 60 from unnest(missing * s.stretches) as part) end as unproven_minutes
    offset 0) as lacks;
end;
create view perp_coverage as select * from coverage_at(now());
