-- Resolving holds: capture takes all or part of one, release gives it back.

create function ledger.lock_account_of_hold(hold_id uuid)
returns ledger.accounts
language plpgsql
volatile
set search_path = ''
as $$
declare
  account_id bigint;
begin
  select h.account_id into account_id from ledger.holds h where h.id = hold_id;
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no such hold.');
  end if;
  return ledger.settle(ledger.lock_account_by_id(account_id));
end
$$;

comment on function ledger.lock_account_of_hold(uuid) is
  'Locks and settles the account of a hold. The hold is read after that: it may have been resolved meanwhile, or have just timed out.';

create function ledger.resolved(hold ledger.holds)
returns jsonb
language sql
immutable
set search_path = ''
return jsonb_build_object('refusal', jsonb_build_object(
  'code', case when hold.state = 'expired' then 'hold_expired' else 'hold_resolved' end,
  'hold_id', hold.id, 'state', hold.state));

comment on function ledger.resolved(ledger.holds) is
  'The refusal of a second resolution; names the state the hold is in. Returned, not raised: a time-out found on the way stays recorded.';

create function ledger.capture_fingerprint(hold_id uuid, amount bigint, metadata jsonb)
returns bytea
language plpgsql
immutable
set search_path = ''
as $$
begin
  return sha256(convert_to(format('capture %s %s %s', hold_id, amount, metadata), 'UTF8'));
end
$$;

comment on function ledger.capture_fingerprint(uuid, bigint, jsonb) is 'Fingerprint of a request for a capture.';

create function ledger.capture_parts(hold ledger.holds)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case when hold.state = 'captured' then jsonb_build_object(
    'hold_id', hold.id, 'captured', hold.captured, 'released', hold.amount - hold.captured) else '{}' end;
end
$$;

comment on function ledger.capture_parts(ledger.holds) is 'How a captured hold was divided.';

create function ledger.capture_in_full(hold_id uuid, key text, amount bigint, metadata jsonb)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  account ledger.accounts;
  held ledger.holds;
  entry ledger.entries;
  outcome jsonb;
  request constant bytea := ledger.capture_fingerprint(hold_id, amount, metadata);
begin
  perform private.require_key(key);
  if amount is not null then
    perform ledger.require_amount(amount);
  end if;

  -- LOCK
  account := ledger.lock_account_of_hold(hold_id);
  select * into held from ledger.holds h where h.id = hold_id;
  outcome := ledger.recorded_outcome(account.id, key, request);
  if outcome is not null then
    return case when outcome ? 'refusal' then outcome else outcome || ledger.capture_parts(held) end;
  end if;

  -- GUARD
  if held.state <> 'open' then
    return ledger.record_attempt(account.id, key, request, ledger.resolved(held));
  end if;
  if amount > held.amount then
    perform private.raise_problem(422, 'invalid_amount', format('The hold is of %s.', held.amount),
      jsonb_build_object('field', 'amount', 'held', held.amount));
  end if;

  -- WRITE
  entry.kind := 'capture';
  entry.amount := -coalesce(capture_in_full.amount, held.amount);
  entry.key := key;
  entry.fingerprint := request;
  entry.feature := held.feature;
  entry.reference := held.reference;
  entry.hold_id := held.id;
  entry.metadata := held.metadata || capture_in_full.metadata;
  if held.receipt is not null then
    entry.receipt := ledger.resolve_reservation(held.receipt, -entry.amount);
  end if;
  update ledger.holds h set state = 'captured', captured = -entry.amount, resolved_at = private.now()
  where h.id = held.id
  returning h.* into held;
  entry := ledger.append(account, entry, -held.amount);
  outcome := ledger.entry_outcome(entry, false) || ledger.capture_parts(held);
  if held.captured < held.amount then
    perform ledger.settle_now(ledger.advance(account, entry));
  end if;
  return outcome;
end
$$;

comment on function ledger.capture_in_full(uuid, text, bigint, jsonb) is
  'A capture step by step: of any hold, metered accounts'' and resolved ones among them, and for any request.';

create function ledger.capture(hold_id uuid, key text, amount bigint default null, metadata jsonb default '{}')
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  moment constant timestamptz := private.now();
  -- ledger.capture_fingerprint.
  request constant bytea := sha256(convert_to(format('capture %s %s %s', hold_id, amount, metadata), 'UTF8'));
  held record;
  account record;
  outcome jsonb;
