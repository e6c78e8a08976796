-- What is deleted when its time is over. Ledger, invoices, refunds and the audit log are kept.

create function private.prune(finished_jobs interval default '14 days', messages interval default '90 days')
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  delete from jobs.queue q where q.state = 'succeeded' and q.finished_at < private.now() - finished_jobs;
  delete from jobs.queue q where q.state in ('dead', 'discarded') and q.finished_at < private.now() - messages;
  -- The row stays: it is what makes a second delivery a duplicate.
  update events.inbox m set payload = '{}', effect = m.effect - 'chat_id' where m.received_at < private.now() - messages and m.state <> 'dead' and m.payload <> '{}';
  update events.inbox m set state = 'ignored', reason = 'never_matched', waits_for = null
  where m.state = 'received' and m.received_at < private.now() - messages;
  delete from events.outbox o where o.created_at < private.now() - messages;
  delete from events.notices n where n.created_at < private.now() - messages;
  delete from private.problem_counts p where p.minute < private.now() - messages;
  delete from limits.buckets b where b.full_until < private.now() - interval '1 hour';
  delete from private.used_proofs u where u.expires_at < private.now() - interval '1 hour';
  delete from private.invocations i where i.requested_at < private.now() - finished_jobs;
  if to_regclass('cron.job_run_details') is not null then
    delete from cron.job_run_details d where d.end_time < private.now() - interval '7 days';
  end if;
end
$$;

comment on function private.prune(interval, interval) is
  'Nightly: deletes finished jobs, published facts, empty buckets, used proofs, outcomes of invocations and pg_cron''s history, and empties what providers sent us.';

create function private.prove_ledger()
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  differences jsonb;
begin
  select jsonb_agg(to_jsonb(v)) into differences from (
    select v.account_id, v.problem, v.detail from ledger.verify() v
    union all
    select s.account_id, s.problem, s.detail || jsonb_build_object('seal', s.seal_number) from ledger.verify_seals() s
    limit 20
  ) v;
  if differences is not null then
    raise exception 'the ledger has differences: %', differences;
  end if;
end
$$;

comment on function private.prove_ledger() is 'Nightly: fails, and so shows in private.late_jobs, when ledger.verify() or ledger.verify_seals() finds a difference.';
