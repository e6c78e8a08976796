-- Seals: what the heads of all accounts were at the end of a day, signed, each bound to the one before.

create table ledger.seals (
  number bigint primary key check (number > 0),
  sealed_at timestamptz not null,
  heads bigint not null check (heads >= 0),
  root bytea not null,
  digest bytea not null,
  key_id text not null,
  signature bytea not null
);

alter table ledger.seals enable row level security;

create trigger seals_are_append_only before update or delete or truncate on ledger.seals
  for each statement execute function private.refuse_change();

comment on table ledger.seals is
  'A chain of signed digests. Each covers the accounts that moved since the seal before and that seal''s digest, and so by induction all accounts. Written by ledger.seal() alone.';
comment on column ledger.seals.heads is 'Number of its rows in ledger.sealed_heads.';
comment on column ledger.seals.root is 'Hash of those rows: of the hashes of each 1,024 neighbouring accounts.';
comment on column ledger.seals.digest is 'Hash of the digest before, number, time, heads and root. Who keeps a copy elsewhere can prove the ledger up to there.';
comment on column ledger.seals.key_id is 'Name of the Vault secret that signed it.';
comment on column ledger.seals.signature is 'HMAC-SHA-256 of the digest.';

create table ledger.sealed_heads (
  seal_number bigint not null,
  account_id bigint not null,
  sequence bigint not null check (sequence > 0),
  leaf bytea not null,
  primary key (seal_number, account_id)
);

create index sealed_heads_of_account on ledger.sealed_heads (account_id, seal_number);

alter table ledger.sealed_heads enable row level security;

create trigger sealed_heads_are_append_only before update or delete or truncate on ledger.sealed_heads
  for each statement execute function private.refuse_change();

comment on table ledger.sealed_heads is
  'The newest entry that an account had when it was sealed; only accounts that moved since their last seal. No foreign keys: the seal''s root tells when a row is missing or too many.';
comment on column ledger.sealed_heads.leaf is 'Hash of the account, whose it is, the sequence and that entry''s hash.';

create function ledger.seal_leaf(account ledger.accounts, sequence bigint, head bytea)
returns bytea
language sql
immutable
parallel safe
set search_path = ''
return sha256(
  int8send(account.id) || int8send(sequence) || uuid_send(account.holder)
  || convert_to(account.product || '/' || account.unit || '/', 'UTF8') || head);

comment on function ledger.seal_leaf(ledger.accounts, bigint, bytea) is
  'What a seal says of one account: it changes with the account''s owner and with every entry up to the sequence.';

create function ledger.seal_root(seal_number bigint)
returns bytea
language sql
stable
set search_path = ''
begin atomic
  select sha256(coalesce(string_agg(neighbours.hash, '' order by neighbours.place), ''))
  from (
    select h.account_id / 1024 as place, sha256(string_agg(int8send(h.account_id) || h.leaf, '' order by h.account_id)) as hash
    from ledger.sealed_heads h where h.seal_number = seal_root.seal_number group by 1
  ) as neighbours;
end;

comment on function ledger.seal_root(bigint) is 'Hash over the heads of a seal, as recorded. In two steps, so that millions of heads fit in memory.';

create function ledger.seal_digest(previous bytea, seal ledger.seals)
returns bytea
language sql
immutable
set search_path = ''
return sha256(
  previous || int8send(seal.number) || convert_to(extract(epoch from seal.sealed_at)::text, 'UTF8')
  || '/' || int8send(seal.heads) || seal.root);

comment on function ledger.seal_digest(bytea, ledger.seals) is 'The digest that binds a seal to the one before (empty before the first).';
