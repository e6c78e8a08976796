-- MODERA: daily activity. How it is counted: see private.modera_count_days.

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
  'Activity of one user on one day of theirs, counted from the facts. A day with several currencies has a row for each; the first carries the activity, the others their money alone.';
comment on column modera.user_analytics.date is 'A day in the user''s time zone, from midnight to midnight.';
comment on column modera.user_analytics.sessions_count is 'Sessions opened on that day; tryons_count and stylings_count are what was asked for in them.';
comment on column modera.user_analytics.credits_used is 'Credits debited and captured on that day; refunds do not change it.';
comment on column modera.user_analytics.credits_purchased is 'Credits of the invoices that were paid on that day, in whatever currency.';
comment on column modera.user_analytics.time_spent_seconds is 'How long the work in the sessions took.';
comment on column modera.user_analytics.features_used is 'Credits used by feature: {"tryon": 6}.';
comment on column modera.user_analytics.user_ratings is 'How often each rating was given to what was made in the sessions: {"5": 1}.';
comment on column modera.user_analytics.revenue_generated is 'What was paid on that day, in minor units of revenue_currency; refunds do not change it.';
comment on column modera.user_analytics.affiliate_commissions is 'Commissions of purchases reported on that day and not reversed since, in minor units of revenue_currency.';
