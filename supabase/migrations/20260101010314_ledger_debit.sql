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
  request constant bytea := ledger.debit_fingerprint(amount, feature, reference, metadata);
  outcome jsonb := ledger.recorded_outcome(account.id, key, request);
begin
  if outcome is not null then
    return outcome;
  end if;

  -- GUARD
  if amount > account.available then
    return ledger.record_attempt(account.id, key, request, ledger.insufficient(account, amount));
  end if;

  -- WRITE
  entry.kind := 'debit';
  entry.amount := -amount;
  entry.key := key;
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

create function ledger.debit_in_full(
  product text,
  holder uuid,
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
begin
  perform private.require_key(key);
  perform ledger.require_amount(amount);
  return ledger.debit_locked(
    ledger.settle(ledger.lock_account(product, holder)), amount, key, feature, reference, coalesce(metadata, '{}'));
end
$$;

comment on function ledger.debit_in_full(text, uuid, bigint, text, text, text, jsonb) is
  'A debit step by step: of any account, new ones, metered ones and those with something due among them, and of any request, wrong and repeated ones among them.';

create function ledger.debit_metered(
  product text,
  holder uuid,
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
  moment constant timestamptz := private.now();
  account record;
  entry record;
  lot uuid;
  receipt jsonb;
begin
  -- LOCK and GUARD
  select a.ctid as place, a.id, a.available, a.pending, a.sequence, a.head, a.burnt_keys or a.held_keys as burnt_keys, greatest(moment, a.last_entry_at) as at
  into account
  from ledger.accounts a
  where a.holder = debit_metered.holder and a.product = debit_metered.product and a.unit = 'credits'
    and a.metered and (a.next_change_at is null or a.next_change_at > moment)
    and a.available - greatest(0, a.low_at - a.pending) >= debit_metered.amount
    and debit_metered.amount > 0 and length(debit_metered.key) between 1 and 300 and debit_metered.metadata is not null
  for no key update;
  if not found then
    return null;
  end if;

  -- WRITE: mostly the first grant in burn order has enough.
  update ledger.grants g set remaining = g.remaining - debit_metered.amount, live = g.remaining > debit_metered.amount
  where g.remaining - g.reserved >= debit_metered.amount and g.id = (
    select f.id from ledger.grants f
    where f.account_id = account.id and f.live and f.posted_sequence is not null and f.remaining > f.reserved
    order by f.priority, f.expires_at, f.category, f.effective_at, f.created_at, f.posted_sequence limit 1)
  returning g.id into lot;
  receipt := case when lot is null then ledger.burn(account.id, debit_metered.amount)
    else jsonb_build_array(jsonb_build_object('grant', lot, 'amount', debit_metered.amount)) end;
  insert into ledger.entries as e (account_id, sequence, kind, amount, posted_after, pending_after,
    key, feature, reference, receipt, metadata, created_at, hash)
  select account.id, account.sequence + 1, 'debit', -debit_metered.amount,
    account.available + account.pending - debit_metered.amount, account.pending,
    debit_metered.key, debit_metered.feature, debit_metered.reference, receipt, debit_metered.metadata, account.at,
    -- As ledger.entry_hash makes it.
    sha256(account.head || timestamptz_send(account.at) || convert_to(format(
      '%s %s %s %s %s  debit %L %L %L    %s %s',
      account.id, account.sequence + 1, -debit_metered.amount, account.available + account.pending - debit_metered.amount, account.pending,
      debit_metered.key, debit_metered.feature, debit_metered.reference, receipt, debit_metered.metadata
    ), 'UTF8'))
  where not account.burnt_keys or not ledger.is_burnt(account.id, debit_metered.key)
  on conflict on constraint entries_account_id_key_key do nothing
  returning e.sequence, e.posted_after, e.hash into entry;
  if not found then
    -- The key was used before: the grants are as they were, and the caller answers.
    perform ledger.restore(receipt, 0, debit_metered.amount);
    return null;
  end if;
  update ledger.accounts a
  set available = account.available - debit_metered.amount, sequence = entry.sequence, head = entry.hash, last_entry_at = account.at
  where a.ctid = account.place;
  return jsonb_build_object('entry_id', ledger.entry_id(account.id, entry.sequence), 'amount', debit_metered.amount, 'balance', jsonb_build_object(
    'posted', entry.posted_after, 'pending', account.pending, 'available', account.available - debit_metered.amount), 'replayed', false);
end
$$;

comment on function ledger.debit_metered(text, uuid, bigint, text, text, text, jsonb) is
  'A debit of a metered account to which nothing is due and no alert concerns; null when it is not one, or the key was used before, and then nothing has happened.';

create function ledger.was_early(product text, holder uuid, amount bigint, moment timestamptz)
returns boolean
language plpgsql
volatile
set search_path = ''
as $$
declare
  account record;
begin
  select a.id, a.sequence > 0 and not exists (
      select from ledger.entries e where e.account_id = a.id and e.sequence = a.sequence) as unwritten,
    -- As in ledger.debit.
    (a.metered or a.next_change_at <= moment) is not true and a.available - greatest(0, a.low_at - a.pending) >= amount as usual
  into account
  from ledger.accounts a
  where a.holder = was_early.holder and a.product = was_early.product and a.unit = 'credits';
  if account.unwritten then
    perform ledger.take_back(account.id, amount);
    return false;
  end if;
  return coalesce(account.usual, false);
end
$$;

comment on function ledger.was_early(text, uuid, bigint, timestamptz) is
  'After a debit that wrote no entry: whether all that stood in its way is that it was another''s turn. When the key was used before, the account is put back to how it was.';

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
declare
  moment constant timestamptz := private.now();
  outcome jsonb;
begin
  if (amount > 0 and length(key) between 1 and 300 and metadata is not null) is not true then
    return ledger.debit_in_full(product, holder, amount, key, feature, reference, metadata);
  end if;

  for attempt in 1..60 loop
    -- LOCK, GUARD and WRITE of the usual case in one statement: nothing is due, no grant or alert is concerned, and there is enough.
    with account as (
      update ledger.accounts a
      set available = a.available - debit.amount, sequence = a.sequence + 1, last_entry_at = greatest(moment, a.last_entry_at),
        -- ledger.entry_hash of the entry below.
        head = sha256(a.head || timestamptz_send(greatest(moment, a.last_entry_at)) || convert_to(format(
          '%s %s %s %s %s  debit %L %L %L     %s',
          a.id, a.sequence + 1, -debit.amount, a.available + a.pending - debit.amount, a.pending, debit.key, debit.feature, debit.reference, debit.metadata
        ), 'UTF8'))
      where a.holder = debit.holder and a.product = debit.product and a.unit = 'credits'
        and (a.metered or a.next_change_at <= moment) is not true
        and a.available - greatest(0, a.low_at - a.pending) >= debit.amount
        -- What has written before takes no turn: a transaction of many debits would fill the table of locks.
        and (pg_current_xact_id_if_assigned() is not null or pg_try_advisory_xact_lock(a.id))
      returning a.id, a.available + a.pending as posted, a.pending, a.sequence, a.head, a.last_entry_at, a.burnt_keys or a.held_keys as burnt_keys
    )
    insert into ledger.entries as e (account_id, sequence, kind, amount, posted_after, pending_after,
      key, feature, reference, metadata, created_at, hash)
    select a.id, a.sequence, 'debit', -debit.amount, a.posted, a.pending,
      debit.key, debit.feature, debit.reference, debit.metadata, a.last_entry_at, a.head
    from account a
    where not a.burnt_keys or not ledger.is_burnt(a.id, debit.key)
    on conflict on constraint entries_account_id_key_key do nothing
    returning jsonb_build_object(
      -- ledger.entry_id of the entry.
      'entry_id', (lpad(to_hex(e.account_id), 12, '0') || '8000' || to_hex(e.sequence - 8070450532247928832))::uuid,
      'amount', debit.amount, 'replayed', false, 'balance', jsonb_build_object(
        'posted', e.posted_after, 'pending', e.pending_after, 'available', e.posted_after - e.pending_after))
    into outcome;
    if found then
      return outcome;
    end if;
    exit when not ledger.was_early(product, holder, amount, moment);
    -- Turns are short: mostly the next try is lucky.
    if attempt % 3 = 0 then
      perform pg_sleep(0.001);
    end if;
  end loop;
  return coalesce(
    ledger.debit_metered(product, holder, amount, key, feature, reference, metadata),
    ledger.debit_in_full(product, holder, amount, key, feature, reference, metadata));
end
$$;

comment on function ledger.debit(text, uuid, bigint, text, text, text, jsonb) is
  'Spends `amount`, once for each key: {entry_id, amount, balance, replayed}, or {refusal} when less is available. Definer: the ledger''s tables are written by its functions alone.';

grant execute on function ledger.debit(text, uuid, bigint, text, text, text, jsonb) to service_role;
