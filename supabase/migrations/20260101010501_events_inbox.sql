-- The inbox: what providers sent us, once.

create type events.inbox_state as enum ('received', 'processed', 'ignored', 'dead');
comment on type events.inbox_state is
  'received: waits for something else to happen first. processed, ignored: done. dead: can never be applied as it is; an operator looks.';

insert into private.transitions (machine, from_state, to_state) values
  ('events.inbox.state', 'received', 'processed'),
  ('events.inbox.state', 'received', 'ignored'),
  ('events.inbox.state', 'received', 'dead'),
  ('events.inbox.state', 'dead', 'received'),
  ('events.inbox.state', 'dead', 'processed'),
  ('events.inbox.state', 'dead', 'ignored');

create table events.inbox (
  id uuid primary key default gen_random_uuid(),
  provider text not null check (provider ~ '^[a-z][a-z_]{1,19}$'),
  event_id text not null check (length(event_id) between 1 and 255),
  event_type text not null,
  occurred_at timestamptz not null,
  received_at timestamptz not null default private.now(),
  state events.inbox_state not null default 'received',
  waits_for text,
  reason text,
  attempts integer not null default 0,
  concluded_at timestamptz,
  effect jsonb not null,
  payload jsonb not null,
  unique (provider, event_id)
);

create index inbox_waiting on events.inbox (waits_for) where state = 'received';
create index inbox_dead on events.inbox (received_at) where state = 'dead';
create index inbox_by_age on events.inbox (received_at);

alter table events.inbox enable row level security;

create trigger inbox_moves_legally before update of state on events.inbox
  for each row execute function private.guard_transition('state');

comment on table events.inbox is
  'Every event a provider sent, unique by its id, written in the transaction that applies it. No API role can read it.';
comment on column events.inbox.effect is 'What the event means to us, in our words.';
comment on column events.inbox.payload is 'What the provider said; emptied when its retention ends.';
comment on column events.inbox.waits_for is 'The payment or invoice that has to be paid first.';

create function events.receive(
  provider text, event_id text, event_type text, occurred_at timestamptz, effect jsonb, payload jsonb
)
returns uuid
language plpgsql
volatile
set search_path = ''
as $$
declare
  message_id uuid;
begin
  insert into events.inbox (provider, event_id, event_type, occurred_at, effect, payload)
  values (provider, event_id, event_type, occurred_at, coalesce(effect, '{}'), coalesce(payload, '{}'))
  on conflict on constraint inbox_provider_event_id_key do nothing
  returning id into message_id;
  return message_id;
end
$$;

comment on function events.receive(text, text, text, timestamptz, jsonb, jsonb) is
  'Records an event and returns its id in the inbox, or null when it was recorded before. While another transaction applies the same event, waits for it.';

create function events.await_turn(provider text, event_id text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(format('event:%s:%s', provider, event_id), 0));
end
$$;

comment on function events.await_turn(text, text) is
  'Waits while another transaction applies the same event. From then on events.earlier says whether it did, and nobody else does before this transaction ends.';

create function events.state_of(verdict jsonb)
returns events.inbox_state
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case verdict ->> 'outcome' when 'applied' then 'processed' when 'ignored' then 'ignored' when 'deferred' then 'received' else 'dead' end;
end
$$;

comment on function events.state_of(jsonb) is 'The state of an event of which this became: {outcome: applied | ignored | deferred | dead}.';

create function events.record(
  provider text, event_id text, event_type text, occurred_at timestamptz, effect jsonb, payload jsonb, verdict jsonb
)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  insert into events.inbox (provider, event_id, event_type, occurred_at, effect, payload, state, waits_for, reason, attempts, concluded_at)
  values (provider, event_id, event_type, occurred_at, coalesce(effect, '{}'), coalesce(payload, '{}'),
    events.state_of(verdict), verdict ->> 'waits_for', verdict ->> 'reason', 1, private.now());
end
$$;

comment on function events.record(text, text, text, timestamptz, jsonb, jsonb, jsonb) is
  'Records an event whose turn was awaited together with what became of it: one write, where events.receive and events.conclude are two. An event that is there already is an error.';

create function events.conclude(message_id uuid, verdict jsonb, effect jsonb default null)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  update events.inbox m
  set state = events.state_of(verdict), waits_for = verdict ->> 'waits_for', reason = verdict ->> 'reason', attempts = m.attempts + 1, concluded_at = private.now(),
    effect = coalesce(conclude.effect, m.effect)
  where m.id = message_id;
end
$$;

comment on function events.conclude(uuid, jsonb, jsonb) is
  'Writes down what became of an event: {outcome: applied | ignored | deferred | dead, reason, waits_for}.';

create function events.earlier(provider text, event_id text)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object('reason', m.state) from events.inbox m
    where m.provider = earlier.provider and m.event_id = earlier.event_id
  );
end
$$;

comment on function events.earlier(text, text) is 'What became of an event when it came first: {reason: its state}; null: it did not come.';
