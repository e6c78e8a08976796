-- Invoices: an offer sold to a holder at one version of its price.

create type billing.invoice_state as enum ('pending', 'paid', 'cancelled', 'expired', 'refunded');
comment on type billing.invoice_state is 'See private.transitions for the legal moves.';

insert into private.transitions (machine, from_state, to_state) values
  ('billing.invoices.state', 'pending', 'paid'),
  ('billing.invoices.state', 'pending', 'cancelled'),
  ('billing.invoices.state', 'pending', 'expired'),
  -- Money that arrives all the same is honoured.
  ('billing.invoices.state', 'cancelled', 'paid'),
  ('billing.invoices.state', 'expired', 'paid'),
  ('billing.invoices.state', 'paid', 'refunded'),
  -- A refund that failed: the money is with us again.
  ('billing.invoices.state', 'refunded', 'paid');

create sequence billing.invoice_numbers;

create function billing.next_invoice_number()
returns text
language plpgsql
volatile
set search_path = ''
as $$
declare
  number constant text := nextval('billing.invoice_numbers')::text;
begin
  return 'INV-' || to_char(private.now() at time zone 'UTC', 'YYYY') || '-' || lpad(number, greatest(6, length(number)), '0');
end
$$;

comment on function billing.next_invoice_number() is
  'INV-2026-000001 and on. Unique for ever: the sequence does not start again in January. It may have gaps.';

create table billing.customers (
  product text not null,
  holder uuid not null,
  provider text not null check (provider ~ '^[a-z][a-z_]{1,19}$'),
  provider_customer_id text not null check (provider_customer_id <> ''),
  created_at timestamptz not null default private.now(),
  updated_at timestamptz not null default private.now(),
  primary key (product, holder, provider),
  foreign key (product, holder) references ledger.holders (product, holder)
);

create index customers_by_provider on billing.customers (provider, provider_customer_id);

alter table billing.customers enable row level security;

create trigger customers_touch before update on billing.customers
  for each row execute function private.touch_updated_at();

comment on table billing.customers is 'Who a holder is at a payment provider; the newest one that paid.';

create table billing.invoices (
  id uuid primary key default gen_random_uuid(),
  number text not null default billing.next_invoice_number(),
  product text not null,
  holder uuid not null,
  provider text not null default 'stripe' check (provider ~ '^[a-z][a-z_]{1,19}$'),
  key text not null check (length(key) between 1 and 300),
  fingerprint bytea not null,
  price_id uuid not null,
  offer_code text not null,
  offer_title text not null,
  amount bigint not null check (amount >= 0),
  currency text not null references billing.currencies (code),
  credits bigint not null check (credits >= 0),
  billed_by_provider boolean not null default false,
  state billing.invoice_state not null default 'pending',
  checkout_session_id text check (checkout_session_id <> ''),
  payment_intent_id text check (payment_intent_id <> ''),
  url text check (url ~ '^https?://'),
  grant_id uuid references ledger.grants (id),
  processing_since timestamptz,
  created_at timestamptz not null default private.now(),
  expires_at timestamptz not null default private.now() + interval '1 hour',
  paid_at timestamptz,
  closed_at timestamptz,
  refunded_at timestamptz,
  refunds_told bigint not null default 0 check (refunds_told >= 0),
  updated_at timestamptz not null default private.now(),
  unique (holder, key),
  unique (provider, number),
  unique (provider, checkout_session_id),
  unique (provider, payment_intent_id),
  unique (grant_id),
  foreign key (product, holder) references ledger.holders (product, holder),
  foreign key (price_id, currency) references billing.prices (id, currency),
  constraint invoices_terms check (billed_by_provider or amount > 0 and credits > 0),
  constraint invoices_lifetime check (expires_at > created_at),
  constraint invoices_payment check ((state in ('paid', 'refunded')) = (paid_at is not null and (grant_id is not null or credits = 0))),
  constraint invoices_closing check (state not in ('cancelled', 'expired') or closed_at is not null),
  constraint invoices_refund check ((state = 'refunded') = (refunded_at is not null))
);

create index invoices_by_holder on billing.invoices (product, holder, created_at desc);
create index invoices_by_price on billing.invoices (price_id, currency);
create index invoices_by_currency on billing.invoices (currency);
create index invoices_paid on billing.invoices (product, paid_at) where paid_at is not null;
create index invoices_due on billing.invoices (expires_at) where state = 'pending' and processing_since is null;

alter table billing.invoices enable row level security;

create function billing.require_terms_of_price()
returns trigger
language plpgsql
stable
set search_path = ''
as $$
begin
  if not exists (select from billing.prices p where p.id = new.price_id and p.amount = new.amount and p.credits = new.credits) then
    raise exception 'an invoice has the terms of its price' using errcode = 'foreign_key_violation';
  end if;
  return new;
end
$$;

comment on function billing.require_terms_of_price() is
  'Trigger: what was sold costs and gives what its price version says. Neither ever changes after.';

create trigger invoices_have_terms_of_their_price before insert on billing.invoices
  for each row when (not new.billed_by_provider) execute function billing.require_terms_of_price();
create trigger invoices_move_legally before update of state on billing.invoices
  for each row execute function private.guard_transition('state');
create trigger invoices_terms_are_kept
  before update of id, number, product, holder, provider, key, fingerprint, price_id, offer_code, offer_title, amount, currency, credits,
    billed_by_provider, created_at
  on billing.invoices for each statement execute function private.refuse_change();
create trigger invoices_are_kept before delete or truncate on billing.invoices
  for each statement execute function private.refuse_change();
create trigger invoices_touch before update on billing.invoices
  for each row execute function private.touch_updated_at();

comment on table billing.invoices is
  'What was offered, to whom, and what became of it. The terms never change. The row is the lock of everything that happens to the invoice; the ledger account is locked after it, never before.';
comment on column billing.invoices.amount is 'In minor units of the currency.';
comment on column billing.invoices.billed_by_provider is
  'Its amount was made by the provider, as for a subscription (proration, discounts, balances). Otherwise the terms are exactly those of its price.';
comment on column billing.invoices.key is 'Idempotency key of the buyer''s request, unique for the holder.';
comment on column billing.invoices.fingerprint is 'Hash of the request''s body, which tells a retry from another request with the same key.';
comment on column billing.invoices.processing_since is
  'When the buyer finished the checkout with a payment that takes days; such an invoice does not expire by itself.';
comment on column billing.invoices.grant_id is 'The credits that were paid for; null also when it was paid for none.';
comment on column billing.invoices.refunds_told is
  'The largest total of refunds that the provider told of the payment, in minor units; what it told of single refunds is in billing.refund_orders.';
comment on column billing.invoices.closed_at is 'When it was cancelled or expired; stays if it is paid after that.';
