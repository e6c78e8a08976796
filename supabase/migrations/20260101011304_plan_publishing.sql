-- A product's plans for its admins: every version of their prices, and changing them.

create function billing.plan_answer(plan billing.plans)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
  select jsonb_build_object(
    'product', plan.product, 'plan', plan.code, 'title', plan.title, 'description', plan.description, 'rank', plan.rank,
    'rolls_over_days', (extract(epoch from plan.rolls_over) / 86400)::integer, 'active', plan.active, 'version', plan.version,
    'updated_at', plan.updated_at,
    'subscribers', (
      select count(*) from billing.subscriptions s
      where s.product = plan.product and s.plan_id = plan.id and s.state in ('trialing', 'active', 'past_due') and not s.is_duplicate),
    'prices', (
      select coalesce(jsonb_agg(jsonb_build_object('price_id', r.id, 'currency', r.currency, 'amount', r.amount, 'credits', r.credits,
        'active_from', r.active_from, 'retired_at', r.retired_at) order by r.active_from desc, r.currency), '[]')
      from billing.prices r where r.offer_id = plan.offer_id));
end;

comment on function billing.plan_answer(billing.plans) is 'A plan as admins are shown it.';

create function billing.all_plans(product text)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform billing.require_publisher(product);
  return (
    select coalesce(jsonb_agg(billing.plan_answer(p) order by p.rank), '[]') from billing.plans p where p.product = all_plans.product
  );
end
$$;

comment on function billing.all_plans(text) is 'See api.all_plans. Definer: see billing.publish_price; the caller must be an admin of the product.';

create function billing.change_plan(product text, plan text, expected_version integer, change jsonb)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  known billing.plans;
  wanted billing.plans;
  price constant jsonb := change -> 'price';
  days constant integer := (change ->> 'rolls_over_days')::integer;
  live uuid[];
  published jsonb;
  wrong text;
begin
  -- LOCK
  perform billing.require_publisher(product);
  select p.* into known from billing.plans p where p.product = change_plan.product and p.code = change_plan.plan for no key update;
  if not found then
    perform private.raise_problem(404, 'unknown_plan', 'There is no such plan.', '{"field": "plan"}');
  end if;

  -- GUARD
  if known.version is distinct from expected_version then
    perform private.raise_problem(409, 'version_conflict', 'The plan was changed meanwhile. Look at it again.',
      jsonb_build_object('version', known.version));
  end if;
  wrong := case
    when change ->> 'title' = '' then 'title'
    when days not between 0 and 366 then 'rolls_over_days'
    when price is not null and known.offer_id is null then 'price'
  end;
  if wrong is not null then
    perform private.raise_problem(422, 'invalid_request', 'This cannot be part of the plan.', jsonb_build_object('field', wrong));
  end if;

  -- WRITE: who is subscribed stays at their price; what was paid for keeps its time.
  update billing.plans p set
    title = coalesce(change ->> 'title', p.title),
    description = coalesce(change ->> 'description', p.description),
    rolls_over = coalesce(make_interval(days => days), p.rolls_over),
    active = coalesce((change ->> 'active')::boolean, p.active)
  where p.id = known.id returning p.* into wanted;
  if wanted.version <> known.version then
    perform audit.record('plan.changed', format('plan:%s/%s', product, plan), jsonb_build_object(
      'from', jsonb_build_object('title', known.title, 'description', known.description, 'rolls_over', known.rolls_over, 'active', known.active),
      'to', jsonb_build_object('title', wanted.title, 'description', wanted.description, 'rolls_over', wanted.rolls_over, 'active', wanted.active)));
  end if;
  if price is not null then
    live := array(select r.id from billing.prices r where r.offer_id = known.offer_id and r.retired_at is null);
    published := billing.publish_price_as_admin(
      product, plan, price ->> 'currency', (price ->> 'amount')::bigint, (price ->> 'credits')::bigint, wanted.title, null);
    if (published ->> 'price_id')::uuid <> all (live) then
      update billing.plans p set version = p.version + 1 where p.id = known.id returning p.* into wanted;
    end if;
  end if;
  return billing.plan_answer(wanted);
end
$$;

comment on function billing.change_plan(text, text, integer, jsonb) is
  'See api.change_plan. Definer: see billing.publish_price; the caller must be an admin of the product.';

create function api.all_plans(product text)
returns jsonb
language sql
stable
set search_path = ''
return billing.all_plans(product);

comment on function api.all_plans(text) is
  'For admins of a product: its plans, the lowest first, with every version of their prices and how many enjoy each: [{product, plan, title, description, rank, rolls_over_days, active, version, updated_at, subscribers, prices}].';

create function api.change_plan(product text, plan text, expected_version integer, change jsonb)
returns jsonb
language sql
volatile
set search_path = ''
return billing.change_plan(product, plan, expected_version, change);

comment on function api.change_plan(text, text, integer, jsonb) is
  'For admins of a product: changes a plan ({title, description, rolls_over_days, active, price: {currency, amount, credits}} as far as given) if it still has the version that the caller saw, else version_conflict (409). A price is a new version: who is subscribed stays at theirs until they change their plan.';

grant execute on function billing.all_plans(text) to authenticated;
grant execute on function billing.change_plan(text, text, integer, jsonb) to authenticated;
grant execute on function api.all_plans(text) to authenticated;
grant execute on function api.change_plan(text, text, integer, jsonb) to authenticated;
