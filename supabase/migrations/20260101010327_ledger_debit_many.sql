-- Spending credits in bulk.

create function ledger.lock_accounts(account_ids bigint[])
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  perform from ledger.accounts a where a.id = any (account_ids) order by a.id for no key update;
end
$$;

comment on function ledger.lock_accounts(bigint[]) is 'Locks several accounts, in the order of their ids as everybody does.';

create function ledger.debit_together(
  total integer,
  account_ids bigint[],
  places bigint[],
  amounts bigint[],
  keys text[],
  features text[],
  "references" text[],
  metadata jsonb[]
)
returns jsonb[]
language plpgsql
volatile
set search_path = ''
as $$
declare
  moment constant timestamptz := private.now();
  outcomes jsonb[];
begin
  with moved as (
    update ledger.accounts a
    set available = a.available - line.amount, sequence = a.sequence + 1, last_entry_at = greatest(moment, a.last_entry_at),
      -- ledger.entry_hash of the entry below.
      head = sha256(a.head || timestamptz_send(greatest(moment, a.last_entry_at)) || convert_to(format(
        '%s %s %s %s %s  debit %L %L %L     %s',
        a.id, a.sequence + 1, -line.amount, a.available + a.pending - line.amount, a.pending,
        line.key, line.feature, line.reference, line.metadata
      ), 'UTF8'))
    from unnest(account_ids, places, amounts, keys, features, "references", metadata)
      as line (account_id, place, amount, key, feature, reference, metadata)
    where a.id = line.account_id and line.amount > 0 and length(line.key) between 1 and 300
      and (a.metered or a.next_change_at <= moment) is not true
      and a.available - greatest(0, a.low_at - a.pending) >= line.amount
      and case when a.held_keys then not exists (select from ledger.holds h where h.account_id = a.id and h.key = line.key) else true end
      and case when a.burnt_keys then not exists (select from ledger.attempts t where t.account_id = a.id and t.key = line.key) else true end
    returning a.id, a.sequence, a.available, a.pending, a.last_entry_at, a.head, line.*
  ),
  written as (
    insert into ledger.entries (account_id, sequence, kind, amount, posted_after, pending_after,
      key, feature, reference, metadata, created_at, hash)
    select m.id, m.sequence, 'debit', -m.amount, m.available + m.pending, m.pending,
      m.key, m.feature, m.reference, m.metadata, m.last_entry_at, m.head
    from moved m
  )
  select array_agg(case when m.id is not null then jsonb_build_object(
    -- ledger.entry_id of the entry.
    'entry_id', (lpad(to_hex(m.id), 12, '0') || '8000' || to_hex(m.sequence - 8070450532247928832))::uuid,
    'amount', m.amount, 'replayed', false, 'balance', jsonb_build_object(
      'posted', m.available + m.pending, 'pending', m.pending, 'available', m.available)) end order by line.place)
  into outcomes
  from generate_series(1, total) as line (place) left join moved m on m.place = line.place;
  return outcomes;
end
$$;

comment on function ledger.debit_together(integer, bigint[], bigint[], bigint[], text[], text[], text[], jsonb[]) is
  'Makes at once the debits of locked accounts, one of each, that are right and usual as in ledger.debit. The outcomes of a batch of `total`, by their places; null for others. A key that an entry has is a unique_violation: to look for each would cost as much as a third of the rest.';

create function ledger.debit_many(product text, debits jsonb)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
-- A plan for these very lines costs more than it saves: all accounts are looked up by their ids.
set plan_cache_mode = force_generic_plan
as $$
declare
  total constant integer := case when jsonb_typeof(debits) = 'array' then jsonb_array_length(debits) end;
  firsts record;
  line jsonb;
  outcomes jsonb[];
begin
  if (total between 1 and 1000) is not true then
    perform private.raise_problem(422, 'invalid_request', 'Give 1 to 1000 debits.', '{"field": "debits"}');
  end if;

  -- The first line of each account, and then new accounts in the order of their holders, before any is locked.
  for attempt in 1..2 loop
    select array_agg(d.account_id) as account_ids, array_agg(d.holder) filter (where d.account_id is null) as strangers,
      array_agg(d.place) as places, array_agg(d.amount) as amounts, array_agg(d.key) as keys, array_agg(d.feature) as features,
      array_agg(d.reference) as references, array_agg(coalesce(d.metadata, '{}')) as metadata
    into firsts
    from (
      select l.*, row_number() over (partition by l.holder order by l.place) as turn, (
        select a.id from ledger.accounts a where a.holder = l.holder and a.product = debit_many.product and a.unit = 'credits') as account_id
      from rows from (jsonb_to_recordset(debits) as (
        holder uuid, amount bigint, key text, feature text, reference text, metadata jsonb)) with ordinality
        as l (holder, amount, key, feature, reference, metadata, place)
    ) d
    where d.turn = 1;
    exit when firsts.strangers is null;
    perform ledger.make_account(product, stranger.holder, 'credits')
    from (select s.holder from unnest(firsts.strangers) as s (holder) order by s.holder) as stranger;
  end loop;

  -- LOCK and WRITE: what is usual at once, the others one by one in their order.
  begin
    perform ledger.lock_accounts(firsts.account_ids);
    outcomes := ledger.debit_together(total, firsts.account_ids, firsts.places, firsts.amounts, firsts.keys, firsts.features,
      firsts.references, firsts.metadata);
  exception when unique_violation then
    perform ledger.lock_accounts(firsts.account_ids);
    outcomes := array_fill(null::jsonb, array[total]);
  end;
  for place in 1..total loop
    continue when outcomes[place] is not null;
    line := debits -> place - 1;
    outcomes[place] := ledger.debit(product, (line ->> 'holder')::uuid, (line ->> 'amount')::bigint, line ->> 'key',
      line ->> 'feature', line ->> 'reference', coalesce(nullif(line -> 'metadata', 'null'), '{}'));
  end loop;
  return to_jsonb(outcomes);
end
$$;

comment on function ledger.debit_many(text, jsonb) is
  'Debits [{holder, amount, key, feature, reference?, metadata?}], up to 1000, in one transaction: an array of outcomes as from ledger.debit, in the same order. Definer: see ledger.debit.';

grant execute on function ledger.debit_many(text, jsonb) to service_role;
