-- Subscriptions: who is on which plan, as the payment provider says, and what that was at any time before.

create type billing.subscription_state as enum (
  'incomplete', 'incomplete_expired', 'trialing', 'active', 'past_due', 'unpaid', 'paused', 'canceled');
comment on type billing.subscription_state is 'Stripe''s states, by Stripe''s names: https://docs.stripe.com/api/subscriptions/object#subscription_object-status';

create table billing.subscriptions (
  id uuid primary key default gen_random_uuid(),
  product text not null,
  holder uuid not null,
  plan_id uuid not null references billing.plans (id),
  price_id uuid not null references billing.prices (id),
  provider text not null default 'stripe' check (provider ~ '^[a-z][a-z_]{1,19}$'),
  provider_subscription_id text not null check (provider_subscription_id <> ''),
  state billing.subscription_state not null,
  current_period_start timestamptz,
  current_period_end timestamptz,
  cancel_at_period_end boolean not null default false,
  next_plan_id uuid references billing.plans (id),
  started_at timestamptz not null,
  cancelled_at timestamptz,
  ended_at timestamptz,
  is_duplicate boolean not null default false,
  version bigint not null default 1,
  created_at timestamptz not null default private.now(),
  updated_at timestamptz not null default private.now(),
  unique (provider, provider_subscription_id),
  foreign key (product, holder) references ledger.holders (product, holder),
  constraint subscriptions_period check (current_period_end > current_period_start),
  constraint subscriptions_end check ((state in ('canceled', 'incomplete_expired')) = (ended_at is not null)),
  constraint subscriptions_lifetime check (ended_at >= started_at)
);

create unique index subscriptions_open on billing.subscriptions (holder, product) where ended_at is null and not is_duplicate;
create index subscriptions_of_holder on billing.subscriptions (holder, product, started_at);
create index subscriptions_by_product on billing.subscriptions (product, holder);
create index subscriptions_by_plan on billing.subscriptions (plan_id);
create index subscriptions_by_next_plan on billing.subscriptions (next_plan_id);
create index subscriptions_by_price on billing.subscriptions (price_id);

alter table billing.subscriptions enable row level security;

create policy subscriptions_read_own on billing.subscriptions for select to authenticated
  using (holder = (select auth.uid()));

grant select (id, product, holder, plan_id, price_id, state, current_period_start, current_period_end, cancel_at_period_end,
  next_plan_id, started_at, cancelled_at, ended_at, is_duplicate, created_at, updated_at) on billing.subscriptions to authenticated, service_role;
grant usage on type billing.subscription_state to authenticated, service_role;

create trigger subscriptions_move_legally before update of state on billing.subscriptions
  for each row execute function private.guard_transition('state');
create trigger subscriptions_touch before update on billing.subscriptions
  for each row execute function private.touch_updated_at();
create trigger subscriptions_are_kept before delete or truncate on billing.subscriptions
  for each statement execute function private.refuse_change();

-- Stripe moves freely between the states of one that goes on, and never back from an end.
insert into private.transitions (machine, from_state, to_state)
select 'billing.subscriptions.state', before.state, after.state
from unnest(array['incomplete', 'trialing', 'active', 'past_due', 'unpaid', 'paused']) before (state),
  unnest(array['trialing', 'active', 'past_due', 'unpaid', 'paused', 'canceled', 'incomplete_expired']) after (state)
where before.state <> after.state and (after.state <> 'incomplete_expired' or before.state = 'incomplete');

comment on table billing.subscriptions is
  'One row for each subscription at a provider; a holder has one that is open in a product. Written by the webhook''s functions.';
comment on column billing.subscriptions.next_plan_id is 'The plan that it changes to when the period ends (a downgrade); null: it stays.';
comment on column billing.subscriptions.is_duplicate is
  'It began while another of its holder was open; it is ended at the provider, and what was paid for it was granted.';
comment on column billing.subscriptions.version is
  'How often the provider''s truth was written here. Who reads it there names the version that was here before they asked; another by then: they read again.';
comment on column billing.subscriptions.cancelled_at is 'When it was asked to end, though it may go on until the period ends.';

