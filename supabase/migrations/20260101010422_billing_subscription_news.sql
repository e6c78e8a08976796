-- What the provider says of a subscription. Its events only tell that something changed: whoever receives one reads the subscription at
-- the provider and brings what is true there now, with the version that was known here before they asked. Another version by then,
-- and what they read may be older than what is here: they read again. So no order of events, and no race, leaves an older truth.

create function billing.subscription_name(provider text, provider_subscription_id text)
returns text
language sql
immutable
set search_path = ''
return format('subscription:%s:%s', provider, provider_subscription_id);

comment on function billing.subscription_name(text, text) is 'What is locked while news of a subscription is applied, known here or not.';

create function billing.subscription_version(provider text, provider_subscription_id text)
returns bigint
language sql
stable
security definer
set search_path = ''
begin atomic
  select coalesce((
    select s.version from billing.subscriptions s
    where s.provider = subscription_version.provider and s.provider_subscription_id = subscription_version.provider_subscription_id
  ), 0);
end;

comment on function billing.subscription_version(text, text) is
  'How often the truth of a subscription was written here; 0: never. Asked before the provider is. Definer: see billing.open_subscription.';

create function billing.is_current(provider text, effect jsonb)
returns boolean
language plpgsql
volatile
set search_path = ''
as $$
declare
  subscription_id constant text := effect -> 'subscription' ->> 'provider_subscription_id';
begin
  if effect -> 'unread' is not null then
    return false;
  end if;
  if subscription_id is null then
    return true;
  end if;
  perform pg_advisory_xact_lock(hashtextextended(billing.subscription_name(provider, subscription_id), 0));
  return coalesce((effect ->> 'version')::bigint = billing.subscription_version(provider, subscription_id), false);
end
$$;

comment on function billing.is_current(text, jsonb) is
  'Whether an effect still is the newest truth; locks the subscription it is about, if about any, until the transaction ends. After the payment, before the inbox. {unread}: nobody read anything yet, who asks wants to know whether they must.';

create function billing.plan_price(product text, provider_price_id text)
returns billing.prices
language sql
stable
set search_path = ''
begin atomic
  select p.* from billing.prices p join billing.offers o on o.id = p.offer_id
  where o.product = plan_price.product and o.kind = 'plan' and p.provider_price_id = plan_price.provider_price_id
  order by p.active_from desc limit 1;
end;

comment on function billing.plan_price(text, text) is 'The price of a product''s plans that the provider calls so; null: none.';

create function billing.plan_of_price(price billing.prices)
returns uuid
language sql
stable
set search_path = ''
begin atomic
  select p.id from billing.plans p where p.offer_id = price.offer_id;
end;

comment on function billing.plan_of_price(billing.prices) is 'The plan that a price is for.';

create function billing.apply_subscription(provider text, effect jsonb, occurred_at timestamptz)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  told constant jsonb := effect -> 'subscription';
  known billing.subscriptions;
  current_one billing.subscriptions;
  ordered billing.subscription_orders;
  price billing.prices;
begin
  -- LOCK
  if told is null then
    return billing.verdict('ignored', 'not_ours');
  end if;
  select * into known from billing.subscriptions s
  where s.provider = apply_subscription.provider and s.provider_subscription_id = told ->> 'provider_subscription_id' for no key update;
  select * into ordered from billing.subscription_orders o
  where o.id = (told ->> 'order_id')::uuid and o.request = 'subscribe'
    and o.product = told ->> 'product' and o.holder = (told ->> 'holder')::uuid for no key update;

  -- GUARD
  if known.id is null and ordered.id is null then
    return billing.verdict('ignored', 'not_ours');
  end if;
  if coalesce(known.version, 0) is distinct from (effect ->> 'version')::bigint then
    -- Somebody replays an event: what is true now is read once more.
    perform billing.queue_reading(told ->> 'provider_subscription_id', 'replay:' || gen_random_uuid());
    return billing.verdict('ignored', 'read_again');
  end if;
  price := billing.plan_price(coalesce(known.product, ordered.product), told ->> 'provider_price_id');
  if price.id is null then
    return billing.verdict('dead', 'unknown_price');
  end if;

  -- WRITE
  current_one := billing.write_subscription(provider, known, ordered, price, told, occurred_at);
  perform billing.tell_of_subscription(known, current_one);
  if effect -> 'invoice' is not null then
    return billing.apply_subscription_invoice(current_one, effect);
  end if;
  return billing.verdict('applied') || jsonb_build_object('state', current_one.state);
