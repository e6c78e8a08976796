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
  if known.fingerprint <> find_subscription_order.fingerprint then
    perform private.raise_problem(409, 'idempotency_conflict', 'This idempotency key was used for another request.');
  end if;
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

create function billing.open_subscription(product text, plan text, currency text, key text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  person constant uuid := auth.uid();
  request constant bytea := private.fingerprint(jsonb_build_array('subscribe', product, plan, currency));
  ordered billing.subscription_orders := billing.find_subscription_order(key, request);
  chosen billing.plans;
  price billing.prices;
begin
  if ordered.id is not null then
    return billing.subscription_order_outcome(ordered, true);
  end if;
  perform private.admit(product, person);

  -- LOCK: one of a person's beginnings at a time, so that the newest is the one that can be paid.
  perform pg_advisory_xact_lock(hashtextextended(format('subscribe:%s:%s', product, person), 0));
  ordered := billing.find_subscription_order(key, request);
  if ordered.id is not null then
    return billing.subscription_order_outcome(ordered, true);
  end if;

  -- GUARD
  chosen := billing.require_plan(product, plan);
  if (billing.open_subscription_of(product, person)).id is not null then
    perform private.raise_problem(409, 'already_subscribed', 'You have a subscription. Change its plan instead.');
  end if;
  if chosen.offer_id is not null then
    price := billing.require_plan_price(chosen, currency);
  end if;

  -- WRITE
  update billing.subscription_orders o set state = 'refused', refusal = 'superseded', concluded_at = private.now()
  where o.product = open_subscription.product and o.holder = person and o.request = 'subscribe' and o.state = 'open';
  insert into billing.subscription_orders (product, holder, request, key, fingerprint, plan_id, price_id, state, concluded_at)
  values (product, person, 'subscribe', key, request, chosen.id, price.id,
    case when price.id is null then 'done' else 'open' end::billing.subscription_order_state,
    case when price.id is null then private.now() end)
  returning * into ordered;
  perform audit.record('subscription.ordered', 'user:' || person, jsonb_build_object(
    'order_id', ordered.id, 'product', product, 'plan', plan, 'amount', price.amount, 'currency', price.currency));
  return billing.subscription_order_outcome(ordered, false);
end
$$;

comment on function billing.open_subscription(text, text, text, text) is
  'The caller wants to be on a plan: an order whose checkout can be paid for an hour, once for each key. One for the free plan is done at once. A checkout of theirs that was open is refused from now on. Subscribed already: already_subscribed (409). Definer: people may not write orders; the person is auth.uid().';

create function billing.attach_subscription_checkout(order_id uuid, checkout_session_id text, url text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  ordered billing.subscription_orders;
begin
  update billing.subscription_orders o
  set checkout_session_id = coalesce(o.checkout_session_id, attach_subscription_checkout.checkout_session_id),
    url = coalesce(o.url, attach_subscription_checkout.url)
  where o.id = order_id and o.request = 'subscribe' returning * into ordered;
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no such order.');
  end if;
  return jsonb_build_object('order_id', ordered.id, 'state', ordered.state, 'url', ordered.url);
end
$$;

comment on function billing.attach_subscription_checkout(uuid, text, text) is
  'Records the checkout session of an order, also of one that was refused meanwhile; the first one wins: {order_id, state, url}. Definer: see billing.open_subscription.';

create function billing.order_change(product text, plan text, key text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  request constant bytea := private.fingerprint(jsonb_build_array('change', product, plan));
  ordered billing.subscription_orders := billing.find_subscription_order(key, request);
  subscription billing.subscriptions;
  chosen billing.plans;
  price billing.prices;
  current_plan billing.plans;
  wanted billing.subscription_request;
begin
  if ordered.id is not null then
    return billing.subscription_order_outcome(ordered, true);
  end if;

  -- LOCK
  subscription := billing.require_subscription(product);

  -- GUARD
  chosen := billing.require_plan(product, plan);
  select * into current_plan from billing.plans p where p.id = subscription.plan_id;
  wanted := case
    when chosen.id = current_plan.id then 'keep'
    when chosen.offer_id is null then 'cancel'
    when chosen.rank > current_plan.rank then 'upgrade'
    else 'downgrade'
  end;
  if wanted in ('upgrade', 'downgrade') then
    if subscription.state not in ('active', 'trialing') then
      perform private.raise_problem(409, 'subscription_unpaid', 'Pay what is open first, on the billing portal.',
        jsonb_build_object('state', subscription.state));
    end if;
    if subscription.cancel_at_period_end then
      perform private.raise_problem(409, 'subscription_ending', 'The subscription ends with its period. Resume it first.');
    end if;
    if wanted = 'upgrade' and subscription.next_plan_id is not null then
      perform private.raise_problem(409, 'change_scheduled', 'A change is scheduled. Withdraw it first: change to the plan you are on.');
    end if;
    select q.* into price from billing.prices q where q.id = subscription.price_id;
    price := billing.require_plan_price(chosen, price.currency);
  end if;

  -- WRITE
  return billing.order_of_subscription(subscription, wanted, key, request, chosen.id, price.id);
end
$$;

comment on function billing.order_change(text, text, text) is
  'The caller wants their subscription to have another plan: a higher one now, a lower one or none when the period ends. Their own: a change that waits is withdrawn. Definer: see billing.open_subscription.';

create function billing.require_subscription(product text)
returns billing.subscriptions
language plpgsql
volatile
set search_path = ''
as $$
declare
  subscription constant billing.subscriptions := billing.open_subscription_of(product, auth.uid());
begin
  if subscription.id is null then
    perform private.raise_problem(409, 'subscription_required', 'You have no subscription here.');
  end if;
  return subscription;
end
$$;

comment on function billing.require_subscription(text) is 'Locks the caller''s open subscription; none: subscription_required (409).';

create function billing.order_of_subscription(
  subscription billing.subscriptions, wanted billing.subscription_request, key text, fingerprint bytea, plan_id uuid, price_id uuid
)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  ordered billing.subscription_orders;
  there constant boolean := case wanted
    when 'keep' then subscription.next_plan_id is null
    when 'downgrade' then coalesce(subscription.next_plan_id = order_of_subscription.plan_id, false)
    when 'cancel' then subscription.cancel_at_period_end
    when 'resume' then not subscription.cancel_at_period_end
    else false
  end;
begin
  insert into billing.subscription_orders (product, holder, request, key, fingerprint, plan_id, price_id, subscription_id, state, concluded_at)
  values (subscription.product, subscription.holder, wanted, key, fingerprint, plan_id, price_id, subscription.id,
    case when there then 'done' else 'open' end::billing.subscription_order_state, case when there then private.now() end)
  on conflict on constraint subscription_orders_holder_key_key do nothing
  returning * into ordered;
  if not found then
    return billing.subscription_order_outcome(billing.find_subscription_order(key, fingerprint), true);
  end if;
  perform audit.record('subscription.ordered', 'user:' || subscription.holder, jsonb_build_object(
    'order_id', ordered.id, 'product', subscription.product, 'subscription_id', subscription.id, 'request', wanted));
  return billing.subscription_order_outcome(ordered, false);
end
$$;

comment on function billing.order_of_subscription(billing.subscriptions, billing.subscription_request, text, bytea, uuid, uuid) is
  'Writes an order about a locked subscription; one that asks for what is so already is done at once.';

create function billing.order_end(product text, key text, resume boolean)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  wanted constant billing.subscription_request := case when resume then 'resume' else 'cancel' end;
  request constant bytea := private.fingerprint(jsonb_build_array(wanted, product));
  ordered constant billing.subscription_orders := billing.find_subscription_order(key, request);
begin
  if ordered.id is not null then
    return billing.subscription_order_outcome(ordered, true);
  end if;
  return billing.order_of_subscription(billing.require_subscription(product), wanted, key, request, null, null);
end
$$;

comment on function billing.order_end(text, text, boolean) is
  'The caller wants their subscription to end with its period, or (resume) to go on after all. Definer: see billing.open_subscription.';

create function billing.conclude_subscription_order(order_id uuid, refusal text)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  update billing.subscription_orders o
  set state = case when conclude_subscription_order.refusal is null then 'done' else 'refused' end::billing.subscription_order_state,
    refusal = left(conclude_subscription_order.refusal, 200), concluded_at = private.now()
  where o.id = order_id and o.state = 'open';
  if found then
    perform audit.record(case when refusal is null then 'subscription.order_done' else 'subscription.order_refused' end,
      'subscription_order:' || order_id, jsonb_strip_nulls(jsonb_build_object('refusal', refusal)));
  end if;
end
$$;

comment on function billing.conclude_subscription_order(uuid, text) is
  'The provider did what an open order asks (refusal null), or would not. Idempotent. Definer: see billing.open_subscription.';

create function billing.own_subscription(product text)
returns jsonb
language sql
stable
security definer
set search_path = ''
begin atomic
  select jsonb_build_object(
    'product', own_subscription.product, 'plan', billing.plan_of(own_subscription.product, auth.uid()),
    'subscription', case when s.id is not null then jsonb_build_object(
      'subscription_id', s.id, 'plan', plan.code, 'plan_title', plan.title, 'state', s.state,
      'amount', price.amount, 'currency', price.currency, 'credits', price.credits,
      'current_period_start', s.current_period_start, 'current_period_end', s.current_period_end,
      'cancel_at_period_end', s.cancel_at_period_end, 'next_plan', next_plan.code, 'started_at', s.started_at) end,
    'customer_id', (
      select c.provider_customer_id from billing.customers c
      where c.product = own_subscription.product and c.holder = auth.uid() and c.provider = 'stripe'))
  from (values (1)) always (there)
  left join billing.subscriptions s
    on s.product = own_subscription.product and s.holder = auth.uid() and s.ended_at is null and not s.is_duplicate
  left join billing.plans plan on plan.id = s.plan_id
  left join billing.plans next_plan on next_plan.id = s.next_plan_id
  left join billing.prices price on price.id = s.price_id;
end;

comment on function billing.own_subscription(text) is 'See api.subscription. Definer: the provider''s names are selectable by no API role; the person is auth.uid().';

grant execute on function billing.open_subscription(text, text, text, text) to authenticated;
grant execute on function billing.attach_subscription_checkout(uuid, text, text) to service_role;
grant execute on function billing.order_change(text, text, text) to authenticated;
grant execute on function billing.order_end(text, text, boolean) to authenticated;
grant execute on function billing.conclude_subscription_order(uuid, text) to service_role;
grant execute on function billing.own_subscription(text) to authenticated;
