-- MODERA: counting daily activity from the facts, for days in each person's own time zone.

create table modera.analytics_progress (
  time_zone text primary key,
  counted_until date not null,
  counted_at timestamptz not null default private.now()
);

alter table modera.analytics_progress enable row level security;

create policy closed on modera.analytics_progress for all to anon, authenticated using (false) with check (false);

comment on table modera.analytics_progress is
  'Until which day modera.user_analytics is counted, by time zone: a day that the clock missed is caught up with.';

create function private.modera_count_days(first_day date, last_day date, user_id bigint default null, zone text default null)
returns integer
language plpgsql
volatile
set search_path = ''
as $$
#variable_conflict use_column
declare
  -- No zone is further than 14 hours from UTC; what falls outside the days is left out by its date.
  starts constant timestamptz := first_day::timestamp at time zone 'UTC' - interval '14 hours';
  ends constant timestamptz := (last_day + 1)::timestamp at time zone 'UTC' + interval '14 hours';
  counted integer;
begin
  -- LOCK: one count at a time, which sees everything that was committed before it.
  perform pg_advisory_xact_lock(hashtext('modera.user_analytics'));

  -- WRITE: what is counted replaces what was counted before, rows that are none any more included.
  with people as materialized (
    select p.id, p.holder, p.time_zone from modera.profiles p
    where p.auth_user_id is not null and (modera_count_days.user_id is null or p.id = modera_count_days.user_id)
      and (zone is null or p.time_zone = zone)
  ),
  opened as materialized (
    select s.id, s.user_id, (s.created_at at time zone p.time_zone)::date as day, s.processing_time,
      t.id as try_on_id, t.user_rating, a.id as analysis_id, (a.user_feedback ->> 'rating')::integer as analysis_rating
    from modera.fashion_sessions s
    join people p on p.id = s.user_id
    left join modera.virtual_tryons t on t.session_id = s.id
    left join modera.style_analyses a on a.session_id = s.id
    where s.created_at >= starts and s.created_at < ends
      and (s.created_at at time zone p.time_zone)::date between first_day and last_day
  ),
  sessions as (
    select o.user_id, o.day, count(*) as sessions, count(o.try_on_id) as tryons, count(o.analysis_id) as stylings,
      coalesce(sum(o.processing_time), 0) as seconds
    from opened o group by o.user_id, o.day
  ),
  ratings as (
    select r.user_id, r.day, jsonb_object_agg(r.rating, r.times) as given
    from (
      select o.user_id, o.day, coalesce(o.user_rating, o.analysis_rating) as rating, count(*) as times
      from opened o where coalesce(o.user_rating, o.analysis_rating) is not null
      group by o.user_id, o.day, coalesce(o.user_rating, o.analysis_rating)
    ) r group by r.user_id, r.day
  ),
  spending as (
    select m.user_id, m.day, sum(m.spent) as credits, jsonb_object_agg(m.feature, m.spent) as features
    from (
      select p.id as user_id, (e.created_at at time zone p.time_zone)::date as day, coalesce(e.feature, 'other') as feature,
        -sum(e.amount) as spent
      from ledger.entries e
      join ledger.accounts a on a.id = e.account_id and a.product = 'modera' and a.unit = 'credits'
      join people p on p.holder = a.holder
      where e.kind in ('debit', 'capture') and e.created_at >= starts and e.created_at < ends
      group by p.id, (e.created_at at time zone p.time_zone)::date, coalesce(e.feature, 'other')
    ) m where m.day between first_day and last_day group by m.user_id, m.day
  ),
  money as (
    select f.user_id, f.day, f.currency, sum(f.revenue) as revenue, sum(f.commissions) as commissions, sum(f.credits) as credits,
      row_number() over (partition by f.user_id, f.day order by sum(f.revenue) desc, sum(f.commissions) desc, f.currency) as place
    from (
      select p.id as user_id, (i.paid_at at time zone p.time_zone)::date as day, i.currency, i.amount as revenue, 0 as commissions, i.credits
      from billing.invoices i join people p on p.holder = i.holder
      where i.product = 'modera' and i.paid_at >= starts and i.paid_at < ends
      union all
      select r.user_id, (c.purchased_at at time zone p.time_zone)::date, c.currency, 0, c.amount, 0
      from modera.commissions c
      join modera.recommendations r on r.id = c.recommendation_id
      join people p on p.id = r.user_id
      where c.status <> 'reversed' and c.purchased_at >= starts and c.purchased_at < ends
    ) f where f.day between first_day and last_day group by f.user_id, f.day, f.currency
  ),
  active as (
    select user_id, day from sessions union select user_id, day from spending union select user_id, day from money
  ),
  facts as materialized (
    select a.user_id, a.day, coalesce(m.currency, 'USD') as currency,
      coalesce(s.sessions, 0) as sessions, coalesce(s.tryons, 0) as tryons, coalesce(s.stylings, 0) as stylings,
      coalesce(c.credits, 0) as used,
      coalesce((select sum(every.credits) from money every where every.user_id = a.user_id and every.day = a.day), 0) as purchased,
      coalesce(s.seconds, 0) as seconds, coalesce(c.features, '{}') as features, coalesce(g.given, '{}') as ratings,
      coalesce(m.revenue, 0) as revenue, coalesce(m.commissions, 0) as commissions
    from active a
    left join sessions s on s.user_id = a.user_id and s.day = a.day
    left join spending c on c.user_id = a.user_id and c.day = a.day
    left join ratings g on g.user_id = a.user_id and g.day = a.day
    left join money m on m.user_id = a.user_id and m.day = a.day and m.place = 1
    union all
    select m.user_id, m.day, m.currency, 0, 0, 0, 0, 0, 0, '{}', '{}', m.revenue, m.commissions from money m where m.place > 1
  ),
  gone as (
    delete from modera.user_analytics u using people p
    where u.user_id = p.id and u.date between first_day and last_day and not exists (
      select from facts f where f.user_id = u.user_id and f.day = u.date and f.currency = u.revenue_currency
    )
  ),
  written as (
    insert into modera.user_analytics as u (user_id, date, revenue_currency, sessions_count, tryons_count, stylings_count,
      credits_used, credits_purchased, time_spent_seconds, features_used, user_ratings, revenue_generated, affiliate_commissions)
    select f.user_id, f.day, f.currency, f.sessions, f.tryons, f.stylings, f.used, f.purchased, f.seconds, f.features, f.ratings,
      f.revenue, f.commissions
    from facts f
    on conflict (user_id, date, revenue_currency) do update set
      sessions_count = excluded.sessions_count, tryons_count = excluded.tryons_count, stylings_count = excluded.stylings_count,
      credits_used = excluded.credits_used, credits_purchased = excluded.credits_purchased,
      time_spent_seconds = excluded.time_spent_seconds, features_used = excluded.features_used,
      user_ratings = excluded.user_ratings, revenue_generated = excluded.revenue_generated,
      affiliate_commissions = excluded.affiliate_commissions
  )
  select count(*) into counted from facts;
  return counted;
