-- Spending credits in bulk.

create function ledger.chain(head bytea, at timestamptz, contents text[])
returns bytea[]
language plpgsql
immutable
set search_path = ''
as $$
declare
  hashes bytea[] := '{}';
  hash bytea := head;
  content text;
begin
  foreach content in array contents loop
    hash := sha256(hash || timestamptz_send(at) || convert_to(content, 'UTF8'));
    hashes := hashes || hash;
  end loop;
  return hashes;
end
$$;

comment on function ledger.chain(bytea, timestamptz, text[]) is
  'The hashes of several entries of one moment, one after the other: what ledger.entry_hash gives for each, from its text there.';

create function ledger.debit_together(product text, debits jsonb, holders uuid[], look boolean)
returns jsonb[]
language plpgsql
volatile
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  moment constant timestamptz := private.now();
  outcomes jsonb[];
begin
  with twice as materialized (
    select d.holder, d.key from jsonb_to_recordset(debits) as d (holder uuid, key text) group by 1, 2 having count(*) > 1
  ),
  accounts as materialized (
    select a.* from ledger.accounts a
    where a.holder = any (holders) and a.product = debit_together.product and a.unit = 'credits'
    order by a.id for no key update
  ),
  lines as materialized (
    select d.place, a.id as account_id, d.amount, d.key, d.feature, d.reference, coalesce(d.metadata, '{}') as metadata,
      a.posted, a.pending, a.sequence, a.head, greatest(moment, a.last_entry_at) as at,
      row_number() over chain as link, (sum(d.amount) over chain)::bigint as spent,
      sum(d.amount) over account <= a.posted - greatest(a.pending + a.floor, a.low_at) as enough,
      not a.metered and (a.next_change_at is null or a.next_change_at > moment)
        and coalesce(d.amount > 0 and length(d.key) between 1 and 300, false)
        and (not a.burnt_keys or not ledger.is_burnt(a.id, d.key))
        and (not look or (d.holder, d.key) not in (select t.holder, t.key from twice t)
          and not exists (select from ledger.entries e where e.account_id = a.id and e.key = d.key)) as usual
    from rows from (jsonb_to_recordset(debits) as (
      holder uuid, amount bigint, key text, feature text, reference text, metadata jsonb)) with ordinality
      as d (holder, amount, key, feature, reference, metadata, place)
    join accounts a on a.holder = d.holder
    window account as (partition by a.id), chain as (partition by a.id order by d.place)
  ),
  entries as materialized (
    select l.*, l.sequence + l.link as number, l.posted - l.spent as posted_after
    from lines l
    where l.enough and l.account_id not in (select other.account_id from lines other where not other.usual)
  ),
  chains as materialized (
    select c.account_id, hashed.link, hashed.hash
    from (
      select e.account_id, e.head, e.at, array_agg(format('%s %s %s %s %s  debit %L %L %L     %s',
        e.account_id, e.number, -e.amount, e.posted_after, e.pending, e.key, e.feature, e.reference, e.metadata) order by e.link) as contents
      from entries e group by e.account_id, e.head, e.at
    ) c, unnest(case when cardinality(c.contents) > 1 then ledger.chain(c.head, c.at, c.contents)
      else array[sha256(c.head || timestamptz_send(c.at) || convert_to(c.contents[1], 'UTF8'))] end) with ordinality as hashed (hash, link)
  ),
  written as (
    insert into ledger.entries (account_id, sequence, kind, amount, posted_after, pending_after,
      key, feature, reference, metadata, created_at, hash)
    select e.account_id, e.number, 'debit', -e.amount, e.posted_after, e.pending, e.key, e.feature, e.reference, e.metadata, e.at, c.hash
    from entries e join chains c on c.account_id = e.account_id and c.link = e.link
  ),
  moved as (
    update ledger.accounts a set posted = last.posted_after, sequence = last.number, head = last.hash, last_entry_at = last.at
    from (
      select distinct on (e.account_id) e.account_id, e.posted_after, e.number, c.hash, e.at
      from entries e join chains c on c.account_id = e.account_id and c.link = e.link
      order by e.account_id, e.link desc
    ) as last
    where a.id = last.account_id
  )
  select array_agg(case when e.place is not null then jsonb_build_object(
    -- ledger.entry_id of the entry.
    'entry_id', (lpad(to_hex(e.account_id >> 12 << 16 | 32768 | (e.account_id & 4095)), 16, '0') || to_hex(e.number - 8070450532247928832))::uuid,
    'amount', e.amount, 'balance', jsonb_build_object(
      'posted', e.posted_after, 'pending', e.pending, 'available', e.posted_after - e.pending), 'replayed', false) end order by l.place)
  into outcomes
  from lines l left join entries e on e.place = l.place;
  return outcomes;
end
$$;

comment on function ledger.debit_together(text, jsonb, uuid[], boolean) is
  'Locks all accounts in the order of their ids and makes at once the debits of those to which nothing is due, whose lines are right, new and no grant''s or alert''s business, and which have enough for all of them: the outcomes by line, null for the others. Unless it is to `look` for keys that entries or other lines have, such a key is a unique_violation: to look for every key costs as much as a third of the rest.';

create function ledger.debit_many(product text, debits jsonb)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  holders uuid[];
  missing uuid;
  line record;
  outcomes jsonb[];
begin
  if jsonb_typeof(debits) is distinct from 'array' or jsonb_array_length(debits) not between 1 and 1000 then
    perform private.raise_problem(422, 'invalid_request', 'Give 1 to 1000 debits.', '{"field": "debits"}');
  end if;
  select array_agg(distinct d.holder) into holders from jsonb_to_recordset(debits) as d (holder uuid);

  -- New accounts are made in the order of their holders, before any is locked.
  if cardinality(holders) <> (
    select count(*) from ledger.accounts a where a.holder = any (holders) and a.product = debit_many.product and a.unit = 'credits'
  ) then
    for missing in
      select h from unnest(holders) h where h is null
        or not exists (select from ledger.accounts a where a.holder = h and a.product = debit_many.product and a.unit = 'credits')
      order by h
    loop
      perform ledger.make_account(product, missing, 'credits');
    end loop;
  end if;

  -- LOCK and WRITE: what is usual at once, the others one by one in their order.
  begin
    outcomes := ledger.debit_together(product, debits, holders, look => false);
  exception when unique_violation then
    -- Some keys were used before. They are looked for under locks that are held already, for a statement does not see
    -- what others commit while it waits.
    perform from ledger.accounts a
    where a.holder = any (holders) and a.product = debit_many.product and a.unit = 'credits'
    order by a.id for no key update;
    outcomes := ledger.debit_together(product, debits, holders, look => true);
  end;
  if array_position(outcomes, null) is null then
    return to_jsonb(outcomes);
  end if;
  for line in
    select d.* from rows from (jsonb_to_recordset(debits) as (
      holder uuid, amount bigint, key text, feature text, reference text, metadata jsonb)) with ordinality
      as d (holder, amount, key, feature, reference, metadata, place)
    where outcomes[d.place] is null order by d.place
  loop
    outcomes[line.place] := ledger.debit_in_full(
      product, line.holder, line.amount, line.key, line.feature, line.reference, line.metadata);
  end loop;
  return to_jsonb(outcomes);
end
$$;

comment on function ledger.debit_many(text, jsonb) is
  'Debits [{holder, amount, key, feature, reference?, metadata?}], up to 1000, in one transaction: an array of outcomes as from ledger.debit, in the same order. Definer: see ledger.debit.';

grant execute on function ledger.debit_many(text, jsonb) to service_role;
