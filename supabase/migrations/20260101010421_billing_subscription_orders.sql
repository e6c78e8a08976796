-- What people ask of their subscription: to begin it, to change its plan, to end it, to keep it after all. Each is an order first; the
-- provider does it, and what it then says is applied as its event.

create type billing.subscription_request as enum ('subscribe', 'upgrade', 'downgrade', 'keep', 'cancel', 'resume');
comment on type billing.subscription_request is
  'upgrade: now, for the difference. downgrade: when the period ends. keep: a downgrade that waits is withdrawn. cancel: when the period ends. resume: it goes on.';

create type billing.subscription_order_state as enum ('open', 'done', 'refused');
comment on type billing.subscription_order_state is 'open: the provider did not answer yet. A checkout that was refused (another took its place) and is paid all the same is done.';

insert into private.transitions (machine, from_state, to_state) values
  ('billing.subscription_orders.state', 'open', 'done'),
  ('billing.subscription_orders.state', 'open', 'refused'),
  ('billing.subscription_orders.state', 'refused', 'done');

create table billing.subscription_orders (
  id uuid primary key default gen_random_uuid(),
  product text not null,
  holder uuid not null,
  request billing.subscription_request not null,
  key text not null check (length(key) between 1 and 255),
  fingerprint bytea not null,
  plan_id uuid references billing.plans (id),
  price_id uuid references billing.prices (id),
  subscription_id uuid references billing.subscriptions (id),
  state billing.subscription_order_state not null default 'open',
  refusal text check (length(refusal) between 1 and 200),
  checkout_session_id text unique check (checkout_session_id <> ''),
  url text check (url ~ '^https?://'),
  created_at timestamptz not null default private.now(),
  expires_at timestamptz not null default private.now() + interval '1 hour',
  concluded_at timestamptz,
  unique (holder, key),
  foreign key (product, holder) references ledger.holders (product, holder),
  constraint subscription_orders_end check ((state = 'open') = (concluded_at is null)),
  constraint subscription_orders_subject check (request = 'subscribe' or subscription_id is not null)
);

create index subscription_orders_of_holder on billing.subscription_orders (product, holder, created_at desc);
create index subscription_orders_by_subscription on billing.subscription_orders (subscription_id);
create index subscription_orders_by_plan on billing.subscription_orders (plan_id);
create index subscription_orders_by_price on billing.subscription_orders (price_id);

alter table billing.subscription_orders enable row level security;

create trigger subscription_orders_move_legally before update of state on billing.subscription_orders
  for each row execute function private.guard_transition('state');
create trigger subscription_orders_are_kept before delete or truncate on billing.subscription_orders
  for each statement execute function private.refuse_change();

comment on table billing.subscription_orders is
  'What people asked of their subscriptions, once for each key. The id is the provider''s idempotency key; the first subscription that names an order of ours is ours.';
comment on column billing.subscription_orders.expires_at is 'Until when the checkout of a subscribe order can be paid.';
comment on column billing.subscription_orders.refusal is 'Why the provider, or we, would not.';

create function billing.find_subscription_order(key text, fingerprint bytea)
returns billing.subscription_orders
language plpgsql
stable
set search_path = ''
as $$
declare
  known billing.subscription_orders;
begin
  if auth.uid() is null then
    perform private.raise_problem(401, 'unauthorized', 'Sign in to subscribe.');
  end if;
  perform private.require_key(key);
  select * into known from billing.subscription_orders o where o.holder = auth.uid() and o.key = find_subscription_order.key;
  perform ledger.require_same(known.fingerprint, find_subscription_order.fingerprint);
  return known;
end
$$;

comment on function billing.find_subscription_order(text, bytea) is
  'The order that the caller gave before with this key; null: none. Another request with it: idempotency_conflict (409).';

create function billing.open_subscription_of(product text, holder uuid)
returns billing.subscriptions
language sql
volatile
set search_path = ''
begin atomic
  select s.* from billing.subscriptions s
  where s.product = open_subscription_of.product and s.holder = open_subscription_of.holder and s.ended_at is null and not s.is_duplicate
  for no key update;
end;

comment on function billing.open_subscription_of(text, uuid) is 'Locks and returns the one open subscription of a holder; null: none.';

create function billing.require_plan(product text, code text)
returns billing.plans
language plpgsql
stable
set search_path = ''
as $$
declare
  plan billing.plans;
begin
  select p.* into plan from billing.plans p where p.product = require_plan.product and p.code = require_plan.code and p.active;
  if not found then
    perform private.raise_problem(404, 'unknown_plan', 'There is no such plan.', '{"field": "plan"}');
  end if;
  return plan;
end
$$;

comment on function billing.require_plan(text, text) is 'A plan that is on offer; else unknown_plan (404).';

create function billing.require_plan_price(plan billing.plans, currency text)
returns billing.prices
language plpgsql
stable
set search_path = ''
as $$
declare
  price billing.prices;
begin
  select p.* into price from billing.offers o join billing.prices p on p.offer_id = o.id and p.retired_at is null
  where o.id = plan.offer_id and o.active and p.currency = coalesce(require_plan_price.currency, o.default_currency);
  if not found then
    perform private.raise_problem(404, 'unknown_plan', 'This plan is not sold in this currency.', '{"field": "plan"}');
  end if;
  return price;
end
$$;

comment on function billing.require_plan_price(billing.plans, text) is
  'The live price of a plan in a currency, or (null) in its own; else unknown_plan (404).';

create function billing.subscription_order_outcome(ordered billing.subscription_orders, replayed boolean)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
  select jsonb_build_object(
    'order_id', ordered.id, 'request', ordered.request,
    'state', case when ordered.request = 'subscribe' and ordered.state = 'open' and ordered.expires_at <= private.now()
      then 'expired' else ordered.state::text end,
    'refusal', ordered.refusal, 'product', ordered.product, 'holder', ordered.holder,
    'plan', plan.code, 'plan_title', plan.title, 'amount', price.amount, 'currency', price.currency, 'credits', price.credits,
    'expires_at', ordered.expires_at, 'checkout_session_id', ordered.checkout_session_id, 'url', ordered.url,
    'provider_price_id', price.provider_price_id,
    'provider_subscription_id', (select s.provider_subscription_id from billing.subscriptions s where s.id = ordered.subscription_id),
    'provider_customer_id', (select c.provider_customer_id from billing.customers c
      where c.product = ordered.product and c.holder = ordered.holder and c.provider = 'stripe'),
    'customer_email', (select u.email from auth.users u where u.id = ordered.holder),
    'other_session_ids', (
      select coalesce(jsonb_agg(o.checkout_session_id), '[]') from billing.subscription_orders o
      where ordered.request = 'subscribe' and o.product = ordered.product and o.holder = ordered.holder and o.id <> ordered.id
        and o.state <> 'done' and o.expires_at > private.now() and o.checkout_session_id is not null),
    'replayed', replayed)
  from (values (1)) always (there)
  left join billing.plans plan on plan.id = ordered.plan_id
  left join billing.prices price on price.id = ordered.price_id;
end;

comment on function billing.subscription_order_outcome(billing.subscription_orders, boolean) is
  'What whoever does an order has to know: see api.open_subscription.';