begin
  -- What is read here of a hold never changes, but for its state.
  select h.account_id, h.amount, coalesce(capture.amount, h.amount) as captured,
    h.feature, h.reference, h.metadata || capture.metadata as metadata
  into held
  from ledger.holds h
  where h.id = capture.hold_id and h.state = 'open' and h.receipt is null and coalesce(capture.amount, h.amount) between 1 and h.amount
    and length(capture.key) between 1 and 300 and capture.metadata is not null;
  if not found then
    return ledger.capture_in_full(hold_id, key, amount, metadata);
  end if;

  -- LOCK and GUARD of the usual case: nothing is due, no grant or alert is concerned.
  update ledger.accounts a
  set available = a.available + held.amount - held.captured, pending = a.pending - held.amount,
    sequence = a.sequence + 1, last_entry_at = greatest(moment, a.last_entry_at),
    -- ledger.entry_hash of the entry below.
    head = sha256(a.head || timestamptz_send(greatest(moment, a.last_entry_at)) || convert_to(format(
      '%s %s %s %s %s  capture %L %L %L %s  %s  %s',
      a.id, a.sequence + 1, -held.captured, a.available + a.pending - held.captured, a.pending - held.amount,
      capture.key, held.feature, held.reference, capture.hold_id, encode(request, 'hex'), held.metadata
    ), 'UTF8'))
  where a.id = held.account_id and (a.metered or a.next_change_at <= moment) is not true
    and a.pending >= held.amount and (a.available + a.pending - held.captured < a.low_at) is not true
  returning a.available, a.pending, a.sequence, a.head, a.last_entry_at, a.burnt_keys into account;
  if not found then
    return ledger.capture_in_full(hold_id, key, amount, metadata);
  end if;

  -- WRITE
  update ledger.holds h set state = 'captured', captured = held.captured, resolved_at = moment
  where h.id = capture.hold_id and h.state = 'open';
  if not found then
    -- Another resolved it while this call waited for the account.
    perform ledger.take_back(held.account_id, held.captured, held.amount);
    return ledger.capture_in_full(hold_id, key, amount, metadata);
  end if;
  insert into ledger.entries as e (account_id, sequence, kind, amount, posted_after, pending_after,
    key, fingerprint, feature, reference, hold_id, metadata, created_at, hash)
  select held.account_id, account.sequence, 'capture', -held.captured, account.available + account.pending, account.pending,
    capture.key, request, held.feature, held.reference, capture.hold_id, held.metadata, account.last_entry_at, account.head
  where not exists (select from ledger.holds o where o.account_id = held.account_id and o.key = capture.key)
    and (not account.burnt_keys or not ledger.is_burnt(held.account_id, capture.key))
  on conflict on constraint entries_account_id_key_key do nothing
  returning jsonb_build_object(
    -- ledger.entry_id of the entry.
    'entry_id', (lpad(to_hex(e.account_id), 12, '0') || '8000' || to_hex(e.sequence - 8070450532247928832))::uuid,
    'amount', held.captured,
    'hold_id', e.hold_id, 'captured', held.captured, 'released', held.amount - held.captured, 'balance', jsonb_build_object(
      'posted', e.posted_after, 'pending', e.pending_after, 'available', e.posted_after - e.pending_after), 'replayed', false)
  into outcome;
  if not found then
    -- The key was used before, and for another request: the hold was open until now.
    perform ledger.require_same('', request);
  end if;
  return outcome;
end
$$;

comment on function ledger.capture(uuid, text, bigint, jsonb) is
  'Takes `amount` (null: all) of an open hold and returns the rest, once for each key: {entry_id, amount, hold_id, captured, released, balance, replayed}; a hold that was resolved gives {refusal: hold_resolved | hold_expired, state}. Definer: see ledger.debit.';

create function ledger.release(hold_id uuid, key text, reason text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  account ledger.accounts;
  held ledger.holds;
  outcome jsonb;
  moment timestamptz;
  request constant bytea := private.fingerprint(jsonb_build_array('release', hold_id));
begin
  perform private.require_key(key);

  -- LOCK
  account := ledger.lock_account_of_hold(hold_id);
  select * into held from ledger.holds h where h.id = hold_id;
  outcome := ledger.recorded_outcome(account.id, key, request);
  if outcome is not null then
    return outcome;
  end if;

  -- GUARD
  if held.state <> 'open' then
    return ledger.record_attempt(account.id, key, request, ledger.resolved(held));
  end if;

  -- WRITE
  moment := private.now();
  account := ledger.settle_now(ledger.resolve_hold(account, held, 'released', reason, moment));
  return ledger.record_attempt(account.id, key, request, jsonb_build_object(
    'hold_id', held.id, 'state', 'released', 'balance', ledger.balance_of(account)), moment);
end
$$;

comment on function ledger.release(uuid, text, text) is
  'Gives an open hold back, to exactly the grants it had reserved: {hold_id, state, balance, replayed}; a hold that was resolved gives {refusal}. Definer: see ledger.debit.';

grant execute on function ledger.capture(uuid, text, bigint, jsonb) to service_role;
grant execute on function ledger.release(uuid, text, text) to service_role;
