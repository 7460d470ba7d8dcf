-- What is no longer traded is behind the end of its trading, not the present.

create or replace function coverage_at(at timestamptz)
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
    -- Nothing is due after the end of a symbol, or after it has left the list; of one that no list had, which only an
    -- archive has, after its last row; and of what a feed showed while somebody looked nothing ever. Each "offset 0" has its
    -- value made once.
    cross join lateral (select case
        when i.symbol is null and newest.seen is not null and k.symbol <> 'MT' then upper(k.covered)
        when i.last_seen < newest.seen - interval '1 day' then least(i.delivery_ts, i.last_seen)
        else i.delivery_ts end as ended_at offset 0) as life
    cross join lateral (select case when k.dataset = 'lq/stream' then upper(k.covered) else least(
        ended_at,
        date_bin(make_interval(secs => k.cadence_seconds), at - make_interval(secs => k.publication_seconds), 'epoch')
          + case when k.dataset = 'funding' then interval '1 minute' else interval '0' end) end as due_to offset 0) as due
    cross join lateral (select greatest(least(lower(k.covered), k.wanted_from), k.kept_from) as least_from,
        greatest(upper(k.covered), upper(k.rebuilding),
          case when k.wanted_to is not null then least(k.wanted_to, due_to) end) as most_to offset 0) as bounds
    cross join lateral (select case when least_from < most_to and k.dataset <> 'lq/stream'
      then tstzmultirange(tstzrange(least_from, most_to)) - k.covered - k.rebuilding else '{}' end as missing,
      case when upper(k.covered) < due_to then date_part('epoch', least(at, ended_at) - upper(k.covered)) else 0 end as lag offset 0) as lack
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

create or replace view perp_coverage as
select c.*, coalesce(c.dataset <> 'lq/stream' and c.due_to < now() - interval '1 day', false) as delisted
from coverage_at(now()) as c;
comment on column perp_coverage.delisted is 'nothing has been due for a day: it is traded no more, and whole up to its end';

comment on column archive_files.reason is 'why it was refused; of a loaded one: which of its rows were not as stored, and what stands now';
