-- Grants: the lots in which value arrives, with their order of burning.

create type ledger.grant_category as enum ('promotional', 'paid');
comment on type ledger.grant_category is 'Where a grant came from. In the order in which equals are burnt: promotional before paid.';

create table ledger.grants (
  id uuid primary key default gen_random_uuid(),
  account_id bigint not null references ledger.accounts (id),
  key text not null,
  fingerprint bytea not null,
  category ledger.grant_category not null,
  priority integer not null default 0,
  amount ledger.positive not null,
  remaining ledger.whole not null,
  reserved ledger.whole not null default 0,
  revoked ledger.whole not null default 0,
  expired ledger.whole not null default 0,
  unreceipted ledger.whole not null default 0,
  live boolean not null default true,
  effective_at timestamptz not null,
  expires_at timestamptz,
  posted_sequence bigint,
  reason text not null,
  reference text,
  metadata jsonb not null default '{}',
  created_at timestamptz not null,
  unique (account_id, key),
  constraint grants_reserved check (reserved <= remaining)
) with (fillfactor = 70);

create index grants_burn_order on ledger.grants
  (account_id, priority, expires_at, category, effective_at, created_at, posted_sequence) where live;
create index grants_due on ledger.grants (expires_at) where live and expires_at is not null;
create index grants_scheduled on ledger.grants (effective_at) where posted_sequence is null;

alter table ledger.grants enable row level security;

create trigger grants_are_kept before delete or truncate on ledger.grants
  for each statement execute function private.refuse_change();

comment on table ledger.grants is
  'Lots of value. Burnt by priority, then expires_at (nulls last), promotional before paid, effective_at, created_at.';
comment on column ledger.grants.remaining is
  'What was not yet spent, revoked or expired. Exact in a metered account; elsewhere as of the last settlement.';
comment on column ledger.grants.reserved is 'The part of remaining that open holds have reserved.';
comment on column ledger.grants.unreceipted is
  'What was burnt of it without a receipt, as of the last settlement; a refund of such a debit gives back no more than this.';
comment on column ledger.grants.live is 'True while something remains, so that spent grants leave the burn order.';
comment on column ledger.grants.posted_sequence is 'The entry that credited it; null while it is scheduled for later.';
