-- Holds: reserve now, take all or part later, or give it back.

create function ledger.hold_outcome(hold ledger.holds, replayed boolean)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_build_object('hold_id', hold.id, 'amount', hold.amount, 'expires_at', hold.expires_at,
    'balance', hold.balance_after, 'replayed', replayed);
end
$$;

comment on function ledger.hold_outcome(ledger.holds, boolean) is 'What ledger.hold answers, first and on a retry.';

create function ledger.hold(
  product text,
  holder uuid,
  amount bigint,
  key text,
  feature text,
  ttl interval,
  reference text default null,
  metadata jsonb default '{}'
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  account ledger.accounts;
  opened ledger.holds;
  outcome jsonb;
  -- A duration on the server's clock, whatever the session's time zone makes of days.
  lasts constant interval := make_interval(secs => extract(epoch from ttl)::double precision);
  request constant bytea := private.fingerprint(jsonb_build_array(
    'hold', amount, feature, extract(epoch from ttl), reference, metadata));
begin
  perform private.require_key(key);
  perform ledger.require_amount(amount);
  if ttl is null or ttl <= interval '0' then
    perform private.raise_problem(422, 'invalid_request', 'A hold lasts for a positive time.', '{"field": "ttl"}');
  end if;

  -- LOCK
  account := ledger.settle(ledger.lock_account(product, holder));
  select * into opened from ledger.holds h where h.account_id = account.id and h.key = hold.key;
  if found then
    perform ledger.require_same(opened.fingerprint, request);
    return ledger.hold_outcome(opened, true);
  end if;
  outcome := ledger.recorded_outcome(account.id, key, request);
  if outcome is not null then
    return outcome;
  end if;

  -- GUARD
  if amount > account.posted - account.pending - account.floor then
    return ledger.record_attempt(account.id, key, request, ledger.insufficient(account, amount));
  end if;

  -- WRITE
  update ledger.accounts a
  set pending = a.pending + hold.amount, burnt_keys = true, next_change_at = least(a.next_change_at, private.now() + lasts)
  where a.id = account.id
  returning a.* into account;
  insert into ledger.holds (account_id, key, fingerprint, amount, feature, reference, receipt, balance_after, metadata, created_at, expires_at)
  values (account.id, key, request, amount, feature, reference,
    case when account.metered then ledger.reserve(account.id, hold.amount) end,
    ledger.balance_of(account), metadata, private.now(), private.now() + lasts)
  returning * into opened;
  return ledger.hold_outcome(opened, false);
end
$$;

comment on function ledger.hold(text, uuid, bigint, text, text, interval, text, jsonb) is
  'Reserves `amount` for `ttl`, once for each key: {hold_id, amount, expires_at, balance, replayed}, or {refusal}. Definer: see ledger.debit.';

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

create function ledger.capture(hold_id uuid, key text, amount bigint default null, metadata jsonb default '{}')
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  account ledger.accounts;
  held ledger.holds;
  entry ledger.entries;
  outcome jsonb;
  request constant bytea := private.fingerprint(jsonb_build_array('capture', hold_id, amount, metadata));
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
    return outcome || ledger.capture_parts(held);
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
  entry.amount := -coalesce(capture.amount, held.amount);
  entry.key := key;
  entry.fingerprint := request;
  entry.feature := held.feature;
  entry.reference := held.reference;
  entry.hold_id := held.id;
  entry.metadata := held.metadata || capture.metadata;
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

comment on function ledger.capture(uuid, text, bigint, jsonb) is
  'Takes `amount` (null: all) of an open hold and returns the rest, once for each key: {entry_id, amount, hold_id, captured, released, balance, replayed}; a hold that was resolved gives {refusal: hold_resolved | hold_expired, state}. Definer: see ledger.debit.';

create function ledger.capture_parts(hold ledger.holds)
returns jsonb
language sql
immutable
set search_path = ''
return case when hold.state = 'captured' then jsonb_build_object(
  'hold_id', hold.id, 'captured', hold.captured, 'released', hold.amount - hold.captured) else '{}' end;

comment on function ledger.capture_parts(ledger.holds) is 'How a captured hold was divided.';

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
  account := ledger.settle_now(ledger.resolve_hold(account, held, 'released', reason));
  return ledger.record_attempt(account.id, key, request, jsonb_build_object(
    'hold_id', held.id, 'state', 'released', 'balance', ledger.balance_of(account)));
end
$$;

comment on function ledger.release(uuid, text, text) is
  'Gives an open hold back, to exactly the grants it had reserved: {hold_id, state, balance, replayed}; a hold that was resolved gives {refusal}. Definer: see ledger.debit.';

grant execute on function ledger.hold(text, uuid, bigint, text, text, interval, text, jsonb) to service_role;
grant execute on function ledger.capture(uuid, text, bigint, jsonb) to service_role;
grant execute on function ledger.release(uuid, text, text) to service_role;
