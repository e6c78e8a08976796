-- The call surface of plans and subscriptions.

create function api.live_plans(product text)
returns jsonb
language sql
stable
set search_path = ''
return billing.live_plans(product);

comment on function api.live_plans(text) is
  'The plans of a product, the lowest first: [{plan, title, description, rolls_over_days, prices: [{currency, amount, credits}]}]; a plan without prices is free.';

create function api.subscription(product text)
returns jsonb
language sql
stable
set search_path = ''
return billing.own_subscription(product);

comment on function api.subscription(text) is
  'The caller''s plan and open subscription: {product, plan, subscription: {subscription_id, plan, plan_title, state, amount, currency, credits, current_period_start, current_period_end, cancel_at_period_end, next_plan, started_at} | null, customer_id}.';

create function api.open_subscription(product text, plan text, key text, currency text default null)
returns jsonb
language sql
volatile
set search_path = ''
return billing.open_subscription(product, plan, currency, key);

comment on function api.open_subscription(text, text, text, text) is
  'The caller subscribes to a plan: {order_id, request, state: open | done | refused | expired, refusal, product, holder, plan, plan_title, amount, currency, credits, expires_at, checkout_session_id, url, provider_price_id, provider_subscription_id, provider_customer_id, customer_email, other_session_ids, replayed}. See billing.open_subscription.';

create function api.attach_subscription_checkout(order_id uuid, checkout_session_id text, url text)
returns jsonb
language sql
volatile
set search_path = ''
return billing.attach_subscription_checkout(order_id, checkout_session_id, url);

comment on function api.attach_subscription_checkout(uuid, text, text) is
  'Records the checkout session of an order: {order_id, state, url}. See billing.attach_subscription_checkout.';

create function api.order_subscription_change(product text, plan text, key text)
returns jsonb
language sql
volatile
set search_path = ''
return billing.order_change(product, plan, key);

comment on function api.order_subscription_change(text, text, text) is
  'The caller changes the plan of their subscription. Answers what api.open_subscription does. See billing.order_change.';

create function api.order_subscription_end(product text, key text, resume boolean default false)
returns jsonb
language sql
volatile
set search_path = ''
return billing.order_end(product, key, resume);

comment on function api.order_subscription_end(text, text, boolean) is
  'The caller ends their subscription with its period, or lets it go on after all. Answers what api.open_subscription does.';

create function api.conclude_subscription_order(order_id uuid, refusal text default null)
returns void
language sql
volatile
set search_path = ''
return billing.conclude_subscription_order(order_id, refusal);

comment on function api.conclude_subscription_order(uuid, text) is 'What became of an order. See billing.conclude_subscription_order.';

create function api.subscription_version(provider text, provider_subscription_id text)
returns bigint
language sql
stable
set search_path = ''
return billing.subscription_version(provider, provider_subscription_id);

comment on function api.subscription_version(text, text) is 'The version to name with what is read at the provider next. See billing.subscription_version.';

create function api.queue_stale_subscriptions()
returns integer
language sql
volatile
set search_path = ''
return billing.queue_stale_subscriptions();

comment on function api.queue_stale_subscriptions() is 'Queues the reading of subscriptions that news is missing of; how many.';

create function api.subscriptions_of_leaver(fact_id bigint)
returns jsonb
language sql
stable
set search_path = ''
return billing.subscriptions_of_leaver(fact_id);

comment on function api.subscriptions_of_leaver(bigint) is 'The subscriptions that end because their person leaves: the provider''s ids.';

grant execute on function api.live_plans(text) to service_role;
grant execute on function api.subscription(text) to authenticated;
grant execute on function api.open_subscription(text, text, text, text) to authenticated;
grant execute on function api.attach_subscription_checkout(uuid, text, text) to service_role;
grant execute on function api.order_subscription_change(text, text, text) to authenticated;
grant execute on function api.order_subscription_end(text, text, boolean) to authenticated;
grant execute on function api.conclude_subscription_order(uuid, text) to service_role;
grant execute on function api.subscription_version(text, text) to service_role;
grant execute on function api.queue_stale_subscriptions() to service_role;
grant execute on function api.subscriptions_of_leaver(bigint) to service_role;

-- Nobody who leaves is charged for another period.
select events.subscribe('account.erasure_requested', 'stripe.end-subscription');
