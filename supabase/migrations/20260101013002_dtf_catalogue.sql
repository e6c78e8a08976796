-- DTF Editor: what it sells, what its operations cost, and what each plan allows.

select billing.publish_price('dtf', 'pack-10', 'USD', 799, 10, 'Pack of 10 credits', interval '1 year');
select billing.publish_price('dtf', 'pack-20', 'USD', 1499, 20, 'Pack of 20 credits', interval '1 year');
select billing.publish_price('dtf', 'pack-50', 'USD', 2999, 50, 'Pack of 50 credits', interval '1 year');

select billing.publish_rate('dtf', 'upscale', 1);
select billing.publish_rate('dtf', 'background_removal', 1);
select billing.publish_rate('dtf', 'vectorize', 2);
select billing.publish_rate('dtf', 'generate', 2);
select billing.publish_rate('dtf', 'halftone', 1);
select billing.publish_rate('dtf', 'color_knockout', 1);
select billing.publish_rate('dtf', 'underbase', 1);

select billing.publish_plan('dtf', 'free', 'Free', 0, 'Two credits to begin with; pictures are kept for two days.');
select billing.publish_plan('dtf', 'basic', 'Basic', 10, '20 credits a month; pictures are kept for 30 days.', '0', 'USD', 999, 20);
select billing.publish_plan('dtf', 'starter', 'Starter', 20, '60 credits a month that last two months; pictures are kept for 90 days.',
  interval '1 month', 'USD', 2499, 60);

create table dtf.plan_terms (
  plan_id uuid primary key references billing.plans (id),
  pictures_kept_for interval not null check (pictures_kept_for > interval '0'),
  max_pictures integer not null check (max_pictures > 0),
  max_file_bytes bigint not null check (max_file_bytes between 1 and 52428800)
);

alter table dtf.plan_terms enable row level security;

create policy plan_terms_read on dtf.plan_terms for select to authenticated using (true);
grant select on dtf.plan_terms to authenticated, service_role;

comment on table dtf.plan_terms is 'What a plan allows besides credits, in columns and not in a free document. Shown as dtf.subscription_plans.features.';
comment on column dtf.plan_terms.pictures_kept_for is 'From upload on; a later plan does not shorten it.';
comment on column dtf.plan_terms.max_pictures is 'How many pictures a person may keep at a time.';
comment on column dtf.plan_terms.max_file_bytes is 'The largest file that may be uploaded; the bucket takes 50 MB.';

insert into dtf.plan_terms (plan_id, pictures_kept_for, max_pictures, max_file_bytes)
select p.id, t.kept, t.pictures, t.bytes
from (values ('free', interval '2 days', 50, 10485760), ('basic', interval '30 days', 500, 26214400),
  ('starter', interval '90 days', 2000, 52428800)) t (code, kept, pictures, bytes)
join billing.plans p on p.product = 'dtf' and p.code = t.code;

create function private.dtf_terms(holder uuid)
returns dtf.plan_terms
language sql
stable
set search_path = ''
begin atomic
  select t.* from dtf.plan_terms t join billing.plans p on p.id = t.plan_id
  where p.product = 'dtf' and p.code = billing.plan_of('dtf', dtf_terms.holder);
end;

comment on function private.dtf_terms(uuid) is 'What the plan of a person allows now.';
