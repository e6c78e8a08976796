-- Publishing prices and rates, and asking for them.

create function billing.publish_price(
  product text,
  offer_code text,
  currency text,
  amount bigint,
  credits bigint,
  title text default null,
  valid_for interval default null
)
returns uuid
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  offer billing.offers;
  live billing.prices;
  price_id uuid;
begin
  -- LOCK
  insert into billing.offers as o (product, code, title, default_currency)
  values (product, offer_code, coalesce(title, initcap(offer_code)), currency)
  on conflict on constraint offers_product_code_key do update set title = coalesce(publish_price.title, o.title), active = true
  returning o.* into offer;
  select * into live from billing.prices p
  where p.offer_id = offer.id and p.currency = publish_price.currency and p.retired_at is null;
  if (live.amount, live.credits) = (publish_price.amount, publish_price.credits)
    and live.valid_for is not distinct from publish_price.valid_for then
    return live.id;
  end if;

  -- WRITE
  update billing.prices p set retired_at = private.now() where p.id = live.id;
  insert into billing.prices (offer_id, currency, amount, credits, valid_for)
  values (offer.id, publish_price.currency, publish_price.amount, publish_price.credits, publish_price.valid_for)
  returning id into price_id;
  perform audit.record('price.published', format('offer:%s/%s', product, offer_code), jsonb_build_object(
    'price_id', price_id, 'currency', currency, 'amount', amount, 'credits', credits, 'valid_for', valid_for, 'retired', live.id));
  return price_id;
end
$$;

comment on function billing.publish_price(text, text, text, bigint, bigint, text, interval) is
  'Makes this the live price of an offer in a currency and returns its id; the version before it is retired, an equal one is kept. Creates the offer when it is new. Amount in minor units. Definer: the catalogue is written by these functions alone.';

create function billing.retire_offer(product text, offer_code text)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  update billing.offers o set active = false where o.product = retire_offer.product and o.code = offer_code and o.active;
  if found then
    perform audit.record('offer.retired', format('offer:%s/%s', product, offer_code));
  end if;
end
$$;

comment on function billing.retire_offer(text, text) is
  'Stops the sale of an offer until a price is published again. Idempotent. Definer: see billing.publish_price.';

create function billing.link_price(price_id uuid, provider_price_id text)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  update billing.prices p set provider_price_id = link_price.provider_price_id where p.id = price_id;
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no such price.');
  end if;
end
$$;

comment on function billing.link_price(uuid, text) is
  'Records the id that a price has at the payment provider. Definer: see billing.publish_price.';

create function billing.live_prices(product text)
returns jsonb
language sql
stable
security definer
set search_path = ''
begin atomic
  select coalesce(jsonb_agg(jsonb_build_object(
    'price_id', p.id, 'product', o.product, 'offer', o.code, 'title', o.title, 'kind', o.kind, 'currency', p.currency, 'amount', p.amount,
    'credits', p.credits, 'valid_for', p.valid_for, 'provider', c.provider, 'provider_price_id', p.provider_price_id)
    order by o.product, o.id, p.currency), '[]')
  from billing.offers o join billing.prices p on p.offer_id = o.id and p.retired_at is null
  join billing.currencies c on c.code = p.currency
  where o.active and (live_prices.product is null or o.product = live_prices.product);
end;

comment on function billing.live_prices(text) is
  'What is sold now, by a product or (null) by all: an array of {price_id, product, offer, title, kind, currency, amount, credits, valid_for, provider, provider_price_id}. Definer: see billing.publish_price.';

create function billing.publish_rate(product text, feature text, credits bigint)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  -- LOCK: one publisher at a time; rates change rarely.
  lock table billing.rates in share row exclusive mode;
  if exists (
    select from billing.rates r where r.product = publish_rate.product and r.feature = publish_rate.feature
      and r.credits = publish_rate.credits and r.retired_at is null
  ) then
    return;
  end if;

  -- WRITE
  update billing.rates r set retired_at = private.now()
  where r.product = publish_rate.product and r.feature = publish_rate.feature and r.retired_at is null;
  insert into billing.rates (product, feature, credits) values (product, feature, credits);
  perform audit.record('rate.published', format('rate:%s/%s', product, feature), jsonb_build_object('credits', credits));
end
$$;

comment on function billing.publish_rate(text, text, bigint) is
  'Makes this the live price of a feature in credits; the version before it is retired, an equal one is kept. Definer: see billing.publish_price.';

create function billing.rate(product text, feature text)
returns bigint
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  credits bigint;
begin
  select r.credits into credits from billing.rates r
  where r.product = rate.product and r.feature = rate.feature and r.retired_at is null;
  if not found then
    perform private.raise_problem(404, 'unknown_feature', format('%s has no feature with this name and a price.', product),
      '{"field": "feature"}');
  end if;
  return credits;
end
$$;

comment on function billing.rate(text, text) is
  'What a feature costs now, in credits. Unknown: unknown_feature (404). Definer: see billing.publish_price.';

create function billing.require_publisher(product text)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  perform private.require_admin(product);
  if product is null or to_regprocedure(format('private.%I(uuid)', product || '_admit')) is null then
    perform private.raise_problem(404, 'unknown_product', 'There is no such product.', '{"field": "product"}');
  end if;
