-- DTF Editor: the contract's projections of the kernel. Every view runs with its reader's own rights.

create function private.dtf_email(user_id uuid)
returns text
language sql
stable
security definer
set search_path = ''
begin atomic
  select u.email from auth.users u
  where u.id = dtf_email.user_id and (u.id = (select auth.uid()) or private.caller_role() <> 'authenticated');
end;

comment on function private.dtf_email(uuid) is
  'Somebody''s address as Auth has it, which is the only copy; a user learns only their own. Definer: Auth''s tables are not for API roles.';

grant execute on function private.dtf_email(uuid) to authenticated, service_role;

create view dtf.subscription_plans with (security_invoker = true) as
select
  p.id, p.code as name, null::text as stripe_price_id, p.description,
  round(r.amount / 10::numeric ^ c.exponent, c.exponent) as monthly_price,
  coalesce(r.credits, 0) as credits_per_month,
  jsonb_build_object(
    'pictures_kept_days', extract(day from t.pictures_kept_for)::integer,
    'max_pictures', t.max_pictures,
    'max_file_mb', t.max_file_bytes / 1048576,
    'credits_roll_over_months', extract(month from p.rolls_over)::integer) as features,
  p.active as is_active, p.rank as sort_order, p.created_at, p.updated_at,
  p.title, r.currency, r.id as price_id
from billing.plans p
join dtf.plan_terms t on t.plan_id = p.id
left join billing.prices r on r.offer_id = p.offer_id and r.retired_at is null
left join billing.currencies c on c.code = r.currency
where p.product = 'dtf';

grant select on dtf.subscription_plans to authenticated, service_role;

comment on view dtf.subscription_plans is
  'The plans with their live prices, one row a plan and currency; the free plan has no price. A price is never changed, only followed by another.';
comment on column dtf.subscription_plans.stripe_price_id is 'Null: what Stripe calls a price is for the service alone.';
comment on column dtf.subscription_plans.monthly_price is 'In units of the currency, not minor units; null for the free plan.';

create view dtf.pay_as_you_go_packages with (security_invoker = true) as
select
  r.id, o.title as name, null::text as stripe_price_id, r.credits,
  round(r.amount / 10::numeric ^ c.exponent, c.exponent) as price,
  o.code as description,
  o.active and r.retired_at is null as is_active,
  o.id as sort_order, r.active_from as created_at, coalesce(r.retired_at, r.active_from) as updated_at,
  o.code as offer, r.currency, r.valid_for
from billing.offers o
join billing.prices r on r.offer_id = o.id
join billing.currencies c on c.code = r.currency
where o.product = 'dtf' and o.kind = 'pack';

grant select on dtf.pay_as_you_go_packages to authenticated, service_role;

comment on view dtf.pay_as_you_go_packages is
  'The packs: one row for each version of a price, so that what was bought can always be named. is_active says which are sold.';
comment on column dtf.pay_as_you_go_packages.price is 'In units of the currency, not minor units.';
comment on column dtf.pay_as_you_go_packages.offer is 'What a checkout names.';
comment on column dtf.pay_as_you_go_packages.valid_for is 'How long the credits can be spent; null: for ever.';

create view dtf.subscription_history with (security_invoker = true) as
select
  h.id, s.holder as user_id, h.plan_id as subscription_plan_id,
  billing.provider_reference('subscription', s.id) as stripe_subscription_id,
  case h.subscription_state when 'canceled' then 'cancelled' else h.subscription_state::text end as status,
  h.started_at, h.ended_at, s.cancelled_at, h.created_at
from billing.subscription_periods h
join billing.subscriptions s on s.id = h.subscription_id
where s.product = 'dtf' and not s.is_duplicate and h.subscription_state not in ('incomplete', 'incomplete_expired');

grant select on dtf.subscription_history to authenticated, service_role;

comment on view dtf.subscription_history is 'On which plan, in which state, from when until when: billing.subscription_periods, in the contract''s words.';
comment on column dtf.subscription_history.status is 'Stripe''s word: active, trialing, past_due, unpaid, paused or cancelled.';

