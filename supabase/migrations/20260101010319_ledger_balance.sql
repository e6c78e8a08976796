-- Reading: the balance now and at any moment, grants, and the statement page by page.

create function ledger.sequence_at(account_id bigint, at timestamptz)
returns bigint
language plpgsql
stable
set search_path = ''
as $$
declare
  low bigint := 0;
  high bigint;
  middle bigint;
begin
  select a.sequence into high from ledger.accounts a where a.id = account_id;
  -- Times never go back within an account, so the primary key can be searched by halves.
  while low < high loop
    middle := (low + high + 1) / 2;
    if (select e.created_at from ledger.entries e where e.account_id = sequence_at.account_id and e.sequence = middle) <= at then
      low := middle;
    else
      high := middle - 1;
    end if;
  end loop;
  return coalesce(low, 0);
end
$$;

comment on function ledger.sequence_at(bigint, timestamptz) is
  'Sequence of the newest entry at a moment, 0 before the first; in logarithmic time.';

create function ledger.expired_at(account_id bigint, at timestamptz, newest bigint)
returns numeric
language sql
stable
set search_path = ''
begin atomic
  with lots as (
    select g.id, g.remaining from ledger.grants g
    where g.account_id = expired_at.account_id and g.posted_sequence <= expired_at.newest and g.expires_at <= expired_at.at
  ),
  later as (
    select line.grant_id as id, sign(e.amount) * line.amount as change
    from ledger.entries e, ledger.receipt_lines(e.receipt) line
    where e.account_id = expired_at.account_id and e.sequence > expired_at.newest and exists (select from lots)
    union all
    select e.grant_id, e.amount from ledger.entries e
    where e.account_id = expired_at.account_id and e.sequence > expired_at.newest and e.grant_id is not null and exists (select from lots)
  ),
  reserved as (
    select line.grant_id as id, line.amount
    from ledger.holds h, ledger.receipt_lines(h.receipt) line
    where h.account_id = expired_at.account_id and h.created_at <= expired_at.at and h.expires_at > expired_at.at
      and (h.resolved_at is null or h.resolved_at > expired_at.at) and exists (select from lots)
  )
  select coalesce(sum(
    l.remaining
    - coalesce((select sum(c.change) from later c where c.id = l.id), 0)
    - coalesce((select sum(r.amount) from reserved r where r.id = l.id), 0)
  ), 0)
  from lots l;
end;

comment on function ledger.expired_at(bigint, timestamptz, bigint) is
  'What had expired at a moment, was not reserved by a live hold, and left the account only after the entry `newest`.';

create function ledger.balance_at(account_id bigint, at timestamptz)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  newest constant bigint := ledger.sequence_at(balance_at.account_id, at);
  posted numeric;
  pending numeric;
begin
  select coalesce((
    select e.posted_after from ledger.entries e
    where e.account_id = balance_at.account_id and e.sequence = newest), 0) into posted;
  select coalesce(sum(h.amount), 0) into pending from ledger.holds h
  where h.account_id = balance_at.account_id and h.created_at <= at and h.expires_at > at
    and (h.resolved_at is null or h.resolved_at > at);
  -- What was due to be credited by then but was only later.
  select posted - ledger.expired_at(balance_at.account_id, at, newest) + coalesce(sum(g.amount), 0) into posted
  from ledger.grants g
  where g.account_id = balance_at.account_id and g.effective_at <= at and g.created_at <= at
    and (g.expires_at is null or g.expires_at > at) and (g.posted_sequence is null or g.posted_sequence > newest);
  return jsonb_build_object('posted', posted, 'pending', pending, 'available', posted - pending);
end
$$;

comment on function ledger.balance_at(bigint, timestamptz) is
  'The balance at a moment, past or present: what had expired is not in it, whether or not a sweep had run.';

create function ledger.account_id(product text, holder uuid)
returns bigint
language sql
stable
set search_path = ''
begin atomic
  select a.id from ledger.accounts a
  where a.holder = account_id.holder and a.product = account_id.product and a.unit = 'credits';
end;

comment on function ledger.account_id(text, uuid) is 'The id of a holder''s account, or null while it has none.';

create function ledger.balance(product text, holder uuid, at timestamptz default null)
returns jsonb
language sql
stable
security definer
set search_path = ''
begin atomic
  select coalesce(
    ledger.balance_at(ledger.account_id(product, holder), coalesce(at, private.now())),
    '{"posted": 0, "pending": 0, "available": 0}');
