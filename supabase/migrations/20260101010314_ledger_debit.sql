-- Spending credits at once.

create function ledger.debit_locked(
  account ledger.accounts,
  amount bigint,
  key text,
  feature text,
  reference text,
  metadata jsonb
)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  entry ledger.entries;
  outcome jsonb;
  request constant bytea := private.fingerprint(jsonb_build_array('debit', amount, feature, reference, metadata));
begin
  outcome := ledger.recorded_outcome(account.id, key, request);
  if outcome is not null then
    return outcome;
  end if;

  -- GUARD
  if amount > account.posted - account.pending - account.floor then
    return ledger.record_attempt(account.id, key, request, ledger.insufficient(account, amount));
  end if;

  -- WRITE
  entry.kind := 'debit';
  entry.amount := -amount;
  entry.key := key;
  entry.fingerprint := request;
  entry.feature := feature;
  entry.reference := reference;
  entry.metadata := metadata;
  if account.metered then
    entry.receipt := ledger.burn(account.id, amount);
  end if;
  return ledger.entry_outcome(ledger.append(account, entry), false);
end
$$;

comment on function ledger.debit_locked(ledger.accounts, bigint, text, text, text, jsonb) is
  'One debit of an account that is locked and settled.';

create function ledger.debit(
  product text,
  holder uuid,
  amount bigint,
  key text,
  feature text,
  reference text default null,
  metadata jsonb default '{}'
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.require_key(key);
  perform ledger.require_amount(amount);
  return ledger.debit_locked(ledger.settle(ledger.lock_account(product, holder)), amount, key, feature, reference, metadata);
end
$$;

comment on function ledger.debit(text, uuid, bigint, text, text, text, jsonb) is
  'Spends `amount`, once for each key: {entry_id, amount, balance, replayed}, or {refusal} when less is available. Definer: the ledger''s tables are written by its functions alone.';

create function ledger.debit_many(product text, debits jsonb)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  line record;
  account ledger.accounts;
  outcomes jsonb := '[]';
begin
  if jsonb_typeof(debits) is distinct from 'array' or jsonb_array_length(debits) not between 1 and 1000 then
    perform private.raise_problem(422, 'invalid_request', 'Give 1 to 1000 debits.', '{"field": "debits"}');
  end if;

  -- LOCK: new accounts are made in the order of their holders, then all are locked in the order of their ids.
  for line in select distinct (d ->> 'holder')::uuid as holder from jsonb_array_elements(debits) d order by 1 loop
    perform ledger.ensure_account(product, line.holder);
  end loop;
  perform from ledger.accounts a
  where a.product = debit_many.product and a.unit = 'credits'
    and a.holder in (select (d ->> 'holder')::uuid from jsonb_array_elements(debits) d)
  order by a.id for no key update;

  -- WRITE
  for line in
    select d ->> 'key' as key, (d ->> 'holder')::uuid as holder, (d ->> 'amount')::bigint as amount,
      d ->> 'feature' as feature, d ->> 'reference' as reference, coalesce(d -> 'metadata', '{}') as metadata
    from jsonb_array_elements(debits) with ordinality as r (d, position) order by position
  loop
    perform private.require_key(line.key);
    perform ledger.require_amount(line.amount);
    account := ledger.settle(ledger.lock_account(product, line.holder));
    outcomes := outcomes || jsonb_build_array(
      ledger.debit_locked(account, line.amount, line.key, line.feature, line.reference, line.metadata));
  end loop;
  return outcomes;
end
$$;

comment on function ledger.debit_many(text, jsonb) is
  'Debits [{holder, amount, key, feature, reference?, metadata?}], up to 1000, in one transaction: an array of outcomes as from ledger.debit, in the same order. Definer: see ledger.debit.';

grant execute on function ledger.debit(text, uuid, bigint, text, text, text, jsonb) to service_role;
grant execute on function ledger.debit_many(text, jsonb) to service_role;
