-- The two steps that every movement takes: lock the account, append the entry.

create function ledger.make_account(product text, holder uuid, unit text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  if not exists (
    select from ledger.holders h where h.product = make_account.product and h.holder = make_account.holder
  ) then
    perform private.raise_problem(404, 'holder_not_found', format('%s has no holder %s.', product, holder));
  end if;
  insert into ledger.accounts (product, holder, unit, head)
  values (product, holder, unit, ledger.genesis_hash(product, holder, unit)) on conflict do nothing;
end
$$;

comment on function ledger.make_account(text, uuid, text) is
  'Makes an account that is missing and locks nothing: who finds it made by another meanwhile must not hold it before those with lower ids. Unknown holder: holder_not_found.';

create function ledger.lock_account(product text, holder uuid, unit text default 'credits')
returns ledger.accounts
language plpgsql
volatile
set search_path = ''
as $$
declare
  account ledger.accounts;
begin
  select * into account from ledger.accounts a
  where a.holder = lock_account.holder and a.product = lock_account.product and a.unit = lock_account.unit
  for no key update;
  if found then
    return account;
  end if;

  perform ledger.make_account(product, holder, unit);
  return ledger.lock_account(product, holder, unit);
end
$$;

comment on function ledger.lock_account(text, uuid, text) is
  'Creates the account if it is new and locks its row until the transaction ends. Unknown holder: holder_not_found.';

create function ledger.lock_account_by_id(account_id bigint)
returns ledger.accounts
language plpgsql
volatile
set search_path = ''
as $$
declare
  account ledger.accounts;
begin
  select * into account from ledger.accounts a where a.id = account_id for no key update;
  return account;
end
$$;

comment on function ledger.lock_account_by_id(bigint) is 'Locks an account whose id is known.';

create function ledger.ensure_account(product text, holder uuid)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  if not exists (
    select from ledger.accounts a
    where a.holder = ensure_account.holder and a.product = ensure_account.product and a.unit = 'credits'
  ) then
    perform ledger.make_account(product, holder, 'credits');
  end if;
end
$$;

comment on function ledger.ensure_account(text, uuid) is 'Makes a missing account, so that several can then be locked in the order of their ids.';

create function ledger.append(account ledger.accounts, entry ledger.entries, pending_change bigint default 0)
returns ledger.entries
language plpgsql
volatile
set search_path = ''
as $$
begin
  if entry.amount > 9223372036854775807 - account.available - account.pending then
    perform private.raise_problem(422, 'invalid_amount', 'An account holds no more than 9223372036854775807.', '{"field": "amount"}');
  end if;
  entry.account_id := account.id;
  entry.sequence := account.sequence + 1;
  entry.posted_after := account.available + account.pending + entry.amount;
  entry.pending_after := account.pending + pending_change;
  entry.metadata := coalesce(entry.metadata, '{}');
  -- Times never go back within an account, however transactions overlap.
  entry.created_at := greatest(private.now(), account.last_entry_at);
  entry.hash := ledger.entry_hash(account.head, entry);
  insert into ledger.entries values (entry.*);

  update ledger.accounts a
  set available = entry.posted_after - entry.pending_after, pending = entry.pending_after,
    sequence = entry.sequence, head = entry.hash, last_entry_at = entry.created_at
  where a.id = account.id;
  if entry.posted_after < account.low_at or entry.kind not in ('debit', 'capture') then
    perform ledger.watch_low(account, entry);
  end if;
  return entry;
end
$$;

comment on function ledger.append(ledger.accounts, ledger.entries, bigint) is
  'Appends `entry` to a locked account and returns it complete. The caller sets kind, amount, key, fingerprint and what it knows of the rest. What no bigint holds is refused (invalid_amount).';

create function ledger.take_back(account_id bigint, amount bigint, reserved bigint default 0)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  update ledger.accounts a
  set available = a.available + amount - reserved, pending = a.pending + reserved, sequence = a.sequence - 1, head = before.head, last_entry_at = before.at
  from (
    select coalesce(e.hash, ledger.genesis_hash(b.product, b.holder, b.unit)) as head, coalesce(e.created_at, '-infinity') as at
    from ledger.accounts b left join ledger.entries e on e.account_id = b.id and e.sequence = b.sequence - 1
    where b.id = take_back.account_id
  ) before
  where a.id = take_back.account_id;
end
$$;

comment on function ledger.take_back(bigint, bigint, bigint) is
  'Puts a locked account back to how it was before a debit of `amount`, or a capture of what was `reserved`, that then left no entry.';

create function ledger.advance(account ledger.accounts, entry ledger.entries)
returns ledger.accounts
language plpgsql
immutable
set search_path = ''
as $$
begin
  account.available := entry.posted_after - entry.pending_after;
  account.pending := entry.pending_after;
  account.sequence := entry.sequence;
  account.head := entry.hash;
  account.last_entry_at := entry.created_at;
  return account;
end
$$;

comment on function ledger.advance(ledger.accounts, ledger.entries) is
  'The account as it is after an entry was appended, for whoever goes on working with it.';

create function ledger.balance_of(account ledger.accounts)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'posted', account.available + account.pending, 'pending', account.pending, 'available', account.available
  );
