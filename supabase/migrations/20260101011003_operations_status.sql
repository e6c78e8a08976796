-- What somebody on call asks first: is it up, what is late, what is dead.

create function private.health()
returns jsonb
language sql
stable
security definer
set search_path = ''
begin atomic
  select jsonb_build_object(
    'database_version', current_setting('server_version'),
    'cron', coalesce((
      select max(h.succeeded_at) > private.now() - interval '5 minutes' from private.cron_heartbeats h where h.job = 'job-worker'
    ), false),
    'worker', not exists (
      select from jobs.queue q where q.state = 'queued' and q.due_at < private.now() - interval '15 minutes'));
end;

comment on function private.health() is
  'Whether the clock''s work is done in time: {database_version, cron, worker}. Says nothing of anybody''s data: anyone may ask. Definer: no API role reads the tables.';

create function api.health()
returns jsonb
language sql
stable
set search_path = ''
return private.health();

comment on function api.health() is 'Whether the clock''s work is done in time: see private.health.';

create function private.operations_status()
returns jsonb
language sql
stable
security definer
set search_path = ''
begin atomic
  select jsonb_build_object(
    'at', private.now(),
    'late_jobs', private.read_late_jobs(),
    'cron', (
      select coalesce(jsonb_agg(jsonb_build_object('job', h.job, 'succeeded_at', h.succeeded_at, 'failures', h.failures)
        order by h.job), '[]')
      from private.cron_heartbeats h),
    'queue', (
      select jsonb_build_object(
        'queued', count(*) filter (where q.state = 'queued'),
        'running', count(*) filter (where q.state = 'running'),
        'oldest_due_seconds', coalesce(extract(epoch from private.now() - min(q.due_at) filter (where q.due_at < private.now())), 0))
      from jobs.queue q where q.state in ('queued', 'running')),
    'inbox', (
      select jsonb_build_object(
        'waiting', count(*),
        'oldest_waiting_seconds', coalesce(extract(epoch from private.now() - min(m.received_at)), 0))
      from events.inbox m where m.state = 'received'),
    'webhooks_last_hour', (
      select jsonb_build_object(
        'received', count(*),
        'lag_seconds_p50', coalesce(percentile_cont(0.5) within group (order by extract(epoch from m.received_at - m.occurred_at)), 0),
        'lag_seconds_max', coalesce(max(extract(epoch from m.received_at - m.occurred_at)), 0))
      from events.inbox m where m.received_at > private.now() - interval '1 hour'),
    'dead_letters', jsonb_build_object(
      'jobs', (select count(*) from jobs.queue q where q.state = 'dead'),
      'events', (select count(*) from events.inbox m where m.state = 'dead')),
    'ledger', (
      select jsonb_build_object('verified_at', h.succeeded_at, 'differences', case when h.failures > 0 then h.last_error end)
      from private.cron_heartbeats h where h.job = 'ledger-proof'),
    'problems_last_hour', (
      select coalesce(jsonb_agg(to_jsonb(p) order by p.count desc), '[]')
      from (
        select c.function, c.code, c.status_code as status, sum(c.count)::bigint as count
        from private.problem_counts c where c.minute > private.now() - interval '1 hour'
        group by c.function, c.code, c.status_code
      ) as p));
end;

comment on function private.operations_status() is
  'Late jobs, heartbeats, queue, inbox, lag of webhooks (seconds), dead letters, the last proof of the ledger and the problems of the last hour. Definer: no API role reads the tables under it.';

create function private.operations_status_for_admins()
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.require_admin('*');
  return private.operations_status();
end
$$;

comment on function private.operations_status_for_admins() is
  'private.operations_status for an admin of all products. Definer: asks that itself.';

create function api.operations_status()
returns jsonb
language sql
stable
set search_path = ''
return private.operations_status_for_admins();

comment on function api.operations_status() is 'How the work stands, for admins: see private.operations_status.';

create function api.metrics()
returns jsonb
language sql
stable
set search_path = ''
return private.operations_status();

comment on function api.metrics() is 'How the work stands, for the service''s metrics: see private.operations_status.';

grant execute on function private.health() to service_role;
grant execute on function api.health() to service_role;
grant execute on function private.operations_status() to service_role;
grant execute on function private.operations_status_for_admins() to authenticated;
grant execute on function api.operations_status() to authenticated;
grant execute on function api.metrics() to service_role;