end
$$;

comment on function billing.require_publisher(text) is
  'Raises admin_required (403) unless the caller administers the product, unknown_product (404) unless there is one.';

create function billing.publish_price_as_admin(
  product text,
  offer_code text,
  currency text,
  amount bigint,
  credits bigint,
  title text,
  valid_for_days integer
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  price_id uuid;
  wrong text;
begin
  -- GUARD
  perform billing.require_publisher(product);
  wrong := case
    when offer_code is null or offer_code !~ '^[a-z0-9][a-z0-9_-]{0,49}$' then 'offer'
    when not exists (select from billing.currencies c where c.code = publish_price_as_admin.currency) then 'currency'
    when amount is null or amount not between 1 and 9999999999 then 'amount'
    when credits is null or credits not between 1 and 1000000000 then 'credits'
    when title = '' then 'title'
    when valid_for_days not between 1 and 36500 then 'valid_for_days'
  end;
  if wrong is not null then
    perform private.raise_problem(422, 'invalid_request', 'This cannot be part of a price.', jsonb_build_object('field', wrong));
  end if;

  -- WRITE: it can be paid for once the payment provider has it too.
  price_id := billing.publish_price(product, offer_code, currency, amount, credits, title, make_interval(days => valid_for_days));
  if exists (
    select from billing.prices p join billing.currencies c on c.code = p.currency
    where p.id = price_id and p.provider_price_id is null and c.provider = 'stripe'
  ) then
    perform jobs.enqueue('stripe.catalogue', '{}', price_id::text, max_attempts => 20);
  end if;
  return (
    select jsonb_build_object('price_id', p.id, 'product', o.product, 'offer', o.code, 'title', o.title, 'currency', p.currency,
      'amount', p.amount, 'credits', p.credits, 'valid_for_days', extract(day from p.valid_for)::integer, 'active_from', p.active_from)
    from billing.prices p join billing.offers o on o.id = p.offer_id where p.id = price_id
  );
end
$$;

comment on function billing.publish_price_as_admin(text, text, text, bigint, bigint, text, integer) is
  'See api.publish_price. Definer: see billing.publish_price; the caller must be an admin of the product.';

create function billing.publish_rate_as_admin(product text, feature text, credits bigint)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform billing.require_publisher(product);
  if not exists (select from billing.rates r where r.product = publish_rate_as_admin.product and r.feature = publish_rate_as_admin.feature) then
    perform private.raise_problem(404, 'unknown_feature', format('%s has no feature with this name.', product), '{"field": "feature"}');
  end if;
  if credits is null or credits not between 1 and 1000000 then
    perform private.raise_problem(422, 'invalid_request', 'A feature costs from 1 to 1000000 credits.', '{"field": "credits"}');
  end if;
  perform billing.publish_rate(product, feature, credits);
  return (
    select jsonb_build_object('product', r.product, 'feature', r.feature, 'credits', r.credits, 'active_from', r.active_from)
    from billing.rates r
    where r.product = publish_rate_as_admin.product and r.feature = publish_rate_as_admin.feature and r.retired_at is null
  );
end
$$;

comment on function billing.publish_rate_as_admin(text, text, bigint) is
  'See api.publish_rate. Definer: see billing.publish_price; the caller must be an admin of the product.';

create function billing.retire_offer_as_admin(product text, offer_code text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform billing.require_publisher(product);
  if not exists (select from billing.offers o where o.product = retire_offer_as_admin.product and o.code = offer_code) then
    perform private.raise_problem(404, 'unknown_offer', 'There is no such offer.', '{"field": "offer"}');
  end if;
  perform billing.retire_offer(product, offer_code);
  return jsonb_build_object('product', product, 'offer', offer_code, 'active', false);
end
$$;

comment on function billing.retire_offer_as_admin(text, text) is
  'See api.retire_offer. Definer: see billing.publish_price; the caller must be an admin of the product.';

create function billing.live_rates(product text)
returns jsonb
language sql
stable
security definer
set search_path = ''
begin atomic
  select coalesce(jsonb_object_agg(r.feature, r.credits), '{}')
  from billing.rates r where r.product = live_rates.product and r.retired_at is null;
end;

comment on function billing.live_rates(text) is 'What the features of a product cost now: {feature: credits}. Definer: see billing.publish_price.';

grant execute on function billing.publish_price(text, text, text, bigint, bigint, text, interval) to service_role;
grant execute on function billing.retire_offer(text, text) to service_role;
grant execute on function billing.link_price(uuid, text) to service_role;
grant execute on function billing.live_prices(text) to service_role;
grant execute on function billing.publish_rate(text, text, bigint) to service_role;
grant execute on function billing.rate(text, text) to authenticated, service_role;
grant execute on function billing.publish_price_as_admin(text, text, text, bigint, bigint, text, integer) to authenticated;
grant execute on function billing.publish_rate_as_admin(text, text, bigint) to authenticated;
grant execute on function billing.retire_offer_as_admin(text, text) to authenticated;
grant execute on function billing.live_rates(text) to service_role;
