-- Plans: what is sold by the month. A plan's price is that of an offer of the same code; a plan without an offer is free.

create table billing.plans (
  id uuid primary key default gen_random_uuid(),
  product text not null check (product ~ '^[a-z][a-z0-9_]{1,31}$'),
  code text not null check (code ~ '^[a-z0-9][a-z0-9_-]{0,49}$'),
  title text not null check (title <> ''),
  description text not null default '',
  rank integer not null default 0,
  offer_id bigint unique references billing.offers (id),
  rolls_over interval not null default '0' check (rolls_over >= interval '0'),
  active boolean not null default true,
  version integer not null default 1 check (version > 0),
  created_at timestamptz not null default private.now(),
  updated_at timestamptz not null default private.now(),
  unique (product, code)
);

alter table billing.plans enable row level security;

create policy plans_read on billing.plans for select to authenticated using (true);
grant select on billing.plans to authenticated, service_role;

create trigger plans_touch before update on billing.plans
  for each row execute function private.touch_updated_at();

comment on table billing.plans is 'What can be subscribed to, and the free plan of those who subscribe to nothing. Written by billing.publish_plan.';
comment on column billing.plans.rank is 'Higher is more: a change to a higher rank is an upgrade. The order on the price page.';
comment on column billing.plans.offer_id is 'The offer whose prices are this plan''s by the month; null: free.';
comment on column billing.plans.version is 'Raised by each change; whoever changes a plan names the version that they saw. Prices have versions of their own.';
comment on column billing.plans.rolls_over is 'How long the credits of a month can be spent after it has ended; 0: not at all.';

create trigger plans_are_counted before update of title, description, rank, rolls_over, active on billing.plans
  for each row when ((old.title, old.description, old.rank, old.rolls_over, old.active)
    is distinct from (new.title, new.description, new.rank, new.rolls_over, new.active))
  execute function private.count_version();

create function billing.publish_plan(
  product text,
  code text,
  title text,
  rank integer,
  description text default '',
  rolls_over interval default '0',
  currency text default null,
  amount bigint default null,
  credits bigint default null
)
returns uuid
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  plan_id uuid;
  offer bigint;
begin
  if amount is not null then
    insert into billing.offers (product, code, title, default_currency, kind) values (product, code, title, currency, 'plan')
    on conflict on constraint offers_product_code_key do nothing;
    perform billing.publish_price(product, code, currency, amount, credits, title);
    select o.id into strict offer from billing.offers o
    where o.product = publish_plan.product and o.code = publish_plan.code and o.kind = 'plan';
  end if;
  insert into billing.plans as p (product, code, title, rank, description, rolls_over, offer_id)
  values (product, code, title, rank, description, rolls_over, offer)
  on conflict on constraint plans_product_code_key do update set title = excluded.title, rank = excluded.rank,
    description = excluded.description, rolls_over = excluded.rolls_over, offer_id = coalesce(excluded.offer_id, p.offer_id), active = true
  returning p.id into plan_id;
  perform audit.record('plan.published', format('plan:%s/%s', product, code), jsonb_build_object(
    'title', title, 'rank', rank, 'rolls_over', rolls_over, 'currency', currency, 'amount', amount, 'credits', credits));
  return plan_id;
end
$$;

comment on function billing.publish_plan(text, text, text, integer, text, interval, text, bigint, bigint) is
  'Makes or changes a plan and, where an amount is given, its live price by the month in a currency (minor units); returns its id. Definer: see billing.publish_price.';

grant execute on function billing.publish_plan(text, text, text, integer, text, interval, text, bigint, bigint) to service_role;

create function billing.live_plans(product text)
returns jsonb
language sql
stable
security definer
set search_path = ''
begin atomic
  select coalesce(jsonb_agg(jsonb_build_object(
    'plan', p.code, 'title', p.title, 'description', p.description,
    'rolls_over_days', (extract(epoch from p.rolls_over) / 86400)::integer,
    'prices', (
      select coalesce(jsonb_agg(jsonb_build_object('currency', r.currency, 'amount', r.amount, 'credits', r.credits) order by r.currency), '[]')
      from billing.prices r where r.offer_id = p.offer_id and r.retired_at is null)) order by p.rank), '[]')
  from billing.plans p left join billing.offers o on o.id = p.offer_id
  where p.product = live_plans.product and p.active and coalesce(o.active, true);
end;

comment on function billing.live_plans(text) is 'See api.live_plans. Definer: see billing.publish_price.';

grant execute on function billing.live_plans(text) to service_role;
