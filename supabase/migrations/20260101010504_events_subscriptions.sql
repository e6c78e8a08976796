-- Subscriptions: which job is queued for which facts. How the outbox is read.

create table events.subscriptions (
  topic text not null check (topic ~ '^[a-z_]+(\.[a-z_]+)+$'),
  job_kind text not null check (job_kind ~ '^[a-z][a-z0-9_.-]{0,63}$'),
  max_attempts integer not null default 20 check (max_attempts between 1 and 100),
  primary key (topic, job_kind)
);

alter table events.subscriptions enable row level security;

comment on table events.subscriptions is
  'The readers of the outbox: a fact of this topic is queued as a job of this kind in the transaction that publishes it, so nothing is skipped, however late that transaction commits, and what fails waits without holding up the facts after it.';
comment on column events.subscriptions.max_attempts is
  'With the pauses of jobs.backoff 20 attempts take some ten hours: an outage of a provider does not lose a fact.';

create function events.subscribe(topic text, job_kind text, max_attempts integer default 20)
returns void
language sql
volatile
set search_path = ''
begin atomic
  insert into events.subscriptions (topic, job_kind, max_attempts)
  values (subscribe.topic, subscribe.job_kind, subscribe.max_attempts)
  on conflict on constraint subscriptions_pkey do update set max_attempts = excluded.max_attempts;
end;

comment on function events.subscribe(text, text, integer) is
  'From now on facts of a topic are queued as jobs of this kind, with the payload {fact_id}. Idempotent. For migrations.';

create function events.queue_fact(fact events.outbox)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  subscription events.subscriptions;
begin
  for subscription in select * from events.subscriptions s where s.topic = fact.topic loop
    perform jobs.enqueue(subscription.job_kind, jsonb_build_object('fact_id', fact.id), 'fact:' || fact.id,
      max_attempts => subscription.max_attempts);
  end loop;
end
$$;

comment on function events.queue_fact(events.outbox) is 'Queues a job for each subscriber of a fact, once.';

create function events.read_fact(fact_id bigint)
returns jsonb
language sql
stable
security definer
set search_path = ''
begin atomic
  select jsonb_build_object('fact_id', o.id, 'key', o.dedupe_key, 'topic', o.topic, 'payload', o.payload, 'created_at', o.created_at)
  from events.outbox o where o.id = fact_id;
end;

comment on function events.read_fact(bigint) is
  'A published fact: {fact_id, key, topic, payload, created_at}; null once its retention ended. Definer: no API role reads the outbox.';

grant execute on function events.read_fact(bigint) to service_role;