create view dtf.profiles with (security_invoker = true) as
select
  u.id, private.dtf_email(u.id) as email, u.first_name, u.last_name, u.company, u.phone, u.avatar_url, u.is_active,
  exists (select where u.id = (select auth.uid()) and private.is_admin('dtf')) as is_admin,
  case when s.state in ('trialing', 'active', 'past_due') then p.code when s.id is not null then 'cancelled' else 'free' end
    as subscription_status,
  case when s.state in ('trialing', 'active', 'past_due') then p.code else 'free' end as subscription_plan,
  billing.provider_customer('dtf', u.id) as stripe_customer_id,
  billing.provider_reference('subscription', s.id) as stripe_subscription_id,
  coalesce(case when a.next_change_at <= private.now() then private.spendable('dtf', u.id) else a.available end, 0)
    as credits_remaining,
  coalesce(t.purchased, 0)::bigint as total_credits_purchased,
  coalesce(t.used, 0)::bigint as total_credits_used,
  u.last_activity_at, u.created_at, u.updated_at,
  s.state::text as subscription_state,
  s.current_period_end, s.cancel_at_period_end,
  private.leaving_at(u.auth_user_id) as leaving_at
from dtf.users u
left join ledger.accounts a on a.holder = u.id and a.product = 'dtf' and a.unit = 'credits'
left join lateral (
  select l.id, l.plan_id, l.state, l.current_period_end, l.cancel_at_period_end from billing.subscriptions l where l.holder = u.id and l.product = 'dtf'
    and not l.is_duplicate and l.state not in ('incomplete', 'incomplete_expired')
  order by l.ended_at desc nulls first limit 1
) s on true
left join billing.plans p on p.id = s.plan_id
left join lateral (
  select sum(e.amount) filter (where e.kind = 'grant' and g.category = 'paid') as purchased,
    -sum(e.amount) filter (where e.kind in ('debit', 'capture', 'refund')) as used
  from ledger.entries e left join ledger.grants g on g.id = e.grant_id where e.account_id = a.id
) t on true;

grant select on dtf.profiles to authenticated, service_role;
grant update (first_name, last_name, company, phone, avatar_url) on dtf.profiles to authenticated;

create function private.dtf_update_profile()
returns trigger
language plpgsql
volatile
set search_path = ''
as $$
begin
  update dtf.users u set first_name = new.first_name, last_name = new.last_name, company = new.company, phone = new.phone,
    avatar_url = new.avatar_url
  where u.id = old.id;
  return new;
end
$$;

comment on function private.dtf_update_profile() is
  'Trigger: an update of dtf.profiles changes the columns of dtf.users that are its owner''s, with the owner''s rights.';

create trigger profiles_update instead of update on dtf.profiles
  for each row execute function private.dtf_update_profile();

comment on view dtf.profiles is
  'A person with what the kernel knows of them. Owners may update what they said of themselves through it.';
comment on column dtf.profiles.email is 'Auth''s; null for somebody who signs in by phone.';
comment on column dtf.profiles.is_admin is 'Whether the reader, whose row it is, administers DTF Editor: a row of private.admins, which nobody writes here.';
comment on column dtf.profiles.subscription_status is 'The contract''s word: the plan that is enjoyed, free without one, cancelled after one. subscription_state is the state itself.';
comment on column dtf.profiles.stripe_customer_id is 'Null for users; so is stripe_subscription_id.';
comment on column dtf.profiles.credits_remaining is 'What can be spent now: the ledger''s posted balance without what is on hold.';
comment on column dtf.profiles.total_credits_purchased is 'Credits that were paid for.';
comment on column dtf.profiles.total_credits_used is 'Credits that were charged and not given back.';
comment on column dtf.profiles.leaving_at is 'When the account will be erased, as its owner asked; null: it stays.';

