-- What people may do with their subscription, and how their orders end.

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
  perform private.require_staying(person);

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
  if wanted <> 'cancel' then
    perform private.require_staying(subscription.holder);
  end if;
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
  if resume then
    perform private.require_staying(auth.uid());
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
