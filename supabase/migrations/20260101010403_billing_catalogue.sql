-- The catalogue: what is sold for money (offers, prices) and what features cost in credits (rates).

create type billing.offer_kind as enum ('pack', 'plan');
comment on type billing.offer_kind is 'How an offer is paid: a pack once, a plan every month.';

create table billing.offers (
  id bigint generated always as identity primary key,
  product text not null check (product ~ '^[a-z][a-z0-9_]{1,31}$'),
  code text not null check (code ~ '^[a-z0-9][a-z0-9_-]{0,49}$'),
  title text not null check (title <> ''),
  kind billing.offer_kind not null default 'pack',
  default_currency text not null references billing.currencies (code),
  active boolean not null default true,
  created_at timestamptz not null default private.now(),
  unique (product, code)
);

create index offers_by_default_currency on billing.offers (default_currency);

alter table billing.offers enable row level security;

comment on table billing.offers is 'What a product sells. Its price is in billing.prices, one live version in each currency.';
comment on column billing.offers.kind is 'A pack is bought by a checkout; a plan is subscribed to, and its prices'' credits are those of a month.';
comment on column billing.offers.default_currency is 'The currency of an invoice whose buyer named none.';
comment on column billing.offers.active is 'False: not sold now. Open invoices stay payable.';

create table billing.prices (
  id uuid primary key default gen_random_uuid(),
  offer_id bigint not null references billing.offers (id),
  currency text not null references billing.currencies (code),
  amount bigint not null check (amount between 1 and 9999999999),
  credits bigint not null check (credits > 0),
  valid_for interval check (valid_for > interval '0'),
  provider_price_id text check (provider_price_id <> ''),
  active_from timestamptz not null default private.now(),
  retired_at timestamptz,
  unique (id, currency),
  constraint prices_lifetime check (retired_at >= active_from)
);

create unique index prices_live on billing.prices (offer_id, currency) where retired_at is null;
create index prices_by_offer on billing.prices (offer_id, active_from);
create index prices_by_currency on billing.prices (currency);

alter table billing.prices enable row level security;

create trigger prices_terms_are_kept before update of id, offer_id, currency, amount, credits, valid_for, active_from
  on billing.prices for each statement execute function private.refuse_change();
create trigger prices_are_kept before delete or truncate on billing.prices
  for each statement execute function private.refuse_change();

comment on table billing.prices is
  'Versions of prices. What was agreed never changes: another price is another version, and the old one is retired. One is live for each offer and currency.';
comment on column billing.prices.amount is 'In minor units of the currency.';
comment on column billing.prices.valid_for is 'How long the credits can be spent after payment; null: for ever.';
comment on column billing.prices.provider_price_id is 'The same price at the payment provider; null until it was synced.';

create table billing.rates (
  id bigint generated always as identity primary key,
  product text not null check (product ~ '^[a-z][a-z0-9_]{1,31}$'),
  feature text not null check (feature ~ '^[a-z][a-z0-9_.-]{0,63}$'),
  credits bigint not null check (credits > 0),
  active_from timestamptz not null default private.now(),
  retired_at timestamptz,
  constraint rates_lifetime check (retired_at >= active_from)
);

create unique index rates_live on billing.rates (product, feature) where retired_at is null;

alter table billing.rates enable row level security;

create trigger rates_terms_are_kept before update of id, product, feature, credits, active_from
  on billing.rates for each statement execute function private.refuse_change();
create trigger rates_are_kept before delete or truncate on billing.rates
  for each statement execute function private.refuse_change();

comment on table billing.rates is 'What a feature costs in credits, versioned as prices are. The only place that says so.';
