-- What the processes on one address spend together. Only the clock of the server measures; all of it is forgotten once
-- its windows have passed.

create table budgets (
  -- Host of the interface, pool, and who pays: an address or a key, of which only a short hash is kept.
  budget       text        primary key,
  weight_limit bigint      not null check (weight_limit > 0),
  -- When a holder was last heard for the first time.
  joined_at    timestamptz not null default now(),
  -- What the venue said last.
  used         bigint,
  used_at      timestamptz,
  check ((used is null) = (used_at is null))
);

create table budget_holders (
  budget        text        not null,
  holder        uuid        not null,
  -- Number of the last word that was heard: an older one that comes late is not listened to.
  seq           bigint      not null,
  -- The limit as it knows it: the declared one at first, then what the venue states.
  stated        bigint      not null,
  -- Granted and not known to be settled.
  open          bigint      not null check (open >= 0),
  -- Weight that could not be granted.
  need          bigint      not null check (need >= 0),
  waiting_since timestamptz,
  -- How far it may go without another word from here.
  fallback      bigint      not null check (fallback >= 0),
  seen_at       timestamptz not null,
  lease_until   timestamptz not null,
  primary key (budget, holder)
);

create table budget_spendings (
  budget     text        not null,
  holder     uuid        not null,
  -- Counts up for each holder: what is told twice is stored once.
  entry      bigint      not null,
  weight     bigint      not null check (weight > 0),
  settled_at timestamptz not null,
  primary key (budget, holder, entry)
);
create index budget_spendings_settled_at on budget_spendings (budget, settled_at);

-- One word of one holder: what it has spent and holds, what the venue told it, and what it needs. The answer replaces
-- what it holds. One statement, so that no client that stands still can hold the lock.
create function ask_budget(ask jsonb)
returns table (credit bigint, wait_ms double precision, holders bigint, fallback bigint)
language plpgsql as $$
declare
  told_at    constant timestamptz := statement_timestamp();
  the_budget constant text := ask ->> 'budget';
  me         constant uuid := ask ->> 'holder';
  span       constant interval := make_interval(secs => (ask ->> 'windowMs')::double precision / 1000);
  declared   constant bigint := ask ->> 'limit';
  needed     constant bigint := ask ->> 'need';
  wanted     constant bigint := ask ->> 'want';
  most       bigint;
  -- Kept for holders that are there and ask for little now and then.
  reserve    bigint;
  held       bigint := ask ->> 'credit';
  now_at     timestamptz;
  since      timestamptz;
  figure     budgets%rowtype;
  mine       budget_holders%rowtype;
  spent      record;
  others     record;
  my_own     bigint;
  foreign_weight bigint := 0;
  room       bigint;
  kept       bigint := 0;
  share      bigint;
  active     bigint;
  granted    bigint := 0;
  short_all  bigint;
  short_own  bigint := 0;
  free_at    timestamptz;
