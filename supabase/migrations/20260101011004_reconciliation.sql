-- Asking a payment provider, on demand, for what its webhooks did not bring.

create function private.reconcile(key text, since timestamptz default null)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  job_id uuid;
begin
  perform private.require_admin('*');
  perform private.require_key(key);
  if since > private.now() or since < private.now() - interval '30 days' then
    perform private.raise_problem(422, 'invalid_request', 'Stripe keeps events for 30 days.', '{"field": "since"}');
  end if;
  job_id := jobs.enqueue('stripe.reconcile', jsonb_strip_nulls(jsonb_build_object('since', since)),
    format('admin/%s/%s', (select auth.uid()), key));
  perform audit.record('payments.reconciled', 'job:' || job_id, jsonb_build_object('since', since));
  return jsonb_build_object('job_id', job_id);
end
$$;

comment on function private.reconcile(text, timestamptz) is
  'Queues a reconciliation with Stripe from a moment on (three days back, when none is said), once for each admin and key: {job_id}. Definer: asks itself that the caller administers all products.';

create function private.read_reconciliation(job_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  job jobs.queue;
begin
  perform private.require_admin('*');
  select * into job from jobs.queue q where q.id = job_id and q.kind = 'stripe.reconcile';
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no such reconciliation.');
  end if;
  return jsonb_build_object('job_id', job.id, 'state', job.state, 'result', job.result, 'last_error', job.last_error);
end
$$;

comment on function private.read_reconciliation(uuid) is
  'How a reconciliation stands: {job_id, state, result: {seen, missed} | null, last_error}. Definer: see private.reconcile.';

create function api.reconcile(key text, since timestamptz default null)
returns jsonb
language sql
volatile
set search_path = ''
return private.reconcile(key, since);

comment on function api.reconcile(text, timestamptz) is 'Queues a reconciliation, for admins: see private.reconcile.';

create function api.read_reconciliation(job_id uuid)
returns jsonb
language sql
stable
set search_path = ''
return private.read_reconciliation(job_id);

comment on function api.read_reconciliation(uuid) is 'How a reconciliation stands, for admins: see private.read_reconciliation.';

grant execute on function private.reconcile(text, timestamptz) to authenticated;
grant execute on function private.read_reconciliation(uuid) to authenticated;
grant execute on function api.reconcile(text, timestamptz) to authenticated;
grant execute on function api.read_reconciliation(uuid) to authenticated;
