-- Who may hold value, and the accounts that say how much.

create table ledger.holders (
  product text not null check (product ~ '^[a-z][a-z0-9_]{1,31}$'),
  holder uuid not null,
  created_at timestamptz not null default private.now(),
  anonymised_at timestamptz,
  primary key (product, holder)
);

alter table ledger.holders enable row level security;

comment on table ledger.holders is
  'Users and workspaces that may hold value in a product. Rows outlive the person: erasure sets anonymised_at, nothing here is deleted.';
comment on column ledger.holders.holder is 'The Auth user, or the workspace, by its uuid. No foreign key: money outlives its owner.';

-- Domains, not check constraints: Postgres checks a domain only where a value is assigned, but reads every check
-- constraint of a table anew for each statement that writes to it.
create domain ledger.unit as text check (value ~ '^[a-z][a-z_]{1,31}$');
create domain ledger.positive as bigint check (value > 0);
create domain ledger.whole as bigint check (value >= 0);

comment on domain ledger.unit is 'What an account counts, such as credits.';
comment on domain ledger.positive is 'An amount of something.';
comment on domain ledger.whole is 'A count or amount that is never negative.';

create table ledger.accounts (
  id bigint generated always as identity primary key,
  product text not null,
  holder uuid not null,
  unit ledger.unit not null default 'credits',
  available ledger.whole not null default 0,
  pending ledger.whole not null default 0,
  metered boolean not null default false,
  next_change_at timestamptz,
  low_at bigint,
  burnt_keys boolean not null default false,
  held_keys boolean not null default false,
  sequence bigint not null default 0,
  head bytea not null,
  last_entry_at timestamptz not null default '-infinity',
  created_at timestamptz not null default private.now(),
  unique (holder, product, unit),
  foreign key (holder, product) references ledger.holders (holder, product)
) with (fillfactor = 50);

alter table ledger.accounts enable row level security;

comment on table ledger.accounts is
  'One balance for each (product, holder, unit). The row is the only lock of the ledger; several are locked in the order of their ids.';
comment on column ledger.accounts.available is
  'What may be spent: the sum of the account''s entries (its posted balance) without what is pending. Never below zero, the floor of every account.';
comment on column ledger.accounts.pending is 'Sum of its open holds. available + pending is the posted balance.';
comment on column ledger.accounts.metered is
  'False while all its grants are alike (no expiry, one priority): which grant a debit burns is then settled only when somebody asks.';
comment on column ledger.accounts.next_change_at is
  'No later than the first moment at which a hold or grant expires or a grant becomes effective; null when nothing will change by itself.';
comment on column ledger.accounts.low_at is
  'Below this posted balance credits.low is published; null while that has happened and the balance did not rise again, or when nobody asked.';
comment on column ledger.accounts.burnt_keys is
  'True once a call burnt a key that left neither an entry nor a hold (a refused attempt, a release): others then look for theirs among the attempts.';
comment on column ledger.accounts.held_keys is 'True once a hold used a key: others then look for theirs among the holds.';
comment on column ledger.accounts.head is 'Hash of the newest entry; before the first, ledger.genesis_hash of the account.';

create trigger accounts_are_kept before delete or truncate on ledger.accounts
  for each statement execute function private.refuse_change();
create trigger holders_are_kept before delete or truncate on ledger.holders
  for each statement execute function private.refuse_change();

create function ledger.genesis_hash(product text, holder uuid, unit text)
returns bytea
language sql
immutable
parallel safe
set search_path = ''
return sha256(convert_to(product || '/' || unit || '/' || holder::text, 'UTF8'));

comment on function ledger.genesis_hash(text, uuid, text) is
  'The hash before an account''s first entry: it binds the whole chain to whose account it is.';

create function ledger.register_holder(product text, holder uuid)
returns void
language sql
volatile
security definer
set search_path = ''
begin atomic
  insert into ledger.holders (product, holder) values (register_holder.product, register_holder.holder)
  on conflict do nothing;
end;

comment on function ledger.register_holder(text, uuid) is
  'Allows `holder` to hold value in `product`. Idempotent. Definer: holders are written by this function alone.';

create function ledger.anonymise_holder(product text, holder uuid)
returns void
language sql
volatile
security definer
set search_path = ''
begin atomic
  update ledger.holders h set anonymised_at = private.now()
  where h.product = anonymise_holder.product and h.holder = anonymise_holder.holder and h.anonymised_at is null;
end;

comment on function ledger.anonymise_holder(text, uuid) is
  'Marks that the person behind a holder was erased; entries and balances stay. Idempotent. Definer: see register_holder.';

grant execute on function ledger.register_holder(text, uuid) to service_role;
grant execute on function ledger.anonymise_holder(text, uuid) to service_role;
