-- MODERA: what partners owe us for purchases, and recommendations as the contract shows them.

create table modera.commissions (
  id uuid primary key default gen_random_uuid(),
  recommendation_id uuid unique references modera.recommendations (id) on delete set null,
  partner_id uuid not null references modera.partners (id),
  product_id text not null,
  order_id text not null check (length(order_id) between 1 and 255),
  order_amount bigint not null check (order_amount > 0),
  rate numeric(5, 4) not null check (rate between 0 and 1),
  amount bigint not null,
  currency text not null references billing.currencies (code),
  status text not null default 'pending' check (status in ('pending', 'cleared', 'reversed')),
  purchase_event_id uuid not null unique references events.inbox (id),
  reversal_event_id uuid unique references events.inbox (id),
  reversal_reason text check (length(reversal_reason) <= 500),
  purchased_at timestamptz not null,
  clears_at timestamptz not null,
  cleared_at timestamptz,
  reversed_at timestamptz,
  unique (partner_id, order_id, product_id),
  constraint commissions_amount check (amount between 0 and order_amount),
  constraint commissions_order check (clears_at > purchased_at and cleared_at >= clears_at and reversed_at >= purchased_at),
  constraint commissions_cleared_when check ((status = 'cleared') = (cleared_at is not null)),
  constraint commissions_reversed_when check ((status = 'reversed') = (reversed_at is not null)),
  constraint commissions_reversed_how check ((status = 'reversed') = (reversal_event_id is not null))
);

create index commissions_of_currency on modera.commissions (currency);
create index commissions_by_time on modera.commissions (purchased_at);
create index commissions_to_clear on modera.commissions (clears_at) where status = 'pending';

alter table modera.commissions enable row level security;

create policy commissions_read_own on modera.commissions for select to authenticated
  using (recommendation_id in (
    select r.id from modera.recommendations r where r.user_id = (select private.modera_user_id())));

grant select (recommendation_id, amount, currency, rate, status, purchased_at) on modera.commissions to authenticated;
grant select on modera.commissions to service_role;

insert into private.transitions (machine, from_state, to_state) values
  ('modera.commissions.status', 'pending', 'cleared'),
  ('modera.commissions.status', 'pending', 'reversed');

create trigger commissions_move_legally before update of status on modera.commissions
  for each row execute function private.guard_transition('status');

comment on table modera.commissions is
  'One for each purchase that a partner reported and signed: pending until it clears or is reversed. Outlives the recommendation and its person.';
comment on column modera.commissions.recommendation_id is 'Null once the recommendation is gone with its person.';
comment on column modera.commissions.order_id is 'The partner''s name of the order; one order pays for a product once.';
comment on column modera.commissions.order_amount is 'What was paid for the product, in minor units of currency.';
comment on column modera.commissions.rate is 'The partner''s rate on the day of the purchase.';
comment on column modera.commissions.amount is 'order_amount times rate, rounded to the nearest minor unit, halves up.';
comment on column modera.commissions.purchase_event_id is 'The proof: what the partner sent.';
comment on column modera.commissions.purchased_at is 'When we were told; the partner''s own time is in the event.';

create view modera.product_recommendations with (security_invoker = true) as
select
  r.id,
  r.style_analysis_id,
  r.user_id,
  r.product_id,
  (select p.name from modera.partners p where p.id = r.partner_id) as partner_name,
  r.product_url,
  r.product_data,
  r.recommendation_score,
  r.recommendation_reason,
  r.category,
  r.subcategory,
  r.first_viewed_at is not null as user_viewed,
  r.clicked_at is not null as user_clicked,
  r.user_saved,
  exists (select from modera.commissions c where c.recommendation_id = r.id) as user_purchased,
  (select c.amount from modera.commissions c where c.recommendation_id = r.id) as affiliate_commission,
  (select c.currency from modera.commissions c where c.recommendation_id = r.id) as commission_currency,
  (select c.rate from modera.commissions c where c.recommendation_id = r.id) as commission_rate,
  (select c.status from modera.commissions c where c.recommendation_id = r.id) as commission_status,
  r.created_at,
  r.first_viewed_at,
  r.clicked_at,
  (select c.purchased_at from modera.commissions c where c.recommendation_id = r.id) as purchased_at
from modera.recommendations r;

grant select on modera.product_recommendations to authenticated, service_role;
grant update (user_saved) on modera.product_recommendations to authenticated;

comment on view modera.product_recommendations is
  'AI-generated product recommendations: modera.recommendations with what partners report. Owners may update user_saved through it.';
comment on column modera.product_recommendations.recommendation_score is 'AI confidence in the recommendation, 0 to 1.';
comment on column modera.product_recommendations.affiliate_commission is 'Minor units of commission_currency.';
comment on column modera.product_recommendations.commission_status is 'pending, cleared or reversed.';
comment on column modera.product_recommendations.user_purchased is 'True for good once a purchase was reported, whether or not it was reversed later.';
