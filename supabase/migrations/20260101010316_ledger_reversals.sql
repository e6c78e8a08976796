-- Reversals: a refund gives spent credits back; a revocation takes unspent ones away, a reinstatement undoes that.

create function ledger.refund(
  product text,
  holder uuid,
  entry_id uuid,
  amount bigint,
  key text,
  reason text
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  account ledger.accounts;
  spent ledger.entries;
  entry ledger.entries;
  given_back bigint;
  outcome jsonb;
  request constant bytea := private.fingerprint(jsonb_build_array('refund', entry_id, amount, reason));
begin
  perform private.require_key(key);
  perform ledger.require_amount(amount);

  -- LOCK
  account := ledger.settle(ledger.lock_account(product, holder));
  outcome := ledger.recorded_outcome(account.id, key, request);
  if outcome is not null then
    return outcome;
  end if;

  -- GUARD
  select e.* into spent from ledger.entries e, ledger.entry_address(entry_id) address
  where e.account_id = address.account_id and e.sequence = address.sequence
    and e.account_id = account.id and e.kind in ('debit', 'capture');
  if not found then
    perform private.raise_problem(404, 'not_found', 'The holder has no debit or capture with this id.');
  end if;
  select coalesce(sum(e.amount), 0) into given_back from ledger.entries e
  where e.account_id = account.id and e.reverses = spent.sequence;
  if given_back + amount > -spent.amount then
    return ledger.record_attempt(account.id, key, request, jsonb_build_object('refusal', jsonb_build_object(
      'code', 'refund_exceeds_entry', 'refundable', -spent.amount - given_back)));
  end if;

  -- WRITE
  entry.kind := 'refund';
  entry.amount := amount;
  entry.key := key;
  entry.fingerprint := request;
  entry.feature := spent.feature;
  entry.reference := spent.reference;
  entry.reverses := spent.sequence;
  entry.metadata := jsonb_build_object('reason', reason);
  if spent.receipt is not null then
    entry.receipt := ledger.restore(spent.receipt, given_back, amount);
  end if;
  entry := ledger.append(account, entry);
  account := ledger.advance(account, entry);
  outcome := ledger.entry_outcome(entry, false);
  -- What was spent while the account was not metered has no receipt.
  perform ledger.settle_lots(account);
  perform ledger.settle_now(account);
  return outcome;
end
$$;

comment on function ledger.refund(text, uuid, uuid, bigint, text, text) is
  'Gives back `amount` of a debit or capture, to the grants it burnt (last burnt first), once for each key: {entry_id, amount, balance, replayed}. All refunds of an entry together never exceed it: {refusal: refund_exceeds_entry, refundable}. Definer: see ledger.debit.';

create function ledger.lock_account_of_grant(grant_id uuid)
returns ledger.accounts
language plpgsql
volatile
set search_path = ''
as $$
declare
  account ledger.accounts;
  account_id bigint;
begin
  select g.account_id into account_id from ledger.grants g where g.id = grant_id;
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no such grant.');
  end if;
  account := ledger.settle(ledger.lock_account_by_id(account_id));
  perform ledger.settle_lots(account);
  return account;
end
$$;

comment on function ledger.lock_account_of_grant(uuid) is
  'Locks the account of a grant and settles it, so that the grant''s remaining amount is exact.';

create function ledger.revoke_grant(grant_id uuid, amount bigint, key text, reason text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  account ledger.accounts;
  lot ledger.grants;
  entry ledger.entries;
  taken bigint;
  outcome jsonb;
  request constant bytea := private.fingerprint(jsonb_build_array('revocation', grant_id, amount, reason));
begin
  perform private.require_key(key);
  perform ledger.require_amount(amount);

  -- LOCK
  account := ledger.lock_account_of_grant(grant_id);
  select * into lot from ledger.grants g where g.id = grant_id;
  outcome := ledger.recorded_outcome(account.id, key, request);
  if outcome is not null then
    return outcome || jsonb_build_object('taken', coalesce((outcome ->> 'amount')::bigint, 0),
      'owed', amount - coalesce((outcome ->> 'amount')::bigint, 0));
  end if;

  -- GUARD: only what is unspent and not reserved.
  taken := least(amount, lot.remaining - lot.reserved, account.available);
  if lot.posted_sequence is null or taken = 0 then
    return ledger.record_attempt(account.id, key, request, jsonb_build_object(
      'taken', 0, 'owed', amount, 'balance', ledger.balance_of(account)));
  end if;

  -- WRITE
  entry.kind := 'revocation';
  entry.amount := -taken;
  entry.key := key;
  entry.fingerprint := request;
  entry.grant_id := lot.id;
  entry.metadata := jsonb_build_object('reason', reason);
  update ledger.grants g
  set remaining = g.remaining - taken, revoked = g.revoked + taken, live = g.remaining > taken
  where g.id = lot.id;
  return ledger.entry_outcome(ledger.append(account, entry), false)
    || jsonb_build_object('taken', taken, 'owed', amount - taken);
end
$$;

comment on function ledger.revoke_grant(uuid, bigint, text, text) is
  'Takes back up to `amount` of what is unspent of a grant, as when its payment is refunded or disputed, once for each key: {taken, owed, balance, replayed}. Definer: see ledger.debit.';

create function ledger.reinstate_grant(grant_id uuid, amount bigint, key text, reason text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  account ledger.accounts;
  lot ledger.grants;
  entry ledger.entries;
  outcome jsonb;
  request constant bytea := private.fingerprint(jsonb_build_array('reinstatement', grant_id, amount, reason));
begin
  perform private.require_key(key);
  perform ledger.require_amount(amount);

  -- LOCK
  account := ledger.lock_account_of_grant(grant_id);
  select * into lot from ledger.grants g where g.id = grant_id;
  outcome := ledger.recorded_outcome(account.id, key, request);
  if outcome is not null then
    return outcome;
  end if;

  -- GUARD
  if amount > lot.revoked then
    perform private.raise_problem(409, 'refund_exceeds_entry', format('Only %s of the grant were revoked.', lot.revoked));
  end if;

  -- WRITE
  entry.kind := 'reinstatement';
  entry.amount := amount;
  entry.key := key;
  entry.fingerprint := request;
  entry.grant_id := lot.id;
  entry.metadata := jsonb_build_object('reason', reason);
  update ledger.grants g
  set remaining = g.remaining + reinstate_grant.amount, revoked = g.revoked - reinstate_grant.amount, live = true
  where g.id = lot.id;
  entry := ledger.append(account, entry);
  account := ledger.advance(account, entry);
  outcome := ledger.entry_outcome(entry, false);
  perform ledger.settle_now(account);
  return outcome;
end
$$;

comment on function ledger.reinstate_grant(uuid, bigint, text, text) is
  'Undoes `amount` of a revocation, as when a dispute is won, once for each key: {entry_id, amount, balance, replayed}. Definer: see ledger.debit.';

grant execute on function ledger.refund(text, uuid, uuid, bigint, text, text) to service_role;
grant execute on function ledger.revoke_grant(uuid, bigint, text, text) to service_role;
grant execute on function ledger.reinstate_grant(uuid, bigint, text, text) to service_role;
