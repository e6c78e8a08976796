-- The named jobs of pg_cron: which there are, and a heartbeat of each.

create table private.cron_jobs (
  name text primary key check (name ~ '^[a-z][a-z0-9-]{0,62}$'),
  schedule text not null,
  statement text not null,
  every interval not null check (every > interval '0')
);

alter table private.cron_jobs enable row level security;

comment on table private.cron_jobs is 'What runs by the clock. private.schedule_jobs() hands it to pg_cron.';
comment on column private.cron_jobs.statement is 'The SQL to run, without a result that anybody reads.';
comment on column private.cron_jobs.every is 'How often it runs at the least; three times that without a success is late.';

create table private.cron_heartbeats (
  job text primary key references private.cron_jobs (name) on delete cascade,
  watched_since timestamptz not null default private.now(),
  started_at timestamptz,
  succeeded_at timestamptz,
  failed_at timestamptz,
  failures integer not null default 0,
  last_error text
);

alter table private.cron_heartbeats enable row level security;

comment on table private.cron_heartbeats is 'When each job last ran. pg_cron can stop without a word; this does not move then.';
comment on column private.cron_heartbeats.failures is 'Failures since the last success.';

create function private.define_job(name text, schedule text, every interval, statement text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  insert into private.cron_jobs as j (name, schedule, every, statement) values (name, schedule, every, statement)
  on conflict on constraint cron_jobs_pkey do update
  set schedule = excluded.schedule, every = excluded.every, statement = excluded.statement;
  insert into private.cron_heartbeats (job) values (name) on conflict do nothing;
end
$$;

comment on function private.define_job(text, text, interval, text) is
  'Adds or changes a named job; private.schedule_jobs() makes it run. For migrations: the statement runs with the owner''s rights.';

create function private.run_job(name text)
returns text
language plpgsql
volatile
set search_path = ''
as $$
declare
  statement text;
  problem text;
begin
  select j.statement into strict statement from private.cron_jobs j where j.name = run_job.name;
  begin
    execute statement;
  exception when others then
    get stacked diagnostics problem = message_text;
  end;
  insert into private.cron_heartbeats as h (job, started_at, succeeded_at, failed_at, failures, last_error)
  values (name, private.now(), case when problem is null then private.now() end, case when problem is not null then private.now() end,
    (problem is not null)::integer, problem)
  on conflict (job) do update
  set started_at = excluded.started_at, succeeded_at = coalesce(excluded.succeeded_at, h.succeeded_at),
    failed_at = coalesce(excluded.failed_at, h.failed_at),
    failures = case when problem is null then 0 else h.failures + 1 end, last_error = coalesce(excluded.last_error, h.last_error);
  return coalesce('failed: ' || problem, 'succeeded');
end
$$;

comment on function private.run_job(text) is
  'Runs a named job and records its heartbeat; what it did is undone when it fails. This is what pg_cron calls, as the owner.';

create function private.schedule_jobs()
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  job record;
  command text;
begin
  if to_regprocedure('cron.schedule(text, text, text)') is null then
    raise notice 'pg_cron is not installed: nothing will run by the clock';
    return 0;
  end if;
  for job in
    select c.jobname from cron.job c
    where c.command like 'select private.run_job(%' and c.username = current_user
      and not exists (select from private.cron_jobs j where j.name = c.jobname)
  loop
    perform cron.unschedule(job.jobname);
  end loop;
  for job in select * from private.cron_jobs order by name loop
    command := format('select private.run_job(%L)', job.name);
    begin
      perform cron.schedule(job.name, job.schedule, command);
    exception when others then
      -- pg_cron before 1.5 knows no seconds.
      perform cron.schedule(job.name, '* * * * *', command);
    end;
  end loop;
  return (select count(*) from private.cron_jobs);
end
$$;

comment on function private.schedule_jobs() is
  'Sets pg_cron up to run exactly the jobs of private.cron_jobs, and returns their number. Idempotent; run it again after installing pg_cron.';

create view private.late_jobs with (security_invoker = true) as
select j.name as job,
  case when h.failures > 0 then 'failed' else 'late' end as problem,
  coalesce(h.succeeded_at, h.watched_since) as since,
  case when h.failures > 0 then h.last_error end as detail
from private.cron_jobs j join private.cron_heartbeats h on h.job = j.name
where h.failures > 0 or coalesce(h.succeeded_at, h.watched_since) < private.now() - 3 * j.every
union all
select latest.slug, 'invocation ' || latest.state, latest.requested_at, latest.detail
from (select distinct i.slug from private.invocations i) as called
cross join lateral (
  select i.* from private.invocations i where i.slug = called.slug and i.state <> 'sent' order by i.id desc limit 1
) as latest
where latest.state <> 'succeeded';

comment on view private.late_jobs is
  'Jobs whose last run failed or that did not run in time, and functions whose last answer was no success. Empty when all is well.';
