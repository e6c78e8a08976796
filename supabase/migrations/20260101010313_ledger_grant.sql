-- Granting credits.

create function ledger.grant_request(
  amount bigint,
  category ledger.grant_category,
  priority integer,
  effective_at timestamptz,
  expires_at timestamptz,
  reason text,
  reference text,
  metadata jsonb
)
returns bytea
language plpgsql
immutable
set search_path = ''
as $$
begin
  return private.fingerprint(jsonb_build_array(
    'grant', amount, category, priority, extract(epoch from effective_at), extract(epoch from expires_at), reason, reference, metadata));
end
$$;

comment on function ledger.grant_request(bigint, ledger.grant_category, integer, timestamptz, timestamptz, text, text, jsonb) is
  'Fingerprint of a request for a grant; effective_at is null where the request said nothing. ledger.verify() makes it again from the grant.';

create function ledger.grant_credits(
  product text,
  holder uuid,
  amount bigint,
  key text,
  category ledger.grant_category default 'paid',
  priority integer default 0,
  effective_at timestamptz default null,
  expires_at timestamptz default null,
  reason text default 'grant',
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
  lot ledger.grants;
  outcome jsonb;
  request constant bytea := ledger.grant_request(amount, category, priority, effective_at, expires_at, reason, reference, metadata);
begin
  perform private.require_key(key);
  perform ledger.require_amount(amount);
  if expires_at <= coalesce(effective_at, private.now()) and not exists (
    select from ledger.grants g join ledger.accounts a on a.id = g.account_id
    where a.holder = grant_credits.holder and a.product = grant_credits.product and g.key = grant_credits.key
  ) then
    perform private.raise_problem(422, 'invalid_request', 'A grant must expire after it becomes effective.', '{"field": "expires_at"}');
  end if;

  -- LOCK
  account := ledger.settle(ledger.lock_account(product, holder));
  select * into lot from ledger.grants g where g.account_id = account.id and g.key = grant_credits.key;
  if found then
    perform ledger.require_same(lot.fingerprint, request);
    select t.outcome || '{"replayed": true}' into outcome from ledger.attempts t
    where t.account_id = account.id and t.key = grant_credits.key;
    return coalesce(outcome, ledger.grant_outcome(account, lot, true));
  end if;
  outcome := ledger.recorded_outcome(account.id, key, request);
  if outcome is not null then
    return outcome;
  end if;

  -- WRITE
  if expires_at is not null or priority <> 0 or effective_at > private.now() then
    account := ledger.meter(account);
  else
    perform ledger.settle_lots(account);
  end if;
  insert into ledger.grants (account_id, key, fingerprint, category, priority, amount, remaining, effective_at, expires_at,
    posted_sequence, reason, reference, metadata, created_at)
  values (account.id, key, request, category, priority, amount, amount, coalesce(grant_credits.effective_at, private.now()),
    grant_credits.expires_at, case when grant_credits.effective_at > private.now() then null else account.sequence + 1 end,
    reason, reference, metadata, private.now())
  returning * into lot;
  if lot.posted_sequence is not null then
    account := ledger.post_grant(account, lot);
    account := ledger.expect_change(account, lot.expires_at);
  else
    account := ledger.expect_change(account, lot.effective_at);
  end if;
  outcome := ledger.grant_outcome(account, lot, false);
  if lot.posted_sequence is null then
    -- No entry burns its key yet, or could tell a retry what was answered.
    perform ledger.record_attempt(account.id, key, request, outcome - 'replayed');
  end if;
  return outcome;
end
$$;

comment on function ledger.grant_credits(text, uuid, bigint, text, ledger.grant_category, integer, timestamptz, timestamptz, text, text, jsonb) is
  'Credits `amount` as one grant, once for each key: {grant_id, entry_id, amount, balance, replayed}. entry_id is null while the grant is scheduled. Definer: the ledger''s tables are written by its functions alone.';

create function ledger.grant_outcome(account ledger.accounts, lot ledger.grants, replayed boolean)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  entry ledger.entries;
begin
  select * into entry from ledger.entries e where e.account_id = account.id and e.sequence = lot.posted_sequence;
  if not found then
    return jsonb_build_object('grant_id', lot.id, 'entry_id', null, 'amount', lot.amount,
      'balance', ledger.balance_of(account), 'replayed', replayed);
  end if;
  return ledger.entry_outcome(entry, replayed) || jsonb_build_object('grant_id', lot.id);
end
$$;

comment on function ledger.grant_outcome(ledger.accounts, ledger.grants, boolean) is 'What grant_credits answers, first and on a retry.';

grant execute on function ledger.grant_credits(text, uuid, bigint, text, ledger.grant_category, integer, timestamptz, timestamptz, text, text, jsonb)
  to service_role;