end
$$;

comment on function billing.apply_subscription(text, jsonb, timestamptz) is
  'Writes what is true of a subscription at the provider, and books the invoice that the event was about. One that neither is known nor names an order of ours is somebody else''s: ignored.';

create function billing.write_subscription(
  provider text, known billing.subscriptions, ordered billing.subscription_orders, price billing.prices, told jsonb, occurred_at timestamptz
)
returns billing.subscriptions
language plpgsql
volatile
set search_path = ''
as $$
declare
  fact billing.subscriptions := known;
begin
  fact.plan_id := billing.plan_of_price(price);
  fact.price_id := price.id;
  fact.state := told ->> 'state';
  fact.current_period_start := told ->> 'current_period_start';
  fact.current_period_end := told ->> 'current_period_end';
  fact.cancel_at_period_end := coalesce((told ->> 'cancel_at_period_end')::boolean, false);
  fact.next_plan_id := billing.plan_of_price(billing.plan_price(coalesce(known.product, ordered.product), told ->> 'next_provider_price_id'));
  fact.started_at := coalesce(known.started_at, (told ->> 'started_at')::timestamptz, occurred_at);
  fact.cancelled_at := told ->> 'cancelled_at';
  fact.ended_at := case when fact.state in ('canceled', 'incomplete_expired')
    then greatest(coalesce((told ->> 'ended_at')::timestamptz, occurred_at), fact.started_at) end;
  if known.id is not null then
    update billing.subscriptions s
    set (plan_id, price_id, state, current_period_start, current_period_end, cancel_at_period_end, next_plan_id, cancelled_at, ended_at, version)
      = (fact.plan_id, fact.price_id, fact.state, fact.current_period_start, fact.current_period_end, fact.cancel_at_period_end,
        case when fact.ended_at is null then nullif(fact.next_plan_id, fact.plan_id) end, fact.cancelled_at, fact.ended_at, s.version + 1)
    where s.id = known.id returning * into fact;
    return fact;
  end if;
  fact.is_duplicate := fact.ended_at is null
    and (billing.open_subscription_of(ordered.product, ordered.holder)).id is not null;
  insert into billing.subscriptions (product, holder, plan_id, price_id, provider, provider_subscription_id, state, current_period_start,
    current_period_end, cancel_at_period_end, next_plan_id, started_at, cancelled_at, ended_at, is_duplicate)
  values (ordered.product, ordered.holder, fact.plan_id, fact.price_id, provider, told ->> 'provider_subscription_id', fact.state,
    fact.current_period_start, fact.current_period_end, fact.cancel_at_period_end, nullif(fact.next_plan_id, fact.plan_id),
    fact.started_at, fact.cancelled_at, fact.ended_at, fact.is_duplicate)
  returning * into fact;
  update billing.subscription_orders o set state = 'done', refusal = null, concluded_at = coalesce(o.concluded_at, private.now()),
    subscription_id = fact.id
  where o.id = ordered.id and o.subscription_id is null;
  if exists (select from auth.users u where u.id = fact.holder) then
    perform billing.note_customer(fact.product, fact.holder, provider, told ->> 'customer_id');
  end if;
  if fact.ended_at is null and (fact.is_duplicate or not exists (select from auth.users u where u.id = fact.holder)) then
    perform billing.queue_cancellation(fact);
    perform audit.record('subscription.surplus', 'subscription:' || fact.id, jsonb_build_object('is_duplicate', fact.is_duplicate));
  end if;
  return fact;
end
$$;

comment on function billing.write_subscription(text, billing.subscriptions, billing.subscription_orders, billing.prices, jsonb, timestamptz) is
  'The row of a subscription as the provider has it. A second one of a holder, or one of somebody who is gone, is ended at the provider.';

create function billing.subscription_event(subscription billing.subscriptions)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
  select jsonb_build_object(
    'subscription_id', subscription.id, 'product', subscription.product, 'holder', subscription.holder, 'state', subscription.state,
    'plan', p.code, 'plan_title', p.title, 'current_period_end', subscription.current_period_end,
    'cancel_at_period_end', subscription.cancel_at_period_end,
    'next_plan', (select n.code from billing.plans n where n.id = subscription.next_plan_id))
  from billing.plans p where p.id = subscription.plan_id;
