-- A holder that nobody has heard keeps all that it may spend by itself, also after a silence of the database; addresses
-- of which the venue counts one used weight are one payer.

alter table budgets
  add column host     text,
  add column payer    text,
  -- When any holder was heard last.
  add column heard_at timestamptz;

alter table budget_holders
  -- Its even part, of which it spends no more by itself however long it is alone.
  add column share bigint not null default 0 check (share >= 0),
  -- How far it may have gone by itself without anybody's knowing.
  add column kept  bigint not null default 0 check (kept >= 0);

-- Names of one payer. Believed for a day, then it has to be seen again.
create table budget_payers (
  host    text        not null,
  payer   text        not null,
  same_as text        not null check (same_as <> payer),
  since   timestamptz not null default now(),
  primary key (host, payer)
);

-- How often in a row the figures of two budgets fitted what both have spent together.
create table budget_twins (
  budget  text        not null,
  twin    text        not null,
  hits    integer     not null,
  used    bigint      not null,
  seen_at timestamptz not null default now(),
  primary key (budget, twin)
);

drop function ask_budget(jsonb);

-- Whether the venue counts two budgets as one: three times in a row its figure for the one held what was spent on the
-- other, and both saw the same figure but for what was spent in between. Then their payers are one from now on.
create function find_twin(the_budget text, span interval)
returns void language plpgsql as $$
declare
  figure  budgets%rowtype;
  other   record;
  -- Under way, or granted and perhaps under way.
  my_open bigint;
  between bigint;
  foreign_weight bigint;
  seen    integer;
begin
  select * into strict figure from budgets b where b.budget = the_budget;
  select coalesce(sum(h.open), 0) into my_open from budget_holders h where h.budget = the_budget;
  -- Less all of ours that it may hold.
  foreign_weight := figure.used - my_open - coalesce((
    select sum(s.weight) from budget_spendings s
    where s.budget = the_budget and s.settled_at > figure.used_at - span), 0);
  for other in
    select b.budget, b.payer, b.used,
      coalesce((select sum(s.weight) from budget_spendings s
        where s.budget = b.budget and s.settled_at > figure.used_at - span), 0) as spent,
      coalesce((select sum(h.open) from budget_holders h where h.budget = b.budget), 0) as open,
      (select coalesce(sum(s.weight), 0) from budget_spendings s
        where s.budget in (b.budget, the_budget) and s.settled_at > least(b.used_at, figure.used_at) - interval '1 second')
        as lately
    from budgets b
    where b.host = figure.host and b.budget <> the_budget and b.payer <> figure.payer
      and replace(b.budget, b.payer, '') = replace(figure.budget, figure.payer, '')
      and b.used_at between figure.used_at - interval '2 seconds' and figure.used_at + interval '2 seconds'
  loop
    between := other.lately + other.open + my_open;
    if abs(figure.used - other.used) > between then
      delete from budget_twins t
      where t.budget = least(the_budget, other.budget) and t.twin = greatest(the_budget, other.budget);
      continue;
    end if;
    continue when other.spent < 2 or foreign_weight < greatest(2, other.spent * 3 / 4)
      or foreign_weight > other.spent + between;
    insert into budget_twins as t (budget, twin, hits, used)
    values (least(the_budget, other.budget), greatest(the_budget, other.budget), 1, figure.used)
    on conflict (budget, twin) do update set
      hits = case when t.seen_at < now() - interval '1 minute' then 1
        when t.used = excluded.used then t.hits else t.hits + 1 end,
      used = excluded.used, seen_at = now()
    returning t.hits into seen;
    continue when seen < 3;
    insert into budget_payers as p (host, payer, same_as)
    values (figure.host, greatest(figure.payer, other.payer), least(figure.payer, other.payer))
    on conflict (host, payer) do update set same_as = excluded.same_as, since = now();
    update budget_payers p set same_as = least(figure.payer, other.payer)
    where p.host = figure.host and p.same_as = greatest(figure.payer, other.payer);
    delete from budget_payers p where p.host = figure.host and p.payer = least(figure.payer, other.payer);
    delete from budget_twins t where t.budget in (the_budget, other.budget) or t.twin in (the_budget, other.budget);
    return;
  end loop;
end
$$;

-- One word of one holder: what it has spent and holds, what the venue told it, and what it needs. The answer replaces
-- what it holds. One statement, so that no client that stands still can hold the lock.
create function ask_budget(ask jsonb)
returns table (credit bigint, wait_ms double precision, holders bigint, fallback bigint, same_payers text[])
language plpgsql as $$
declare
  told_at    constant timestamptz := statement_timestamp();
  named      constant text := ask ->> 'budget';
  the_host   constant text := ask ->> 'host';
  the_budget text := named;
  the_payer  text := ask ->> 'payer';
  me         uuid := ask ->> 'holder';
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
  is_told    boolean := false;
  alias      text;
  my_share   bigint;
  my_kept    bigint;