end;

comment on function ledger.balance(text, uuid, timestamptz) is
  'The balance {posted, pending, available} of a holder now (null) or at any moment; zeros before the first entry. Definer: reads every account; callers are the service and api.account_balance.';

create function ledger.live_grants(product text, holder uuid)
returns jsonb
language sql
stable
security definer
set search_path = ''
begin atomic
  with lots as (
    select g.*, a.metered, a.available + a.pending as posted,
      sum(g.remaining) over (
        order by g.priority desc, g.expires_at desc nulls first, g.category desc, g.effective_at desc, g.created_at desc, g.posted_sequence desc nulls first
      ) as from_the_end
    from ledger.grants g join ledger.accounts a on a.id = g.account_id
    where a.id = ledger.account_id(live_grants.product, live_grants.holder) and g.live
      -- What is due is there, whether or not anybody came by to credit it.
      and (g.posted_sequence is not null or g.effective_at <= private.now()) and (g.expires_at is null or g.expires_at > private.now())
  ),
  settled as (
    select l.*, case when l.metered then l.remaining
      else greatest(0, least(l.remaining, l.posted - (l.from_the_end - l.remaining))) end as left_over
    from lots l
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'grant_id', s.id, 'category', s.category, 'amount', s.amount, 'remaining', s.left_over,
    'effective_at', s.effective_at, 'expires_at', s.expires_at
  ) order by s.priority, s.expires_at nulls last, s.category, s.effective_at, s.created_at, s.posted_sequence nulls last), '[]')
  from settled s where s.left_over > 0;
end;

comment on function ledger.live_grants(text, uuid) is
  'A holder''s grants that can be spent, in burn order, with what remains of each. Definer: see ledger.balance.';

create function ledger.statement(product text, holder uuid, "cursor" text default null, page_size integer default 50)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  account constant bigint := ledger.account_id(product, holder);
  before bigint := 9223372036854775807;
  page jsonb;
begin
  if page_size not between 1 and 200 then
    perform private.raise_problem(422, 'invalid_request', 'A page has 1 to 200 entries.', '{"field": "page_size"}');
  end if;
  if "cursor" is not null then
    if "cursor" !~ '^[0-9]{1,18}$' then
      perform private.raise_problem(422, 'invalid_request', 'This cursor is not one of ours.', '{"field": "cursor"}');
    end if;
    before := "cursor"::bigint;
  end if;

  select coalesce(jsonb_agg(to_jsonb(p)), '[]') into page from (
    select ledger.entry_id(e.account_id, e.sequence) as entry_id, e.kind, e.amount, e.posted_after as balance_after, e.feature, e.reference,
      case when e.reverses is not null then ledger.entry_id(e.account_id, e.reverses) end as reverses,
      e.hold_id, e.grant_id, e.created_at, e.sequence
    from ledger.entries e
    where e.account_id = account and e.sequence < before
    order by e.sequence desc limit page_size
  ) p;
  return jsonb_build_object(
    'entries', (select coalesce(jsonb_agg(p - 'sequence'), '[]') from jsonb_array_elements(page) p),
    'next_cursor', case when (page -> -1 ->> 'sequence')::bigint > 1 then page -> -1 ->> 'sequence' end
  );
end
$$;

comment on function ledger.statement(text, uuid, text, integer) is
  'A page of entries, newest first: {entries, next_cursor}. next_cursor is null at the end. Definer: see ledger.balance.';

grant execute on function ledger.balance(text, uuid, timestamptz) to service_role;
grant execute on function ledger.live_grants(text, uuid) to service_role;
grant execute on function ledger.statement(text, uuid, text, integer) to service_role;

create function ledger.available_after(outcome jsonb)
returns bigint
language plpgsql
stable
set search_path = ''
as $$
begin
  if outcome ? 'refusal' then
    perform private.raise_problem(case outcome -> 'refusal' ->> 'code' when 'insufficient_credits' then 402 else 409 end,
      outcome -> 'refusal' ->> 'code', 'The credits were not changed.', (outcome -> 'refusal') - 'code');
  end if;
  return (outcome -> 'balance' ->> 'available')::bigint;
end
$$;

comment on function ledger.available_after(jsonb) is
  'What is available after a call of the ledger, by its answer; a refusal is raised (402, 409), which gives up what the refusal recorded. For contracts whose calls return a balance.';