end;

comment on function billing.subscription_event(billing.subscriptions) is 'What others are told of a subscription.';

create function billing.tell_of_subscription(before billing.subscriptions, now_is billing.subscriptions)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  topic constant text := case
    when before.ended_at is null and now_is.ended_at is not null then 'subscription.ended'
    when before.id is null or before.state = 'incomplete' and now_is.state in ('trialing', 'active') then 'subscription.started'
    when before.state is distinct from now_is.state then 'subscription.' || now_is.state
    when before.plan_id <> now_is.plan_id then 'subscription.changed'
    when before.cancel_at_period_end <> now_is.cancel_at_period_end
      then case when now_is.cancel_at_period_end then 'subscription.ending' else 'subscription.resumed' end
    when before.next_plan_id is distinct from now_is.next_plan_id then 'subscription.change_scheduled'
  end;
  facts constant jsonb := billing.subscription_event(now_is) || jsonb_strip_nulls(jsonb_build_object(
    'was_state', before.state, 'was_plan', (select p.code from billing.plans p where p.id = before.plan_id)));
begin
  if topic is not null then
    perform audit.record(topic, 'subscription:' || now_is.id, facts - 'holder');
    perform events.publish(topic, facts, format('%s:%s:%s', topic, now_is.id, now_is.version));
  end if;
end
$$;

comment on function billing.tell_of_subscription(billing.subscriptions, billing.subscriptions) is
  'Says to the log and the outbox what changed of a subscription, by one name: started, its new state, changed, ending, resumed, change_scheduled or ended.';

create function billing.queue_reading(provider_subscription_id text, dedupe_key text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  perform jobs.enqueue('stripe.subscription', jsonb_build_object('provider_subscription_id', provider_subscription_id),
    dedupe_key, max_attempts => 20);
end
$$;

comment on function billing.queue_reading(text, text) is 'Has the worker read a subscription and its paid invoices at the provider.';

create function billing.queue_cancellation(subscription billing.subscriptions)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  perform jobs.enqueue('stripe.cancel-subscription',
    jsonb_build_object('provider_subscription_id', subscription.provider_subscription_id),
    subscription.provider_subscription_id, max_attempts => 20);
end
$$;

comment on function billing.queue_cancellation(billing.subscriptions) is 'Has the worker end a subscription at the provider, at once.';

create function billing.queue_stale_subscriptions()
returns integer
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  stale billing.subscriptions;
  queued integer := 0;
begin
  for stale in
    select * from billing.subscriptions s
    where s.ended_at is null and (s.current_period_end < private.now() - interval '1 day' or s.updated_at < private.now() - interval '7 days')
    order by s.updated_at limit 1000
  loop
    perform billing.queue_reading(stale.provider_subscription_id,
      format('stale:%s:%s', stale.id, to_char(private.now() at time zone 'UTC', 'YYYY-MM-DD')));
    queued := queued + 1;
  end loop;
  return queued;
end
$$;

comment on function billing.queue_stale_subscriptions() is
  'Queues the reading of subscriptions whose period is over by a day without news, or of which nothing was heard for a week; how many. Part of reconciliation. Definer: see billing.open_subscription.';

create function billing.subscriptions_of_leaver(fact_id bigint)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  told constant jsonb := events.read_fact(fact_id) -> 'payload';
begin
  return (
    select coalesce(jsonb_agg(s.provider_subscription_id), '[]') from billing.subscriptions s
    where s.product = told ->> 'product' and s.holder = (told ->> 'holder')::uuid and s.ended_at is null
      and (private.is_leaving(s.holder) or not private.is_active(s.product, s.holder))
  );
end
$$;

comment on function billing.subscriptions_of_leaver(bigint) is
  'The open subscriptions of who asked to be erased (a fact account.erasure_requested) or whose account was closed (account.closed), by the provider''s names; none once they stay. Definer: see billing.open_subscription.';

grant execute on function billing.subscription_version(text, text) to service_role;
grant execute on function billing.queue_stale_subscriptions() to service_role;
grant execute on function billing.subscriptions_of_leaver(bigint) to service_role;