begin
  -- What a crash of the server could lose here is a fraction of a second of one window.
  perform set_config('synchronous_commit', 'off', true);
  -- Of two names of one payer one stands for both. A process that has lanes of both names is two holders.
  select p.same_as into the_payer from budget_payers p
  where p.host = the_host and p.payer = the_payer and p.since > now() - interval '1 day';
  if the_payer is null then
    the_payer := ask ->> 'payer';
  else
    the_budget := replace(named, ask ->> 'payer', the_payer);
    me := md5(me::text || named)::uuid;
  end if;
  insert into budgets (budget, weight_limit, host, payer) values (the_budget, declared, the_host, the_payer)
  on conflict do nothing;
  select * into strict figure from budgets b where b.budget = the_budget for update;
  now_at := clock_timestamp();
  if figure.host is null then
    update budgets b set host = the_host, payer = the_payer where b.budget = the_budget;
  end if;
  for alias in
    select replace(the_budget, the_payer, p.payer) from budget_payers p where p.host = the_host and p.same_as = the_payer
  loop
    with moved as (delete from budget_spendings s where s.budget = alias returning *)
    insert into budget_spendings (budget, holder, entry, weight, settled_at)
    select the_budget, md5(m.holder::text || alias)::uuid, m.entry, m.weight, m.settled_at from moved m
    on conflict do nothing;
    with moved as (delete from budget_holders h where h.budget = alias returning *)
    insert into budget_holders (budget, holder, seq, stated, open, need, waiting_since, fallback, seen_at, lease_until, share, kept)
    select the_budget, md5(m.holder::text || alias)::uuid, m.seq, m.stated, m.open, m.need, m.waiting_since, m.fallback,
      m.seen_at, m.lease_until, m.share, m.kept from moved m
    on conflict do nothing;
  end loop;
  -- Time in which nobody was heard was not theirs: those who were there before it have still to be heard.
  if figure.heard_at < now_at - interval '2.5 seconds' then
    update budget_holders h set lease_until = h.lease_until + (now_at - figure.heard_at)
    where h.budget = the_budget and h.lease_until > figure.heard_at
      and h.seen_at > figure.heard_at - interval '6 seconds';
  end if;
  update budgets b set heard_at = now_at where b.budget = the_budget;

  select * into mine from budget_holders h where h.budget = the_budget and h.holder = me;
  if mine.seq >= (ask ->> 'seq')::bigint then
    return query select 0::bigint, null::double precision, 1::bigint, 0::bigint, array[]::text[];
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
      is_told := true;
    end if;
  end if;
  if (ask ->> 'isLast')::boolean then
    delete from budget_holders h where h.budget = the_budget and h.holder = me;
    return query select 0::bigint, null::double precision, 1::bigint, 0::bigint, array[]::text[];
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

  -- What a silent holder may spend by itself stays its own until its lease ends: no more than it had for one window, then
  -- its share, of which nobody else may have spent by then.
  with each_other as (
    select h.open, h.need, h.waiting_since, h.lease_until > now_at as is_live,
      case when h.seen_at < now_at - interval '1.5 seconds' and h.lease_until > h.seen_at + span
        then greatest(h.kept, h.share) else h.kept end as kept,
      h.need > 0 and h.seen_at > now_at - interval '2.5 seconds' as is_waiting,
      h.open + coalesce((
        select sum(s.weight) from budget_spendings s
        where s.budget = the_budget and s.holder = h.holder and s.settled_at > now_at - span), 0) as own
    from budget_holders h where h.budget = the_budget and h.holder <> me
  )
  select
    coalesce(sum(o.open + case when o.is_live then greatest(0, o.kept - o.own) else 0 end), 0) as open,
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
  my_share := greatest(1, most / greatest(2, holders));
  -- Until it hears this answer it may go as far as it tells by itself. Whoever was not heard for a while may have gone
  -- further since this word was written: all is kept until the next.
  my_kept := greatest(fallback, least(coalesce((ask ->> 'fallback')::bigint, 0), most));
  if mine.seen_at < now_at - interval '1.5 seconds' then
    my_kept := greatest(my_kept, mine.fallback, case when mine.seen_at < now_at - span then mine.share end);
  end if;
  insert into budget_holders as h
    (budget, holder, seq, stated, open, need, waiting_since, fallback, seen_at, lease_until, share, kept)
  values (the_budget, me, (ask ->> 'seq')::bigint, declared, (ask ->> 'inFlight')::bigint + credit,
    case when granted > 0 then 0 else needed end, case when granted > 0 then null else since end,
    ask_budget.fallback, now_at, now_at + make_interval(secs => (ask ->> 'leaseMs')::double precision / 1000),
    my_share, my_kept)
  on conflict on constraint budget_holders_pkey do update set
    seq = excluded.seq, stated = excluded.stated, open = excluded.open, need = excluded.need, waiting_since = excluded.waiting_since,
    fallback = excluded.fallback, seen_at = excluded.seen_at, lease_until = excluded.lease_until,
    share = excluded.share, kept = excluded.kept;
  if is_told and the_payer not like 'key-%' then
    perform find_twin(the_budget, span);
  end if;
  select array_agg(names.name order by names.name) into same_payers from (
    select the_payer as name where the_payer <> ask ->> 'payer'
    union
    select p.payer from budget_payers p
    where p.host = the_host and p.same_as = the_payer and p.payer <> ask ->> 'payer' and p.since > now() - interval '1 day'
  ) as names;
  return next;
end
$$;
