-- The queue of work that takes time.

create type jobs.job_state as enum ('queued', 'running', 'succeeded', 'dead', 'discarded');
comment on type jobs.job_state is 'dead: out of attempts, or hopeless; an operator looks, and replays or discards.';

insert into private.transitions (machine, from_state, to_state) values
  ('jobs.queue.state', 'queued', 'running'),
  ('jobs.queue.state', 'running', 'queued'),
  ('jobs.queue.state', 'running', 'succeeded'),
  ('jobs.queue.state', 'running', 'dead'),
  ('jobs.queue.state', 'dead', 'queued'),
  ('jobs.queue.state', 'dead', 'discarded');

create table jobs.queue (
  id uuid primary key default gen_random_uuid(),
  kind text not null check (kind ~ '^[a-z][a-z0-9_.-]{0,63}$'),
  payload jsonb not null default '{}',
  dedupe_key text check (length(dedupe_key) between 1 and 255),
  state jobs.job_state not null default 'queued',
  due_at timestamptz not null default private.now(),
  attempts integer not null default 0 check (attempts >= 0),
  max_attempts integer not null default 8 check (max_attempts between 1 and 100),
  worker text,
  progress jsonb,
  result jsonb,
  last_error text,
  traceparent text,
  created_at timestamptz not null default private.now(),
  finished_at timestamptz,
  updated_at timestamptz not null default private.now(),
  unique (kind, dedupe_key),
  constraint queue_lease check ((state = 'running') = (worker is not null)),
  constraint queue_end check ((state in ('succeeded', 'dead', 'discarded')) = (finished_at is not null))
) with (fillfactor = 70);

create index queue_due on jobs.queue (due_at) where state in ('queued', 'running');
create index queue_finished on jobs.queue (finished_at) where state in ('succeeded', 'dead', 'discarded');

alter table jobs.queue enable row level security;

create trigger queue_moves_legally before update of state on jobs.queue
  for each row execute function private.guard_transition('state');
create trigger queue_touch before update on jobs.queue
  for each row execute function private.touch_updated_at();

comment on table jobs.queue is
  'Work to be done at least once. A worker leases a job; a lease that runs out makes the job due again. No API role reads the table.';
comment on column jobs.queue.due_at is 'Queued: when it may start. Running: when its lease ends.';
comment on column jobs.queue.dedupe_key is 'One job for each kind and key, for as long as the row is kept.';
comment on column jobs.queue.traceparent is 'The trace in which it was queued; null outside a request.';
comment on column jobs.queue.attempts is 'Leases given that were not handed back.';

create function jobs.enqueue(
  kind text,
  payload jsonb,
  dedupe_key text default null,
  run_at timestamptz default null,
  max_attempts integer default 8
)
returns uuid
language plpgsql
volatile
security definer
set search_path = ''
set enable_seqscan = off
as $$
declare
  job jobs.queue;
  at constant timestamptz := private.now();
begin
  insert into jobs.queue (kind, payload, dedupe_key, due_at, max_attempts, traceparent, created_at, updated_at)
  values (kind, payload, dedupe_key, coalesce(run_at, at), max_attempts, private.traceparent(), at, at)
  on conflict on constraint queue_kind_dedupe_key_key do nothing
  returning * into job;
  if not found then
    select * into job from jobs.queue q where q.kind = enqueue.kind and q.dedupe_key = enqueue.dedupe_key;
    return job.id;
  end if;
  -- A job of this kind that was queued just now and waits has woken the worker, which goes on until nothing is due.
  -- Asked in the order of queue_due, so that a backlog is never walked through; nor by a plan that was made while the queue was short.
  if job.due_at <= at then
    perform from jobs.queue q
    where q.due_at between at - interval '2 seconds' and at and q.state = 'queued' and q.kind = job.kind
      and q.created_at = q.due_at and q.id <> job.id
    order by q.due_at desc limit 1;
    if not found then
      perform private.invoke_function('job-worker');
    end if;
  end if;
  return job.id;
end
$$;

comment on function jobs.enqueue(text, jsonb, text, timestamptz, integer) is
  'Queues a job and returns its id; the same kind and dedupe_key again: the id of the first. Wakes the worker when the job is due, after the commit, once for many at a time. Definer: the queue is written by the functions of jobs alone.';

grant execute on function jobs.enqueue(text, jsonb, text, timestamptz, integer) to service_role;
