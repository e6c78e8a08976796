-- Settling a locked account with the clock: what is due has happened before anything else is looked at.

create function ledger.resolve_hold(
  account ledger.accounts, hold ledger.holds, into_state ledger.hold_state, reason text, at timestamptz default private.now()
)
returns ledger.accounts
language plpgsql
volatile
set search_path = ''
as $$
begin
  update ledger.holds h
  set state = into_state, resolved_at = at, reason = resolve_hold.reason
  where h.id = hold.id;
  if hold.receipt is not null then
    perform ledger.resolve_reservation(hold.receipt, 0);
  end if;
  update ledger.accounts a set available = a.available + hold.amount, pending = a.pending - hold.amount
  where a.id = account.id returning a.* into account;
  return account;
end
$$;

comment on function ledger.resolve_hold(ledger.accounts, ledger.holds, ledger.hold_state, text, timestamptz) is
  'Gives a whole open hold back to the account and to exactly the grants that were reserved.';

create function ledger.post_grant(account ledger.accounts, lot ledger.grants)
returns ledger.accounts
language plpgsql
volatile
set search_path = ''
as $$
declare
  entry ledger.entries;
begin
  entry.kind := 'grant';
  entry.amount := lot.amount;
  entry.key := lot.key;
  entry.fingerprint := lot.fingerprint;
  entry.grant_id := lot.id;
  entry.feature := lot.reason;
  entry.reference := lot.reference;
  entry.metadata := lot.metadata;
  account := ledger.advance(account, ledger.append(account, entry));
  if lot.posted_sequence is null then
    update ledger.grants g set posted_sequence = account.sequence where g.id = lot.id;
  end if;
  return account;
end
$$;

comment on function ledger.post_grant(ledger.accounts, ledger.grants) is 'Credits a grant whose time has come. One that comes at once was written with the sequence that its entry gets here.';

create function ledger.expire_lot(account ledger.accounts, lot ledger.grants)
returns ledger.accounts
language plpgsql
volatile
set search_path = ''
as $$
declare
  entry ledger.entries;
  free constant bigint := lot.remaining - lot.reserved;
begin
  entry.kind := 'expiry';
  entry.amount := -free;
  entry.key := format('ledger/expiry/%s/%s', lot.id, account.sequence);
  entry.fingerprint := sha256(convert_to(entry.key, 'UTF8'));
  entry.grant_id := lot.id;
  update ledger.grants g
  set remaining = g.remaining - free, expired = g.expired + free, live = g.reserved > 0
  where g.id = lot.id;
  return ledger.advance(account, ledger.append(account, entry));
end
$$;

comment on function ledger.expire_lot(ledger.accounts, ledger.grants) is
  'Takes the unreserved rest of an expired grant out of the account. What open holds have reserved stays theirs.';

create function ledger.settle(account ledger.accounts)
returns ledger.accounts
language plpgsql
volatile
set search_path = ''
as $$
declare
  hold ledger.holds;
  lot ledger.grants;
begin
  if account.next_change_at is null or account.next_change_at > private.now() then
    return account;
  end if;

  for hold in
    select * from ledger.holds h
    where h.account_id = account.id and h.state = 'open' and h.expires_at <= private.now() order by h.expires_at, h.created_at, h.id
  loop
    account := ledger.resolve_hold(account, hold, 'expired', 'timeout');
  end loop;
  -- The account's live grants first: the indexes by time, which a planner may prefer, have everybody's.
  for lot in
    with lots as materialized (select g.* from ledger.grants g where g.account_id = account.id and g.live)
    select g.* from lots g
    where g.posted_sequence is null and g.effective_at <= private.now()
    order by g.effective_at, g.created_at, g.id
  loop
    account := ledger.post_grant(account, lot);
  end loop;
  for lot in
    with lots as materialized (select g.* from ledger.grants g where g.account_id = account.id and g.live)
    select g.* from lots g
    where g.posted_sequence is not null and g.expires_at <= private.now() and g.remaining > g.reserved
    order by g.expires_at, g.posted_sequence
  loop
    account := ledger.expire_lot(account, lot);
  end loop;

  update ledger.accounts a
  set next_change_at = least(
    (select min(h.expires_at) from ledger.holds h where h.account_id = a.id and h.state = 'open'),
    (select min(case when g.posted_sequence is null then g.effective_at when g.remaining > g.reserved then g.expires_at end)
     from ledger.grants g where g.account_id = a.id and g.live)
  )
  where a.id = account.id
  returning a.* into account;
  return account;
end
$$;

comment on function ledger.settle(ledger.accounts) is
  'Lets what is due happen to a locked account: holds time out, scheduled grants are credited, expired grants leave. Expired means unspendable at once, whether or not a sweep ran.';

create function ledger.expect_change(account ledger.accounts, at timestamptz)
returns ledger.accounts
language plpgsql
volatile
set search_path = ''
as $$
begin
  if at is null or account.next_change_at <= at then
    return account;
  end if;
  update ledger.accounts a set next_change_at = at where a.id = account.id returning a.* into account;
  return account;
end
$$;

comment on function ledger.expect_change(ledger.accounts, timestamptz) is
  'Notes that something will happen to the account by itself at `at` (null: nothing).';

create function ledger.settle_now(account ledger.accounts)
returns ledger.accounts
language plpgsql
volatile
set search_path = ''
as $$
begin
  return case when account.metered then ledger.settle(ledger.expect_change(account, private.now())) else account end;
end
$$;

comment on function ledger.settle_now(ledger.accounts) is
  'After value returned to grants: what returned to an expired one leaves at once.';