end
$$;

comment on function ledger.balance_of(ledger.accounts) is 'The balance of a locked, settled account as callers see it.';

create function ledger.require_amount(amount bigint)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if amount is null or amount <= 0 then
    perform private.raise_problem(422, 'invalid_amount', 'An amount is a positive whole number.', '{"field": "amount"}');
  end if;
end
$$;

comment on function ledger.require_amount(bigint) is 'Refuses an amount that is null, zero or negative (invalid_amount, 422).';

create function ledger.require_same(recorded bytea, given bytea)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if recorded <> given then
    perform private.raise_problem(409, 'idempotency_conflict', 'This idempotency key was used for another request.');
  end if;
end
$$;

comment on function ledger.require_same(bytea, bytea) is
  'Tells a retry from another request with the same key (idempotency_conflict, 409).';

create function ledger.entry_outcome(entry ledger.entries, replayed boolean)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'entry_id', ledger.entry_id(entry.account_id, entry.sequence),
    'amount', abs(entry.amount),
    'balance', jsonb_build_object(
      'posted', entry.posted_after, 'pending', entry.pending_after, 'available', entry.posted_after - entry.pending_after),
    'replayed', replayed
  );
end
$$;

comment on function ledger.entry_outcome(ledger.entries, boolean) is
  'What a call that left an entry answers; made from the entry alone, so that a retry gets the first result again.';

create function ledger.debit_fingerprint(amount bigint, feature text, reference text, metadata jsonb)
returns bytea
language plpgsql
immutable
set search_path = ''
as $$
begin
  return private.fingerprint(jsonb_build_array('debit', amount, feature, reference, metadata));
end
$$;

comment on function ledger.debit_fingerprint(bigint, text, text, jsonb) is
  'Fingerprint of a debit. An entry does not keep it, for its columns say the same; a refused attempt does.';

create function ledger.recorded_outcome(account_id bigint, key text, fingerprint bytea)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  entry ledger.entries;
  burnt bytea;
  outcome jsonb;
begin
  select * into entry from ledger.entries e
  where e.account_id = recorded_outcome.account_id and e.key = recorded_outcome.key;
  if found then
    perform ledger.require_same(
      coalesce(entry.fingerprint, ledger.debit_fingerprint(-entry.amount, entry.feature, entry.reference, entry.metadata)),
      fingerprint);
    return ledger.entry_outcome(entry, true);
  end if;
  -- A hold answers its own retries; to any other call its key is burnt.
  select t.fingerprint, t.outcome into burnt, outcome from ledger.attempts t
  where t.account_id = recorded_outcome.account_id and t.key = recorded_outcome.key
  union all
  select h.fingerprint, null from ledger.holds h
  where h.account_id = recorded_outcome.account_id and h.key = recorded_outcome.key;
  if found then
    perform ledger.require_same(burnt, fingerprint);
    return outcome || '{"replayed": true}';
  end if;
  return null;
end
$$;

comment on function ledger.recorded_outcome(bigint, text, bytea) is
  'The outcome of an earlier call with this key, or null. Same key with another body: idempotency_conflict. Call with the account locked.';

create function ledger.is_burnt(account_id bigint, key text)
returns boolean
language plpgsql
volatile
set search_path = ''
as $$
begin
  -- Volatile: what others committed while the calling statement waited for the account counts.
  return exists (select from ledger.attempts t where t.account_id = is_burnt.account_id and t.key = is_burnt.key)
    or exists (select from ledger.holds h where h.account_id = is_burnt.account_id and h.key = is_burnt.key);
end
$$;

comment on function ledger.is_burnt(bigint, text) is
  'Whether a call that left no entry used this key. Only accounts with burnt_keys or held_keys have such.';

create function ledger.record_attempt(
  account_id bigint, key text, fingerprint bytea, outcome jsonb, at timestamptz default private.now()
)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
begin
  insert into ledger.attempts (account_id, key, fingerprint, outcome, created_at)
  values (record_attempt.account_id, record_attempt.key, record_attempt.fingerprint, record_attempt.outcome, at);
  update ledger.accounts a set burnt_keys = true where a.id = record_attempt.account_id and not a.burnt_keys;
  return outcome || '{"replayed": false}';
end
$$;

comment on function ledger.record_attempt(bigint, text, bytea, jsonb, timestamptz) is
  'Burns a key with an outcome that leaves no entry, and returns that outcome.';

create function ledger.insufficient(account ledger.accounts, required bigint)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_build_object('refusal', jsonb_build_object(
    'code', 'insufficient_credits', 'required', required, 'available', account.available));
end
$$;

comment on function ledger.insufficient(ledger.accounts, bigint) is
  'The refusal of a movement that would take the account below zero. Returned, not raised: a refused attempt burns its key.';
