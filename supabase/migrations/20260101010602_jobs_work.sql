-- What a worker does with a job: claim, report, complete, fail, hand back.

create function jobs.backoff(attempt integer)
returns interval
language sql
volatile
set search_path = ''
return least(interval '1 hour', interval '2 seconds' * 2 ^ least(attempt - 1, 20)) * (0.5 + random() / 2);

comment on function jobs.backoff(integer) is
  'How long to wait after a failed attempt (1, 2, …): doubling from 2 seconds to 1 hour, of which between half and all, so that jobs that failed together do not come back together.';

create function jobs.bury(job_id uuid, error text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  job jobs.queue;
begin
  update jobs.queue q
  set state = 'dead', worker = null, last_error = left(error, 2000), finished_at = private.now()
  where q.id = job_id
  returning q.* into job;
  perform events.publish('job.dead', jsonb_build_object('job_id', job.id, 'kind', job.kind, 'attempts', job.attempts),
    format('job.dead:%s:%s', job.id, job.finished_at));
end
$$;

comment on function jobs.bury(uuid, text) is 'Puts a running job among the dead and publishes job.dead.';

create function jobs.claim(kinds text[], worker text, max integer default 10, lease_seconds integer default 60)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  job jobs.queue;
  claimed jsonb := '[]';
begin
  if not coalesce(worker <> '' and max between 1 and 1000 and lease_seconds between 1 and 86400, false) then
    perform private.raise_problem(422, 'invalid_request', 'A worker claims up to 1000 jobs for up to a day, under its name.');
  end if;
  for job in
    select * from jobs.queue q
    where q.state in ('queued', 'running') and q.due_at <= private.now() and q.kind = any (kinds)
    order by q.due_at, q.created_at limit max for no key update skip locked
  loop
    if job.state = 'running' and job.attempts >= job.max_attempts then
      perform jobs.bury(job.id, 'The lease of the last attempt ran out.');
      continue;
    end if;
    update jobs.queue q
    set state = 'running', worker = claim.worker, attempts = q.attempts + 1,
      due_at = private.now() + make_interval(secs => lease_seconds)
    where q.id = job.id
    returning q.* into job;
    claimed := claimed || jsonb_build_object('job_id', job.id, 'kind', job.kind, 'payload', job.payload,
      'attempt', job.attempts, 'max_attempts', job.max_attempts, 'progress', job.progress, 'lease_until', job.due_at,
      'traceparent', job.traceparent);
  end loop;
  return claimed;
end
$$;

comment on function jobs.claim(text[], text, integer, integer) is
  'Leases up to `max` due jobs of these kinds to a worker: [{job_id, kind, payload, attempt, max_attempts, progress, lease_until, traceparent}]. No job is leased to two at once; one whose lease ran out is leased anew, or buried after its last attempt. Definer: see jobs.enqueue.';

create function jobs.lock_leased(job_id uuid, worker text)
returns jobs.queue
language plpgsql
volatile
set search_path = ''
as $$
declare
  job jobs.queue;
begin
  select * into job from jobs.queue q where q.id = job_id for no key update;
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no such job.');
  end if;
  if job.state <> 'running' or job.worker <> lock_leased.worker then
    perform private.raise_problem(409, 'lease_lost', 'The job is not leased to this worker any more.', jsonb_build_object('state', job.state));
  end if;
  return job;
end
$$;

comment on function jobs.lock_leased(uuid, text) is
  'Locks a job that is leased to this worker; otherwise lease_lost (409), so that a slow worker cannot undo what another did.';

create function jobs.report(job_id uuid, worker text, progress jsonb, lease_seconds integer default 60)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  job jobs.queue := jobs.lock_leased(job_id, worker);
begin
  update jobs.queue q
  set progress = coalesce(report.progress, q.progress), due_at = greatest(q.due_at, private.now() + make_interval(secs => least(lease_seconds, 86400)))
  where q.id = job.id
  returning q.* into job;
  return jsonb_build_object('job_id', job.id, 'state', job.state, 'lease_until', job.due_at);
end
$$;

comment on function jobs.report(uuid, text, jsonb, integer) is
  'Stores how far a job is and renews its lease. The next attempt sees the progress. Definer: see jobs.enqueue.';

create function jobs.complete(job_id uuid, worker text, result jsonb default '{}')
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  job jobs.queue := jobs.lock_leased(job_id, worker);
begin
  update jobs.queue q
  set state = 'succeeded', worker = null, result = complete.result, last_error = null, finished_at = private.now()
  where q.id = job.id;
  return jsonb_build_object('job_id', job.id, 'state', 'succeeded');
end
$$;

comment on function jobs.complete(uuid, text, jsonb) is 'The job is done. Definer: see jobs.enqueue.';

create function jobs.fail(job_id uuid, worker text, error text, retryable boolean default true)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  job jobs.queue := jobs.lock_leased(job_id, worker);
begin
  if not coalesce(retryable, true) or job.attempts >= job.max_attempts then
    perform jobs.bury(job.id, error);
    return jsonb_build_object('job_id', job.id, 'state', 'dead', 'attempts', job.attempts);
  end if;
  update jobs.queue q
  set state = 'queued', worker = null, last_error = left(error, 2000), due_at = private.now() + jobs.backoff(q.attempts)
  where q.id = job.id
  returning q.* into job;
  return jsonb_build_object('job_id', job.id, 'state', 'queued', 'attempts', job.attempts, 'retry_at', job.due_at);
end
$$;

comment on function jobs.fail(uuid, text, text, boolean) is
  'The attempt failed: another one after a growing pause, or (not retryable, or the last attempt) the job is dead: {job_id, state, attempts, retry_at}. Definer: see jobs.enqueue.';

create function jobs.hand_back(job_id uuid, worker text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  job jobs.queue := jobs.lock_leased(job_id, worker);
begin
  update jobs.queue q
  set state = 'queued', worker = null, attempts = q.attempts - 1, due_at = private.now()
  where q.id = job.id;
  perform private.invoke_function('job-worker');
  return jsonb_build_object('job_id', job.id, 'state', 'queued');
end
$$;

comment on function jobs.hand_back(uuid, text) is
  'The worker ran out of time before it began: the attempt does not count and another worker is woken. Definer: see jobs.enqueue.';

create function jobs.replay(job_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  job jobs.queue;
begin
  update jobs.queue q
  set state = 'queued', attempts = 0, due_at = private.now(), finished_at = null
  where q.id = job_id and q.state = 'dead'
  returning q.* into job;
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no such dead job.');
  end if;
  perform audit.record('job.replayed', 'job:' || job.id, jsonb_build_object('kind', job.kind, 'last_error', job.last_error));
  perform private.invoke_function('job-worker');
  return jsonb_build_object('job_id', job.id, 'state', 'queued');
end
$$;

comment on function jobs.replay(uuid) is 'Gives a dead job all its attempts again. Definer: see jobs.enqueue.';

create function jobs.discard(job_id uuid, reason text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  job jobs.queue;
begin
  update jobs.queue q set state = 'discarded' where q.id = job_id and q.state = 'dead' returning q.* into job;
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no such dead job.');
  end if;
  perform audit.record('job.discarded', 'job:' || job.id,
    jsonb_build_object('kind', job.kind, 'last_error', job.last_error, 'reason', reason));
  return jsonb_build_object('job_id', job.id, 'state', 'discarded');
end
$$;

comment on function jobs.discard(uuid, text) is 'Gives a dead job up, for a reason. Definer: see jobs.enqueue.';

grant execute on function jobs.claim(text[], text, integer, integer) to service_role;
grant execute on function jobs.report(uuid, text, jsonb, integer) to service_role;
grant execute on function jobs.complete(uuid, text, jsonb) to service_role;
grant execute on function jobs.fail(uuid, text, text, boolean) to service_role;
grant execute on function jobs.hand_back(uuid, text) to service_role;
grant execute on function jobs.replay(uuid) to service_role;