end
$$;

comment on function private.modera_count_days(date, date, bigint, text) is
  'Counts days from the facts, for one person, the people of a time zone, or everybody, and returns the number of rows. Any number of times: the facts give the same rows. People who were erased keep what was counted.';

create function private.modera_count_ended_days()
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  zone record;
  changed record;
  counted integer := 0;
begin
  -- A day that has ended, and once more the one before it, for what was written late.
  for zone in
    select z.name, (private.now() at time zone z.name)::date - 1 as ended, p.counted_until
    from (select distinct time_zone as name from modera.profiles) z
    left join modera.analytics_progress p on p.time_zone = z.name
  loop
    continue when zone.counted_until >= zone.ended;
    counted := counted + private.modera_count_days(
      greatest(coalesce(zone.counted_until, zone.ended - 1), zone.ended - 31), zone.ended, zone => zone.name);
    insert into modera.analytics_progress as p (time_zone, counted_until) values (zone.name, zone.ended)
    on conflict (time_zone) do update set counted_until = excluded.counted_until, counted_at = private.now();
  end loop;
  for changed in
    update modera.profiles p set activity_changed_since = null
    from (
      select m.id, m.activity_changed_since from modera.profiles m
      where m.activity_changed_since is not null order by m.id limit 1000 for no key update skip locked
    ) since
    where p.id = since.id
    returning p.id as user_id, (since.activity_changed_since at time zone p.time_zone)::date - 1 as first_day,
      (private.now() at time zone p.time_zone)::date - 1 as ended
  loop
    counted := counted + private.modera_count_days(changed.first_day, changed.ended, changed.user_id);
  end loop;
  return counted;
end
$$;

comment on function private.modera_count_ended_days() is
  'What the clock does: counts the days that have ended since the last time, in every time zone, and again what has changed since.';

create function private.modera_recount()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  person bigint;
  since timestamptz;
begin
  if tg_table_name = 'commissions' then
    select r.user_id into person from modera.recommendations r where r.id = new.recommendation_id;
    since := new.purchased_at;
  else
    person := new.user_id;
    -- Its session was opened a day before it at most.
    since := new.created_at - interval '1 day';
  end if;
  update modera.profiles p set activity_changed_since = since
  where p.id = person and (p.activity_changed_since is null or p.activity_changed_since > since);
  return null;
end
$$;

comment on function private.modera_recount() is
  'Trigger: what is rated or reversed later is counted on the day that it belongs to. Definer: who rates may not write this.';

create trigger virtual_tryons_are_recounted after update of user_rating on modera.virtual_tryons
  for each row when (old.user_rating is distinct from new.user_rating) execute function private.modera_recount();
create trigger style_analyses_are_recounted after update of user_feedback on modera.style_analyses
  for each row when (old.user_feedback -> 'rating' is distinct from new.user_feedback -> 'rating') execute function private.modera_recount();
create trigger commissions_are_recounted after update of status on modera.commissions
  for each row when (new.status = 'reversed') execute function private.modera_recount();

select private.define_job('modera-analytics', '20 * * * *', '1 hour', 'select private.modera_count_ended_days()');
select private.schedule_jobs();