create table billing.subscription_periods (
  id uuid primary key default gen_random_uuid(),
  subscription_id uuid not null references billing.subscriptions (id),
  plan_id uuid not null references billing.plans (id),
  subscription_state billing.subscription_state not null,
  started_at timestamptz not null,
  ended_at timestamptz,
  created_at timestamptz not null default private.now(),
  constraint subscription_periods_lifetime check (ended_at >= started_at)
);

create unique index subscription_periods_open on billing.subscription_periods (subscription_id) where ended_at is null;
create index subscription_periods_of on billing.subscription_periods (subscription_id, started_at);
create index subscription_periods_by_plan on billing.subscription_periods (plan_id);

alter table billing.subscription_periods enable row level security;

create policy subscription_periods_read_own on billing.subscription_periods for select to authenticated
  using (subscription_id in (select s.id from billing.subscriptions s where s.holder = (select auth.uid())));

grant select on billing.subscription_periods to authenticated, service_role;

create trigger subscription_periods_are_kept before delete or truncate on billing.subscription_periods
  for each statement execute function private.refuse_change();

comment on table billing.subscription_periods is
  'What a subscription''s plan and state were, from when until when. Written by a trigger, so that no change is without.';

create function billing.keep_subscription_periods()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  update billing.subscription_periods p set ended_at = greatest(coalesce(new.ended_at, private.now()), p.started_at)
  where p.subscription_id = new.id and p.ended_at is null;
  insert into billing.subscription_periods (subscription_id, plan_id, subscription_state, started_at, ended_at)
  values (new.id, new.plan_id, new.state,
    case when tg_op = 'INSERT' then new.started_at else coalesce(new.ended_at, private.now()) end, new.ended_at);
  return null;
end
$$;

comment on function billing.keep_subscription_periods() is
  'Trigger: ends the period that a subscription was in and begins the one it is in now. Definer: periods are written by this function alone.';

create trigger subscriptions_begin_a_period after insert on billing.subscriptions
  for each row execute function billing.keep_subscription_periods();
create trigger subscriptions_change_period after update of state, plan_id on billing.subscriptions
  for each row when ((old.state, old.plan_id) is distinct from (new.state, new.plan_id))
  execute function billing.keep_subscription_periods();

create function billing.plan_of(product text, holder uuid)
returns text
language sql
stable
security definer
set search_path = ''
begin atomic
  -- One that is unpaid or was never paid gives nothing; one past due has its grace.
  select coalesce((
    select p.code from billing.subscriptions s join billing.plans p on p.id = s.plan_id
    where s.product = plan_of.product and s.holder = plan_of.holder and s.state in ('trialing', 'active', 'past_due')
      and not s.is_duplicate
  ), (
    select p.code from billing.plans p where p.product = plan_of.product and p.offer_id is null and p.active order by p.rank limit 1
  ));
end;

comment on function billing.plan_of(text, uuid) is
  'The code of the plan that a holder enjoys now: the subscribed one, else the free one; null where there is neither. Definer: asked for any holder, by functions.';

create function billing.provider_reference(kind text, id uuid)
returns text
language sql
stable
security definer
set search_path = ''
begin atomic
  select case kind
    when 'payment_intent' then (select i.payment_intent_id from billing.invoices i where i.id = provider_reference.id)
    when 'subscription' then (select s.provider_subscription_id from billing.subscriptions s where s.id = provider_reference.id)
  end
  where private.caller_role() <> 'authenticated';
end;

comment on function billing.provider_reference(text, uuid) is
  'What the provider calls an invoice''s payment (payment_intent) or a subscription, for products'' views; null for users. Definer: the names are selectable by no API role.';

create function billing.provider_customer(product text, holder uuid)
returns text
language sql
stable
security definer
set search_path = ''
begin atomic
  select c.provider_customer_id from billing.customers c
  where c.product = provider_customer.product and c.holder = provider_customer.holder and c.provider = 'stripe'
    and private.caller_role() <> 'authenticated';
end;

comment on function billing.provider_customer(text, uuid) is
  'What Stripe calls a holder, for products'' views; null for users. Definer: see billing.provider_reference.';

grant execute on function billing.provider_reference(text, uuid) to authenticated, service_role;
grant execute on function billing.provider_customer(text, uuid) to authenticated, service_role;