begin
  -- What a crash of the server could lose here is a fraction of a second of one window.
  perform set_config('synchronous_commit', 'off', true);
  insert into budgets (budget, weight_limit) values (the_budget, declared) on conflict do nothing;
  select * into strict figure from budgets b where b.budget = the_budget for update;
  now_at := clock_timestamp();

  select * into mine from budget_holders h where h.budget = the_budget and h.holder = me;
  if mine.seq >= (ask ->> 'seq')::bigint then
    return query select 0::bigint, null::double precision, 1::bigint, 0::bigint;
    return;
  end if;

  if mine.holder is null then
    -- Who comes anew knows less of the limit than those who are there.
    if not exists (select from budget_holders h where h.budget = the_budget and h.lease_until > now_at) then
      figure.weight_limit := declared;
    end if;
    update budgets b set joined_at = now_at, weight_limit = figure.weight_limit where b.budget = the_budget;
    with forgotten as (
      select b.budget from budgets b
      where b.joined_at < now_at - interval '1 day' and not exists (
        select from budget_holders h where h.budget = b.budget and h.lease_until > now_at - interval '1 day')
      for update skip locked
    ), spendings as (
      delete from budget_spendings s using forgotten f where s.budget = f.budget
    ), gone as (
      delete from budget_holders h using forgotten f where h.budget = f.budget
    )
    delete from budgets b using forgotten f where b.budget = f.budget;
  elsif mine.stated <> declared then
    figure.weight_limit := declared;
    update budgets b set weight_limit = declared where b.budget = the_budget;
  end if;
  most := figure.weight_limit;
  reserve := most / 40;
  share := most;

  insert into budget_spendings (budget, holder, entry, weight, settled_at)
  select the_budget, me, (e ->> 0)::bigint, (e ->> 1)::bigint,
    told_at - make_interval(secs => (e ->> 2)::double precision / 1000)
  from jsonb_array_elements(ask -> 'spent') e
  on conflict do nothing;
  -- Two windows: a figure of the venue that still counts may include what has left ours.
  delete from budget_spendings s where s.budget = the_budget and s.settled_at < now_at - 2 * span;
  delete from budget_holders h where h.budget = the_budget and h.lease_until + span < now_at;

  if ask ? 'used' then
    since := told_at - make_interval(secs => (ask ->> 'usedAgeMs')::double precision / 1000);
    if figure.used_at is null or since > figure.used_at then
      figure.used := ask ->> 'used';
      figure.used_at := since;
      update budgets b set used = figure.used, used_at = figure.used_at where b.budget = the_budget;
    end if;
  end if;
  if (ask ->> 'isLast')::boolean then
    delete from budget_holders h where h.budget = the_budget and h.holder = me;
    return query select 0::bigint, null::double precision, 1::bigint, 0::bigint;
    return;
  end if;

  select
    coalesce(sum(s.weight) filter (where s.settled_at > now_at - span), 0) as total,
    coalesce(sum(s.weight) filter (where s.settled_at > now_at - span and s.holder = me), 0) as own,
    coalesce(sum(s.weight) filter (
      where s.settled_at <= figure.used_at and s.settled_at > figure.used_at - span), 0) as told
  into spent from budget_spendings s where s.budget = the_budget;
  if figure.used_at > now_at - span then
    foreign_weight := greatest(0, figure.used - spent.told);
  end if;
  my_own := spent.own + (ask ->> 'inFlight')::bigint + held;
  since := case when needed > 0 then coalesce(mine.waiting_since, now_at) end;

  -- What a silent holder may spend by itself stays its own until its lease ends.
  with each_other as (
    select h.open, h.need, h.waiting_since, h.fallback, h.lease_until > now_at as is_live,
      h.need > 0 and h.seen_at > now_at - interval '2.5 seconds' as is_waiting,
      h.open + coalesce((
        select sum(s.weight) from budget_spendings s
        where s.budget = the_budget and s.holder = h.holder and s.settled_at > now_at - span), 0) as own
    from budget_holders h where h.budget = the_budget and h.holder <> me
  )
  select
    coalesce(sum(o.open + case when o.is_live then greatest(0, o.fallback - o.own) else 0 end), 0) as open,
    count(*) filter (where o.is_live) as live,
    count(*) filter (where o.is_waiting) as waiting,
    coalesce(sum(o.need) filter (where o.is_waiting
      and (o.own, o.waiting_since) < (my_own, coalesce(since, now_at))), 0) as ahead,
    coalesce(bool_or(o.is_live and not o.is_waiting and o.own < reserve), false) as is_any_small
  into others from each_other o;

  room := most - spent.total - (ask ->> 'inFlight')::bigint - held - others.open - foreign_weight;
  active := 1 + others.waiting;
  if others.is_any_small and my_own >= reserve then
    kept := reserve;
  end if;
  if others.waiting > 0 then
    share := greatest(most / active, needed);
  end if;
  if room < 0 then
    held := greatest(0, held + room);
  else
    granted := least(wanted, room - others.ahead - kept, share - my_own);
    if others.waiting > 0 then
      granted := least(granted, greatest(needed, room / (2 * active)));
    end if;
    if granted < greatest(needed, 1) then
      granted := 0;
    end if;
  end if;

  if wanted > 0 and granted = 0 then
    short_all := greatest(needed, 1) + others.ahead + kept - room;
    if others.waiting > 0 then
      short_own := my_own + greatest(needed, 1) - share;
    end if;
    select greatest(
      min(f.settled_at) filter (where f.all_freed >= short_all and short_all > 0),
      min(f.settled_at) filter (where f.own_freed >= short_own and short_own > 0)) + span
    into free_at
    from (
      select s.settled_at,
        sum(s.weight) over (order by s.settled_at, s.holder, s.entry) as all_freed,
        sum(case when s.holder = me then s.weight else 0 end)
          over (order by s.settled_at, s.holder, s.entry) as own_freed
      from budget_spendings s where s.budget = the_budget and s.settled_at > now_at - span
    ) f;
    if free_at is null and foreign_weight > 0 then
      free_at := figure.used_at + span;
    end if;
  end if;

  holders := 1 + others.live;
  credit := held + granted;
  wait_ms := greatest(0, extract(epoch from free_at - now_at) * 1000);
  fallback := least(my_own - (ask ->> 'credit')::bigint + credit, most / greatest(2, holders));
  insert into budget_holders as h
    (budget, holder, seq, stated, open, need, waiting_since, fallback, seen_at, lease_until)
  values (the_budget, me, (ask ->> 'seq')::bigint, declared, (ask ->> 'inFlight')::bigint + credit,
    case when granted > 0 then 0 else needed end, case when granted > 0 then null else since end,
    ask_budget.fallback, now_at, now_at + make_interval(secs => (ask ->> 'leaseMs')::double precision / 1000))
  on conflict on constraint budget_holders_pkey do update set
    seq = excluded.seq, stated = excluded.stated, open = excluded.open, need = excluded.need, waiting_since = excluded.waiting_since,
    fallback = excluded.fallback, seen_at = excluded.seen_at, lease_until = excluded.lease_until;
  return next;
end
$$;