create view dtf.credit_transactions with (security_invoker = true) as
select
  ledger.entry_id(e.account_id, e.sequence) as id,
  a.holder as user_id,
  case e.kind
    when 'grant' then case when g.category = 'paid' then 'purchase' else 'bonus' end
    when 'reinstatement' then 'purchase'
    when 'transfer_in' then 'bonus'
    when 'debit' then 'usage'
    when 'capture' then 'usage'
    when 'transfer_out' then 'usage'
    when 'expiry' then 'expiration'
    else 'refund'
  end as transaction_type,
  e.amount::bigint as amount,
  e.posted_after - e.amount as balance_before,
  e.posted_after as balance_after,
  coalesce(e.metadata ->> 'description', e.metadata ->> 'reason', e.feature) as description,
  e.metadata,
  billing.provider_reference('payment_intent', i.id) as stripe_payment_intent_id,
  pl.id as subscription_plan_id,
  case when o.kind = 'pack' then i.price_id end as pay_as_you_go_package_id,
  g.expires_at,
  e.created_at,
  i.number as invoice_number
from ledger.entries e
join ledger.accounts a on a.id = e.account_id and a.product = 'dtf' and a.unit = 'credits'
left join ledger.grants g on g.id = e.grant_id
left join billing.invoices i on i.grant_id = e.grant_id
left join billing.prices r on r.id = i.price_id
left join billing.offers o on o.id = r.offer_id
left join billing.plans pl on pl.offer_id = o.id;

grant select on dtf.credit_transactions to authenticated, service_role;

comment on view dtf.credit_transactions is
  'All movements of credits: the ledger''s entries in the contract''s words. Append-only, because the ledger is; amounts are signed.';
comment on column dtf.credit_transactions.stripe_payment_intent_id is 'Null for users, who have invoice_number.';
comment on column dtf.credit_transactions.pay_as_you_go_package_id is 'The version of the price that was paid.';
comment on column dtf.credit_transactions.expires_at is 'When the credits of this grant can be spent no more.';

create view dtf.admin_logs with (security_invoker = true) as
select
  md5('audit.log/' || l.id)::uuid as id,
  l.actor as admin_user_id, l.action,
  split_part(l.subject, ':', 1) as target_type,
  case when substr(l.subject, strpos(l.subject, ':') + 1) ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
    then substr(l.subject, strpos(l.subject, ':') + 1)::uuid end as target_id,
  l.detail || jsonb_build_object('subject', l.subject) as details,
  null::inet as ip_address, null::text as user_agent,
  l.at as created_at, l.request_id
from audit.log l
where l.product = 'dtf' and l.actor is not null and l.subject <> 'user:' || l.actor;

comment on view dtf.admin_logs is
  'What admins of DTF Editor did: the audit log, in the contract''s words. An admin''s function writes audit.record, with the product in its subject or detail, and so this. What people did to themselves is not in it. For definer functions alone.';
comment on column dtf.admin_logs.ip_address is 'Null: the function''s log has it, by request_id; so it is with user_agent.';

create view dtf.user_analytics with (security_invoker = true) as
select
  p.id, p.email, p.subscription_status, p.credits_remaining, p.total_credits_purchased, p.total_credits_used,
  i.total_images, i.completed_images, i.failed_images, i.last_image_created,
  p.created_at as user_created_at
from dtf.profiles p
cross join lateral (
  select count(*) as total_images,
    count(*) filter (where m.processing_status = 'completed') as completed_images,
    count(*) filter (where m.processing_status = 'failed') as failed_images,
    max(m.created_at) as last_image_created
  from dtf.images m where m.user_id = p.id
) i;

grant select on dtf.user_analytics to service_role;

comment on view dtf.user_analytics is
  'People with their credits and pictures; asked for one page of people, it reads the pictures of that page alone. For the service, which shows it to admins.';

create view dtf.revenue_analytics with (security_invoker = true) as
select
  m.month, 'purchase'::text as transaction_type, m.invoices as transaction_count, m.credits as total_credits,
  m.invoices as paid_transactions, m.currency, m.amount, m.refunded as refunded_amount
from billing.revenue_by_month m
where m.product = 'dtf';

grant select on dtf.revenue_analytics to service_role;

comment on view dtf.revenue_analytics is
  'What was paid each month (UTC), each currency apart, from invoices that were paid. For the service, which shows it to admins.';
comment on column dtf.revenue_analytics.amount is 'What was paid, in minor units of the currency; what went back is refunded_amount.';
