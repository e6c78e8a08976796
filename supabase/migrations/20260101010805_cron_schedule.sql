-- The kernel's jobs. Functions are called only when there is something for them to do.

create function private.wake_worker()
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  if exists (select from jobs.queue q where q.state in ('queued', 'running') and q.due_at <= private.now()) then
    perform private.invoke_function('job-worker');
  end if;
end
$$;

comment on function private.wake_worker() is 'Calls the worker when a job is due; catches what no enqueue woke it for: retries and lost leases.';

create function private.wake_invoice_expiry()
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  if exists (
    select from billing.invoices i where i.state = 'pending' and i.processing_since is null and i.expires_at <= private.now()
  ) then
    perform private.invoke_function('invoice-expiry');
  end if;
end
$$;

comment on function private.wake_invoice_expiry() is 'Calls invoice-expiry when an invoice is past its time; it has the provider expire the checkout first.';

select private.define_job('job-worker', '10 seconds', '1 minute', 'select private.wake_worker()');
select private.define_job('invoice-expiry', '* * * * *', '1 minute', 'select private.wake_invoice_expiry()');
select private.define_job('session-expiry', '* * * * *', '1 minute', 'select private.invoke_function(''session-expiry'')');
select private.define_job('ledger-expiry', '* * * * *', '1 minute', 'select ledger.expire_holds(1000), ledger.expire_grants(1000)');
select private.define_job('stripe-reconciliation', '11 4 * * *', '1 day',
  $$select jobs.enqueue('stripe.reconcile', '{}', to_char(private.now() at time zone 'UTC', 'YYYY-MM-DD'))$$);
select private.define_job('invocation-outcomes', '* * * * *', '1 minute', 'select private.collect_invocations()');
select private.define_job('retention', '17 3 * * *', '1 day', 'select private.prune()');
select private.define_job('ledger-seal', '7 0 * * *', '1 day', 'select ledger.seal()');
select private.define_job('ledger-proof', '47 3 * * *', '1 day', 'select private.prove_ledger()');

select private.schedule_jobs();
