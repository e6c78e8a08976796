-- Holds: reserve now, take all or part later, or give it back. Here: reserving.

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

create function ledger.hold_fingerprint(amount bigint, feature text, ttl interval, reference text, metadata jsonb)
returns bytea
language plpgsql
immutable
set search_path = ''
as $$
begin
  return sha256(convert_to(format('hold %s %s %L %L %s', amount, extract(epoch from ttl), feature, reference, metadata), 'UTF8'));
end
$$;

comment on function ledger.hold_fingerprint(bigint, text, interval, text, jsonb) is
  'Fingerprint of a request for a hold. ledger.verify() makes it again from the hold.';

create function ledger.hold_in_full(
  product text,
  holder uuid,
  amount bigint,
  key text,
  feature text,
  ttl interval,
  reference text,
  metadata jsonb
)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  account ledger.accounts;
  opened ledger.holds;
  outcome jsonb;
  -- A duration on the server's clock, whatever the session's time zone makes of days.
  lasts constant interval := make_interval(secs => extract(epoch from ttl)::double precision);
  request constant bytea := ledger.hold_fingerprint(amount, feature, ttl, reference, metadata);
begin
  perform private.require_key(key);
  perform ledger.require_amount(amount);
  if ttl is null or ttl <= interval '0' then
    perform private.raise_problem(422, 'invalid_request', 'A hold lasts for a positive time.', '{"field": "ttl"}');
  end if;

  -- LOCK
  account := ledger.settle(ledger.lock_account(product, holder));
  select * into opened from ledger.holds h where h.account_id = account.id and h.key = hold_in_full.key;
  if found then
    perform ledger.require_same(opened.fingerprint, request);
    return ledger.hold_outcome(opened, true);
  end if;
  outcome := ledger.recorded_outcome(account.id, key, request);
  if outcome is not null then
    return outcome;
  end if;

  -- GUARD
  if amount > account.available then
    return ledger.record_attempt(account.id, key, request, ledger.insufficient(account, amount));
  end if;

  -- WRITE
  update ledger.accounts a
  set available = a.available - hold_in_full.amount, pending = a.pending + hold_in_full.amount,
    held_keys = true, next_change_at = least(a.next_change_at, private.now() + lasts)
  where a.id = account.id
  returning a.* into account;
  insert into ledger.holds (account_id, key, fingerprint, amount, feature, reference, receipt, balance_after, metadata, created_at, expires_at)
  values (account.id, key, request, amount, feature, reference,
    case when account.metered then ledger.reserve(account.id, hold_in_full.amount) end,
    ledger.balance_of(account), metadata, private.now(), private.now() + lasts)
  returning * into opened;
  return ledger.hold_outcome(opened, false);
end
$$;

comment on function ledger.hold_in_full(text, uuid, bigint, text, text, interval, text, jsonb) is
  'A hold step by step: on any account, and for any request, wrong and repeated ones among them.';

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
  moment constant timestamptz := private.now();
  until constant timestamptz := moment + make_interval(secs => extract(epoch from ttl)::double precision);
  account record;
  outcome jsonb;
begin
  -- LOCK and GUARD of the usual case: nothing is due, no grant is concerned, and there is enough.
  update ledger.accounts a
  set available = a.available - hold.amount, pending = a.pending + hold.amount,
    held_keys = true, next_change_at = least(a.next_change_at, until)
  where a.holder = hold.holder and a.product = hold.product and a.unit = 'credits'
    and (a.metered or a.next_change_at <= moment) is not true and a.available >= hold.amount
    and hold.amount > 0 and until > moment and length(hold.key) between 1 and 300 and hold.metadata is not null
  returning a.id, a.available, a.pending, a.burnt_keys into account;
  if not found then
    return ledger.hold_in_full(product, holder, amount, key, feature, ttl, reference, metadata);
  end if;

  -- WRITE
  insert into ledger.holds as h (account_id, key, fingerprint, amount, feature, reference, balance_after, metadata, created_at, expires_at)
  select account.id, hold.key,
    -- ledger.hold_fingerprint.
    sha256(convert_to(format('hold %s %s %L %L %s', hold.amount, extract(epoch from ttl), hold.feature, hold.reference, hold.metadata), 'UTF8')),
    hold.amount, hold.feature, hold.reference,
    jsonb_build_object('posted', account.available + account.pending, 'pending', account.pending, 'available', account.available),
    hold.metadata, moment, until
  where not exists (select from ledger.entries e where e.account_id = account.id and e.key = hold.key)
    and (not account.burnt_keys or not ledger.is_burnt(account.id, hold.key))
  on conflict on constraint holds_account_id_key_key do nothing
  returning jsonb_build_object('hold_id', h.id, 'amount', hold.amount, 'expires_at', until, 'balance', h.balance_after, 'replayed', false)
  into outcome;
  if found then
    return outcome;
  end if;

  -- The key was used before: nothing is reserved, and the answer is the recorded one.
  update ledger.accounts a
  set available = a.available + hold.amount, pending = a.pending - hold.amount,
    held_keys = exists (select from ledger.holds h where h.account_id = a.id)
  where a.id = account.id;
  return ledger.hold_in_full(product, holder, amount, key, feature, ttl, reference, metadata);
end
$$;

comment on function ledger.hold(text, uuid, bigint, text, text, interval, text, jsonb) is
  'Reserves `amount` for `ttl`, once for each key: {hold_id, amount, expires_at, balance, replayed}, or {refusal}. Definer: see ledger.debit.';

grant execute on function ledger.hold(text, uuid, bigint, text, text, interval, text, jsonb) to service_role;
