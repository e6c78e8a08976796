-- Entries: the append-only record of every change of a posted balance.

create type ledger.entry_kind as enum (
  'grant', 'refund', 'reinstatement', 'transfer_in',
  'debit', 'capture', 'expiry', 'revocation', 'transfer_out'
);
comment on type ledger.entry_kind is 'Why a posted balance changed: what adds to it comes before debit, what takes from it is debit and what follows.';

create domain ledger.change as bigint check (value <> 0);
comment on domain ledger.change is 'By how much a balance changed; never zero.';

create table ledger.entries (
  account_id bigint not null,
  sequence bigint not null,
  kind ledger.entry_kind not null,
  amount ledger.change not null,
  posted_after bigint not null,
  pending_after bigint not null,
  key text not null,
  fingerprint bytea,
  feature text,
  reference text,
  hold_id uuid,
  grant_id uuid,
  reverses bigint,
  receipt jsonb,
  metadata jsonb not null default '{}',
  created_at timestamptz not null,
  hash bytea not null,
  primary key (account_id, sequence),
  unique (account_id, key),
  -- Postgres reads a check anew for each statement that writes, so it is kept short.
  constraint entries_sign check ((amount > 0) = (kind < 'debit'))
);

-- Entries are appended in the order of time: a few bytes find those of a day, and appending pays nothing for it.
create index entries_by_time on ledger.entries using brin (created_at);
create index entries_reversals on ledger.entries (account_id, reverses) where reverses is not null;

alter table ledger.entries enable row level security;

create trigger entries_are_append_only before update or delete or truncate on ledger.entries
  for each statement execute function private.refuse_change();

comment on table ledger.entries is
  'Append-only. Each entry has the balance after it and a hash over itself and the hash of the entry before it. No foreign key to accounts: accounts cannot be deleted, ledger.verify() looks for strays, and a debit is spared the check.';
comment on column ledger.entries.amount is 'Signed: what posted changed by.';
comment on column ledger.entries.key is 'Idempotency key, unique in the account.';
comment on column ledger.entries.fingerprint is 'Hash of the request''s body, which tells a retry from another request with the same key; null in a debit, whose columns are the request.';
comment on column ledger.entries.reverses is 'Sequence of the entry that a refund gives back.';
comment on column ledger.entries.receipt is 'Which grants were burnt or restored: [{"grant": uuid, "amount": n}]. Null in an account that is not metered.';

create function ledger.entry_id(account_id bigint, sequence bigint)
returns uuid
language plpgsql
immutable
set search_path = ''
as $$
begin
  -- Twelve digits of the account, 8000; a 9, which makes the bigint negative, and fifteen digits of the sequence.
  return (lpad(to_hex(account_id), 12, '0') || '8000' || to_hex(sequence - 8070450532247928832))::uuid;
end
$$;

comment on function ledger.entry_id(bigint, bigint) is
  'The entry''s public id: account and sequence laid out as a version 8 UUID (RFC 9562 section 5.8). Ids sort in the order of an account''s entries, and no index is needed to find one. Debits and captures repeat it for their own entries.';

create function ledger.entry_address(entry_id uuid, out account_id bigint, out sequence bigint)
language sql
immutable
set search_path = ''
begin atomic
  select ('x0000' || substr(digits, 1, 12))::bit(64)::bigint, ('x0' || substr(digits, 18))::bit(64)::bigint
  from replace(entry_id::text, '-', '') as digits
  where substr(digits, 13, 5) = '80009';
end;

comment on function ledger.entry_address(uuid) is 'The account and sequence that ledger.entry_id laid out; nulls for any other id.';

create function ledger.entry_hash(previous bytea, entry ledger.entries)
returns bytea
language plpgsql
immutable
set search_path = ''
as $$
begin
  return sha256(previous || timestamptz_send(entry.created_at) || convert_to(format(
    '%s %s %s %s %s %s %s %L %L %L %s %s %s %s %s',
    entry.account_id, entry.sequence, entry.amount, entry.posted_after, entry.pending_after, entry.reverses, entry.kind,
    entry.key, entry.feature, entry.reference, entry.hold_id, entry.grant_id, encode(entry.fingerprint, 'hex'),
    entry.receipt, entry.metadata
  ), 'UTF8'));
end
$$;

comment on function ledger.entry_hash(bytea, ledger.entries) is
  'SHA-256 over the hash of the entry before and every column of this one but its hash: the time as eight bytes, then the others as text, strings quoted, nothing for null. Independent of time zone, date style and the like. Debits and captures repeat it for their own entries.';

grant execute on function ledger.entry_id(bigint, bigint) to authenticated, service_role;
