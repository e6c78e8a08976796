-- Refunds and disputes: money of an invoice that went back, or may.

create type billing.refund_kind as enum ('refund', 'refund_failed', 'dispute', 'dispute_won', 'dispute_lost');
comment on type billing.refund_kind is
  'refund: we gave money back; refund_failed: the bank did not take it and we have it again. dispute: the buyer''s bank took it, until dispute_won gives it to us again or dispute_lost makes it final.';

create table billing.refunds (
  id bigint generated always as identity primary key,
  invoice_id uuid not null references billing.invoices (id),
  kind billing.refund_kind not null,
  reference text not null check (reference <> ''),
  amount bigint not null check (amount >= 0),
  credits_taken bigint not null,
  credits_owed bigint not null,
  created_at timestamptz not null default private.now(),
  constraint refunds_sign check (
    case when kind in ('refund_failed', 'dispute_won') then credits_taken <= 0 and credits_owed <= 0
    else credits_taken >= 0 and credits_owed >= 0 end
  )
);

create index refunds_by_invoice on billing.refunds (invoice_id, id);
create index refunds_by_time on billing.refunds (created_at);
create unique index refunds_once_a_step on billing.refunds (invoice_id, kind, reference) where kind <> 'refund';

alter table billing.refunds enable row level security;

create trigger refunds_are_append_only before update or delete or truncate on billing.refunds
  for each statement execute function private.refuse_change();

comment on table billing.refunds is
  'Append-only: each step of money going back. The sums over an invoice say what its credits are worth now: credits taken back from the account, and credits owed because they were spent.';
comment on column billing.refunds.reference is 'The provider''s id of the refund or dispute.';
comment on column billing.refunds.amount is 'In minor units of the invoice''s currency.';
comment on column billing.refunds.credits_taken is 'Unspent credits taken back; negative when a won dispute or a failed refund gave them back.';
comment on column billing.refunds.credits_owed is 'Credits that should have been taken and were spent; negative when a won dispute or a failed refund forgave them.';

create function billing.returned(
  invoice_id uuid,
  out refunded bigint,
  out disputed bigint,
  out lost bigint,
  out credits_back bigint,
  out credits_owed bigint
)
language sql
stable
set search_path = ''
begin atomic
  with disputes as (
    select max(r.amount) as amount, bool_or(r.kind = 'dispute_lost') as lost
    from billing.refunds r
    where r.invoice_id = returned.invoice_id and r.kind in ('dispute', 'dispute_won', 'dispute_lost')
    group by r.reference
    having not bool_or(r.kind = 'dispute_won')
  )
  select
    coalesce(sum(case r.kind when 'refund' then r.amount when 'refund_failed' then -r.amount end), 0)::bigint,
    (select coalesce(sum(d.amount), 0)::bigint from disputes d),
    (select coalesce(sum(d.amount) filter (where d.lost), 0)::bigint from disputes d),
    coalesce(sum(r.credits_taken + r.credits_owed), 0)::bigint,
    coalesce(sum(r.credits_owed), 0)::bigint
  from billing.refunds r where r.invoice_id = returned.invoice_id;
end;

comment on function billing.returned(uuid) is
  'What went back of an invoice: money refunded and not returned, money in open or lost disputes, the lost part of it, and the credits that were taken back or are owed for it. Exact while the invoice is locked.';

create type billing.refund_state as enum ('requested', 'accepted', 'refused', 'failed');
comment on type billing.refund_state is
  'requested: the provider has not answered yet. accepted: the money is on its way back or there. refused: the provider would not. failed: it was on its way and came back.';

insert into private.transitions (machine, from_state, to_state) values
  ('billing.refund_orders.state', 'requested', 'accepted'),
  ('billing.refund_orders.state', 'requested', 'refused'),
  ('billing.refund_orders.state', 'requested', 'failed'),
  ('billing.refund_orders.state', 'refused', 'accepted'),
  ('billing.refund_orders.state', 'refused', 'failed'),
  ('billing.refund_orders.state', 'accepted', 'failed');

create table billing.refund_orders (
  id uuid primary key default gen_random_uuid(),
  invoice_id uuid not null references billing.invoices (id),
  amount bigint not null check (amount > 0),
  state billing.refund_state not null default 'requested',
  provider_refund_id text check (provider_refund_id <> ''),
  requested_by uuid,
  key text check (length(key) between 1 and 255),
  fingerprint bytea,
  reason text check (length(reason) between 1 and 500),
  refusal text check (length(refusal) <= 200),
  created_at timestamptz not null default private.now(),
  updated_at timestamptz not null default private.now(),
  unique (invoice_id, provider_refund_id),
  unique (requested_by, key),
  constraint refund_orders_named check (state not in ('accepted', 'failed') or provider_refund_id is not null),
  constraint refund_orders_asked check (num_nulls(requested_by, key, fingerprint, reason) in (0, 4))
);

alter table billing.refund_orders enable row level security;

create trigger refund_orders_move_legally before update of state on billing.refund_orders
  for each row execute function private.guard_transition('state');
create trigger refund_orders_are_kept before delete or truncate on billing.refund_orders
  for each statement execute function private.refuse_change();
create trigger refund_orders_touch before update on billing.refund_orders
  for each row execute function private.touch_updated_at();

comment on table billing.refund_orders is
  'Single refunds of invoices: those that admins asked for here, and those that the provider told of (requested_by null). What they did to the credits is in billing.refunds.';
comment on column billing.refund_orders.amount is 'In minor units of the invoice''s currency.';
comment on column billing.refund_orders.refusal is 'The provider''s code for why it would not.';
