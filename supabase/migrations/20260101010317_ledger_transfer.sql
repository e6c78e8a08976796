-- Moving credits between holders of one product.

create function ledger.transfer(
  product text,
  from_holder uuid,
  to_holder uuid,
  amount bigint,
  key text,
  reason text,
  metadata jsonb default '{}'
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  source ledger.accounts;
  target ledger.accounts;
  entry ledger.entries;
  lot ledger.grants;
  line record;
  outcome jsonb;
  request constant bytea := private.fingerprint(jsonb_build_array('transfer', to_holder, amount, reason, metadata));
begin
  perform private.require_key(key);
  perform ledger.require_amount(amount);
  if from_holder = to_holder then
    perform private.raise_problem(422, 'invalid_request', 'A transfer goes to another holder.', '{"field": "to_holder"}');
  end if;

  -- LOCK: both exist after this, and are locked in the order of their ids.
  perform ledger.ensure_account(product, least(from_holder, to_holder));
  perform ledger.ensure_account(product, greatest(from_holder, to_holder));
  perform from ledger.accounts a
  where a.product = transfer.product and a.unit = 'credits' and a.holder in (from_holder, to_holder)
  order by a.id for no key update;
  source := ledger.settle(ledger.lock_account(product, from_holder));
  target := ledger.settle(ledger.lock_account(product, to_holder));
  outcome := ledger.recorded_outcome(source.id, key, request);
  if outcome is not null then
    return outcome;
  end if;

  -- GUARD
  if amount > source.available then
    return ledger.record_attempt(source.id, key, request, ledger.insufficient(source, amount));
  end if;

  -- WRITE: what is burnt here arrives there with the same category, priority and expiry.
  perform ledger.settle_lots(source);
  entry.kind := 'transfer_out';
  entry.amount := -amount;
  entry.key := key;
  entry.fingerprint := request;
  entry.feature := reason;
  entry.metadata := metadata;
  entry.receipt := ledger.burn(source.id, amount);
  outcome := ledger.entry_outcome(ledger.append(source, entry), false);
  for line in
    select l.grant_id, l.amount, l.position from ledger.receipt_lines(entry.receipt) l order by l.position
  loop
    select * into lot from ledger.grants g where g.id = line.grant_id;
    target := ledger.receive(target, lot, line.amount, format('ledger/transfer/%s/%s', outcome ->> 'entry_id', line.position), request);
  end loop;
  return outcome;
end
$$;

comment on function ledger.transfer(text, uuid, uuid, bigint, text, text, jsonb) is
  'Moves `amount` from one holder to another, once for each key of the giver: {entry_id, amount, balance, replayed} of the giver, or {refusal}. Expiry and category travel along. Definer: see ledger.debit.';

create function ledger.receive(account ledger.accounts, origin ledger.grants, amount bigint, key text, request bytea)
returns ledger.accounts
language plpgsql
volatile
set search_path = ''
as $$
declare
  entry ledger.entries;
  lot ledger.grants;
begin
  if origin.expires_at is not null or origin.priority <> 0 then
    account := ledger.meter(account);
  else
    perform ledger.settle_lots(account);
  end if;
  insert into ledger.grants (account_id, key, fingerprint, category, priority, amount, remaining, effective_at, expires_at, reason, created_at)
  values (account.id, key, request, origin.category, origin.priority, amount, amount,
    private.now(), origin.expires_at, 'transfer', private.now())
  returning * into lot;
  entry.kind := 'transfer_in';
  entry.amount := amount;
  entry.key := key;
  entry.fingerprint := request;
  entry.grant_id := lot.id;
  account := ledger.advance(account, ledger.append(account, entry));
  update ledger.grants g set posted_sequence = account.sequence where g.id = lot.id;
  return ledger.expect_change(account, lot.expires_at);
end
$$;

comment on function ledger.receive(ledger.accounts, ledger.grants, bigint, text, bytea) is
  'Credits one part of a transfer to the receiver, as a grant like the one it came from.';

grant execute on function ledger.transfer(text, uuid, uuid, bigint, text, text, jsonb) to service_role;
