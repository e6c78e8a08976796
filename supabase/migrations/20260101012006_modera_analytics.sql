-- MODERA: daily activity.

create table modera.user_analytics (
  id uuid primary key default gen_random_uuid(),
  user_id bigint not null references modera.profiles (id),
  date date not null,
  revenue_currency text not null default 'USD' check (revenue_currency ~ '^[A-Z]{3}$'),
  sessions_count integer not null default 0 check (sessions_count >= 0),
  tryons_count integer not null default 0 check (tryons_count >= 0),
  stylings_count integer not null default 0 check (stylings_count >= 0),
  credits_used integer not null default 0 check (credits_used >= 0),
  credits_purchased integer not null default 0 check (credits_purchased >= 0),
  time_spent_seconds integer not null default 0 check (time_spent_seconds >= 0),
  features_used jsonb not null default '{}' check (jsonb_typeof(features_used) = 'object'),
  user_ratings jsonb not null default '{}' check (jsonb_typeof(user_ratings) = 'object'),
  revenue_generated bigint not null default 0 check (revenue_generated >= 0),
  affiliate_commissions bigint not null default 0 check (affiliate_commissions >= 0),
  created_at timestamptz not null default private.now(),
  updated_at timestamptz not null default private.now(),
  unique (user_id, date, revenue_currency)
);

alter table modera.user_analytics enable row level security;

create policy user_analytics_read_own on modera.user_analytics for select to authenticated
  using (user_id = (select private.modera_user_id()));

grant select on modera.user_analytics to authenticated, service_role;

create trigger update_user_analytics_updated_at before update on modera.user_analytics
  for each row execute function modera.update_updated_at_column();

comment on table modera.user_analytics is
  'Activity of one user on one UTC day, rolled up from the facts. A second currency on the same day has a row of its own that carries its revenue alone.';
comment on column modera.user_analytics.features_used is 'How often each feature was charged: {"tryon": 2}.';
comment on column modera.user_analytics.user_ratings is 'How often each rating was given: {"5": 1}.';
comment on column modera.user_analytics.revenue_generated is 'Minor units of revenue_currency.';
comment on column modera.user_analytics.affiliate_commissions is 'Minor units of revenue_currency.';

create function private.modera_roll_up(day date)
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  starts constant timestamptz := day::timestamp at time zone 'UTC';
  ends constant timestamptz := (day + 1)::timestamp at time zone 'UTC';
  rolled integer;
begin
  with sessions as (
    select s.user_id, count(*) as sessions,
      count(*) filter (where s.session_type = 'tryon') as tryons,
      count(*) filter (where s.session_type = 'styling') as stylings,
      coalesce(sum(s.processing_time), 0) as seconds
    from modera.fashion_sessions s where s.created_at >= starts and s.created_at < ends
    group by s.user_id
  ),
  movements as (
    -- Accounts that did not move since then are passed over; entries of the others are found by account.
    select p.id as user_id, e.feature, e.kind, -sum(e.amount) as spent
    from ledger.accounts a
    join ledger.entries e on e.account_id = a.id
    join modera.profiles p on p.holder = a.holder
    where a.product = 'modera' and a.unit = 'credits' and a.last_entry_at >= starts
      and e.kind in ('debit', 'capture', 'refund') and e.created_at >= starts and e.created_at < ends
    group by p.id, e.feature, e.kind
  ),
  spending as (
    select m.user_id, greatest(sum(m.spent), 0) as credits,
      coalesce(jsonb_object_agg(m.feature, m.spent) filter (where m.kind = 'capture'), '{}') as features
    from movements m group by m.user_id
  ),
  ratings as (
    select r.user_id, jsonb_object_agg(r.user_rating, r.times) as given
    from (
      select t.user_id, t.user_rating, count(*) as times from modera.virtual_tryons t
      where t.user_rating is not null and t.created_at >= starts and t.created_at < ends
      group by t.user_id, t.user_rating
    ) as r group by r.user_id
  ),
  revenue as (
    select p.id as user_id, i.currency, sum(i.amount) as amount, sum(i.credits) as credits,
      row_number() over (partition by p.id order by sum(i.amount) desc, i.currency) as place
    from billing.invoices i join modera.profiles p on p.holder = i.holder
    where i.product = 'modera' and i.state = 'paid' and i.paid_at >= starts and i.paid_at < ends
    group by p.id, i.currency
  ),
  active as (
    select user_id from sessions union select user_id from spending union select user_id from revenue
  )
  insert into modera.user_analytics as u (user_id, date, revenue_currency, sessions_count, tryons_count, stylings_count,
    credits_used, credits_purchased, time_spent_seconds, features_used, user_ratings, revenue_generated)
  select a.user_id, day, coalesce(r.currency, 'USD'),
    coalesce(s.sessions, 0), coalesce(s.tryons, 0), coalesce(s.stylings, 0), coalesce(c.credits, 0),
    coalesce((select sum(every.credits) from revenue every where every.user_id = a.user_id), 0),
    coalesce(s.seconds, 0), coalesce(c.features, '{}'), coalesce(g.given, '{}'), coalesce(r.amount, 0)
  from active a
  left join sessions s on s.user_id = a.user_id
  left join spending c on c.user_id = a.user_id
  left join ratings g on g.user_id = a.user_id
  left join revenue r on r.user_id = a.user_id and r.place = 1
  union all
  select r.user_id, day, r.currency, 0, 0, 0, 0, 0, 0, '{}', '{}', r.amount from revenue r where r.place > 1
  on conflict (user_id, date, revenue_currency) do update set
    sessions_count = excluded.sessions_count, tryons_count = excluded.tryons_count, stylings_count = excluded.stylings_count,
    credits_used = excluded.credits_used, credits_purchased = excluded.credits_purchased,
    time_spent_seconds = excluded.time_spent_seconds, features_used = excluded.features_used,
    user_ratings = excluded.user_ratings, revenue_generated = excluded.revenue_generated;
  get diagnostics rolled = row_count;
  return rolled;
end
$$;

comment on function private.modera_roll_up(date) is
  'Writes the activity of one UTC day from sessions, ledger and invoices, and returns the number of rows. Any number of times.';
