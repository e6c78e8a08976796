-- pg_cron's surface as hosted projects have it. packages/platform/cron runs what is due.

create schema cron;
create sequence cron.jobid_seq;
create sequence cron.runid_seq;

create table cron.job (
  jobid bigint primary key default nextval('cron.jobid_seq'),
  schedule text not null,
  command text not null,
  nodename text not null default 'localhost',
  nodeport integer not null default current_setting('port')::integer,
  database text not null default current_database(),
  username text not null default current_user,
  active boolean not null default true,
  jobname text,
  constraint jobname_username_uniq unique (jobname, username)
);

create table cron.job_run_details (
  jobid bigint,
  runid bigint primary key default nextval('cron.runid_seq'),
  job_pid integer,
  database text,
  username text,
  command text,
  status text,
  return_message text,
  start_time timestamptz,
  end_time timestamptz
);

alter table cron.job enable row level security;
create policy cron_job_policy on cron.job using (username = current_user);
alter table cron.job_run_details enable row level security;
create policy cron_job_run_details_policy on cron.job_run_details using (username = current_user);

create function cron._field(field text, low integer, high integer, names text[])
returns boolean
language sql
immutable
set search_path = ''
as $$
  select bool_and(
    item.part ~ '^(\*|\$|[0-9]{1,2}(-[0-9]{1,2})?)(/[1-9][0-9]?)?$'
    and coalesce((
      select bool_and(n.n::integer between low and high)
      from pg_catalog.regexp_matches(split_part(item.part, '/', 1), '[0-9]+', 'g') as found(n_array)
      cross join lateral unnest(found.n_array) as n(n)
    ), true)
    or lower(item.part) = any (names)
  )
  from pg_catalog.regexp_split_to_table(field, ',') as item(part)
$$;
comment on function cron._field is 'Whether one field of a schedule is one that cron understands.';

create function cron._check_schedule(schedule text)
returns void
language plpgsql
immutable
set search_path = ''
as $$
declare
  fields constant text[] := pg_catalog.regexp_split_to_array(btrim(schedule), '\s+');
  months constant text[] := '{jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec}';
  days constant text[] := '{sun,mon,tue,wed,thu,fri,sat}';
begin
  if schedule ~* '^\s*[1-5]?[0-9]\s+seconds?\s*$' and schedule !~ '^\s*0' then
    return;
  elsif cardinality(fields) = 5
    and cron._field(fields[1], 0, 59, '{}') and cron._field(fields[2], 0, 23, '{}')
    and cron._field(fields[3], 1, 31, '{}') and cron._field(fields[4], 1, 12, months)
    and cron._field(fields[5], 0, 7, days)
  then
    return;
  end if;
  raise exception 'invalid schedule: %', schedule using errcode = 'invalid_parameter_value',
    hint = 'Use cron format (e.g. 5 4 * * *), or interval format ''[1-59] seconds''';
end
$$;
comment on function cron._check_schedule is 'Refuses a schedule that pg_cron would refuse.';

create function cron._write_job(
  job_name text, schedule text, command text, database text, username text, active boolean
)
returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  id bigint;
begin
  perform cron._check_schedule(_write_job.schedule);
  if not pg_has_role(session_user, _write_job.username, 'MEMBER') then
    raise exception 'permission denied to schedule a job as %', _write_job.username
      using errcode = 'insufficient_privilege';
  end if;
  insert into cron.job as j (jobname, schedule, command, database, username, active)
  values (job_name, _write_job.schedule, _write_job.command,
    coalesce(_write_job.database, current_database()), _write_job.username, coalesce(_write_job.active, true))
  on conflict on constraint jobname_username_uniq do update
    set schedule = excluded.schedule, command = excluded.command, database = excluded.database, active = excluded.active
  returning j.jobid into id;
  perform pg_notify('platform_cron', '');
  return id;
end
$$;
comment on function cron._write_job is 'Writes a job for a role that the caller may act as. Definer: jobs are written by these functions alone.';

create function cron.schedule(schedule text, command text)
returns bigint language sql set search_path = ''
as $$ select cron._write_job(null, schedule, command, null, current_user, true) $$;

create function cron.schedule(job_name text, schedule text, command text)
returns bigint language sql set search_path = ''
as $$ select cron._write_job(job_name, schedule, command, null, current_user, true) $$;

create function cron.schedule_in_database(
  job_name text, schedule text, command text, database text, username text default null, active boolean default true
)
returns bigint language sql set search_path = ''
as $$ select cron._write_job(job_name, schedule, command, database, coalesce(username, current_user), active) $$;

create function cron._own_job(job_id bigint, username text)
returns void
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  if not exists (
    select from cron.job j where j.jobid = job_id and pg_has_role(_own_job.username, j.username, 'MEMBER')
  ) then
    raise exception 'could not find valid entry for job %', job_id using errcode = 'internal_error';
  end if;
end
$$;

create function cron.alter_job(
  job_id bigint, schedule text default null, command text default null, database text default null,
  username text default null, active boolean default null
)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform cron._own_job(job_id, session_user::text);
  if alter_job.schedule is not null then
    perform cron._check_schedule(alter_job.schedule);
  end if;
  update cron.job j set
    schedule = coalesce(alter_job.schedule, j.schedule),
    command = coalesce(alter_job.command, j.command),
    database = coalesce(alter_job.database, j.database),
    username = coalesce(alter_job.username, j.username),
    active = coalesce(alter_job.active, j.active)
  where j.jobid = job_id;
  perform pg_notify('platform_cron', '');
end
$$;

create function cron.unschedule(job_id bigint)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform cron._own_job(job_id, session_user::text);
  delete from cron.job j where j.jobid = job_id;
  perform pg_notify('platform_cron', '');
  return true;
end
$$;

create function cron._unschedule_named(job_name text, username text)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  if not pg_has_role(session_user, _unschedule_named.username, 'MEMBER') then
    raise exception 'permission denied' using errcode = 'insufficient_privilege';
  end if;
  delete from cron.job j where j.jobname = job_name and j.username = _unschedule_named.username;
  if not found then
    raise exception 'could not find valid entry for job ''%''', job_name using errcode = 'internal_error';
  end if;
  perform pg_notify('platform_cron', '');
  return true;
end
$$;

create function cron.unschedule(job_name text)
returns boolean language sql set search_path = ''
as $$ select cron._unschedule_named(job_name, current_user) $$;

revoke execute on all functions in schema cron from public;
grant usage on schema cron to postgres;
grant execute on all functions in schema cron to postgres with grant option;
grant select on cron.job to postgres with grant option;
grant all on cron.job_run_details to postgres with grant option;
grant usage on all sequences in schema cron to postgres;
