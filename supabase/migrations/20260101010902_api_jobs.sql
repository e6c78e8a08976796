-- The call surface of jobs, limits and the state of the clock's work.

create function api.claim_jobs(kinds text[], worker text, max integer default 10, lease_seconds integer default 60)
returns jsonb
language sql
volatile
set search_path = ''
return jobs.claim(kinds, worker, max, lease_seconds);

comment on function api.claim_jobs(text[], text, integer, integer) is
  'Leases due jobs: [{job_id, kind, payload, attempt, max_attempts, progress, lease_until, traceparent}]. See jobs.claim.';

create function api.report_job(job_id uuid, worker text, progress jsonb default null, lease_seconds integer default 60)
returns jsonb
language sql
volatile
set search_path = ''
return jobs.report(job_id, worker, progress, lease_seconds);

comment on function api.report_job(uuid, text, jsonb, integer) is 'Stores progress and renews the lease: {job_id, state, lease_until}.';

create function api.complete_job(job_id uuid, worker text, result jsonb default '{}')
returns jsonb
language sql
volatile
set search_path = ''
return jobs.complete(job_id, worker, result);

comment on function api.complete_job(uuid, text, jsonb) is 'The job is done: {job_id, state}. Not leased to this worker any more: lease_lost.';

create function api.fail_job(job_id uuid, worker text, error text, retryable boolean default true)
returns jsonb
language sql
volatile
set search_path = ''
return jobs.fail(job_id, worker, error, retryable);

comment on function api.fail_job(uuid, text, text, boolean) is
  'The attempt failed: {job_id, state: queued | dead, attempts, retry_at}. See jobs.fail.';

create function api.hand_back_job(job_id uuid, worker text)
returns jsonb
language sql
volatile
set search_path = ''
return jobs.hand_back(job_id, worker);

comment on function api.hand_back_job(uuid, text) is 'Gives a job back that was not begun: {job_id, state}.';

create function api.replay_job(job_id uuid)
returns jsonb
language sql
volatile
set search_path = ''
return jobs.replay(job_id);

comment on function api.replay_job(uuid) is 'Gives a dead job all its attempts again: {job_id, state}.';

create function api.record_prediction_cost(prediction_id uuid, cost_micros bigint)
returns void
language sql
volatile
set search_path = ''
return jobs.record_cost(prediction_id, cost_micros);

comment on function api.record_prediction_cost(uuid, bigint) is
  'Records what a provider charges for a prediction, in millionths of a US dollar. See jobs.record_cost.';

create function api.take_limit(bucket text, capacity integer, per_seconds integer, cost integer default 1)
returns jsonb
language sql
volatile
set search_path = ''
return limits.take(bucket, capacity, per_seconds, cost);

comment on function api.take_limit(text, integer, integer, integer) is
  'Takes from a rate bucket: {allowed, remaining, retry_after}. See limits.take.';

create function private.read_late_jobs()
returns jsonb
language sql
stable
security definer
set search_path = ''
begin atomic
  select coalesce(jsonb_agg(to_jsonb(l)), '[]') from private.late_jobs l;
end;

comment on function private.read_late_jobs() is 'private.late_jobs as an array. Definer: no API role reads the tables under it.';

create function api.late_jobs()
returns jsonb
language sql
stable
set search_path = ''
return private.read_late_jobs();

comment on function api.late_jobs() is 'What runs late or failed by the clock: [{job, problem, since, detail}]; empty when all is well.';

grant execute on function private.read_late_jobs() to service_role;
grant execute on function api.claim_jobs(text[], text, integer, integer) to service_role;
grant execute on function api.report_job(uuid, text, jsonb, integer) to service_role;
grant execute on function api.complete_job(uuid, text, jsonb) to service_role;
grant execute on function api.fail_job(uuid, text, text, boolean) to service_role;
grant execute on function api.hand_back_job(uuid, text) to service_role;
grant execute on function api.replay_job(uuid) to service_role;
grant execute on function api.record_prediction_cost(uuid, bigint) to service_role;
grant execute on function api.take_limit(text, integer, integer, integer) to authenticated, service_role;
grant execute on function api.late_jobs() to service_role;
