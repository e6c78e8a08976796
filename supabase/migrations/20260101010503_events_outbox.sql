-- The outbox: what we tell others, written in the transaction in which it happened.

create table events.outbox (
  id bigint generated always as identity primary key,
  topic text not null check (topic ~ '^[a-z_]+(\.[a-z_]+)+$'),
  payload jsonb not null,
  dedupe_key text not null,
  created_at timestamptz not null default private.now(),
  unique (dedupe_key)
);

create index outbox_by_age on events.outbox (created_at);

alter table events.outbox enable row level security;

create trigger outbox_is_kept_as_written before update or truncate on events.outbox
  for each statement execute function private.refuse_change();

comment on table events.outbox is
  'Facts for others, each once, never changed; deleted when their retention ends.';
comment on column events.outbox.dedupe_key is 'The fact''s name: publishing it again does nothing.';

create function events.publish(topic text, payload jsonb, dedupe_key text default null)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  fact events.outbox;
begin
  insert into events.outbox (topic, payload, dedupe_key)
  values (topic, payload, coalesce(dedupe_key, gen_random_uuid()::text))
  on conflict on constraint outbox_dedupe_key_key do nothing
  returning * into fact;
  if found then
    perform events.queue_fact(fact);
  end if;
end
$$;

comment on function events.publish(text, jsonb, text) is
  'Publishes a fact when the transaction commits, once for each key, and queues a job for each subscriber of its topic. Called by the definer functions of the kernel and the products; granted to no API role. Definer: the outbox is written by this function alone.';
