-- MODERA: sessions, one for each thing a person asked for.

create table modera.fashion_sessions (
  id uuid primary key default gen_random_uuid(),
  user_id bigint not null references modera.profiles (id),
  session_type text not null check (session_type in ('tryon', 'styling')),
  prediction_id uuid unique references jobs.predictions (id) on delete set null,
  status text not null default 'active' check (status in ('active', 'processing', 'completed', 'failed', 'expired')),
  input_data jsonb not null default '{}',
  result_data jsonb not null default '{}',
  processing_metadata jsonb not null default '{}',
  credits_used integer not null default 0 check (credits_used >= 0),
  processing_time integer check (processing_time >= 0),
  ai_model_used text check (length(ai_model_used) <= 200),
  failure_code text,
  failure_message text,
  created_at timestamptz not null default private.now(),
  started_processing_at timestamptz,
  completed_at timestamptz,
  expires_at timestamptz not null default private.now() + private.modera_session_timeout(),
  unique (id, user_id, session_type),
  constraint sessions_lifetime check (expires_at > created_at),
  constraint sessions_start check (started_processing_at >= created_at),
  constraint sessions_end check (completed_at >= coalesce(started_processing_at, created_at)),
  constraint sessions_ended_when check ((status in ('completed', 'failed', 'expired')) = (completed_at is not null)),
  constraint sessions_failed_why check ((status in ('failed', 'expired')) = (failure_code is not null)),
  constraint sessions_charged_when check (credits_used = 0 or status = 'completed')
);

create index fashion_sessions_of_user on modera.fashion_sessions (user_id, session_type, status);
create index fashion_sessions_due on modera.fashion_sessions (expires_at) where status in ('active', 'processing');
create index fashion_sessions_by_day on modera.fashion_sessions (created_at);

alter table modera.fashion_sessions enable row level security;

create policy fashion_sessions_read_own on modera.fashion_sessions for select to authenticated
  using (user_id = (select private.modera_user_id()));

grant select on modera.fashion_sessions to authenticated, service_role;

insert into private.transitions (machine, from_state, to_state) values
  ('modera.fashion_sessions.status', 'active', 'processing'),
  ('modera.fashion_sessions.status', 'active', 'failed'),
  ('modera.fashion_sessions.status', 'active', 'expired'),
  ('modera.fashion_sessions.status', 'processing', 'completed'),
  ('modera.fashion_sessions.status', 'processing', 'failed'),
  ('modera.fashion_sessions.status', 'processing', 'expired');

create trigger fashion_sessions_move_legally before update of status on modera.fashion_sessions
  for each row execute function private.guard_transition('status');

comment on table modera.fashion_sessions is
  'Sessions for virtual try-on and AI styling: active, then processing, then completed, failed or expired. Written by the service''s functions alone.';
comment on column modera.fashion_sessions.prediction_id is 'What was asked of a provider for it; null while nothing was.';
comment on column modera.fashion_sessions.input_data is 'What the person gave (images, preferences).';
comment on column modera.fashion_sessions.result_data is 'What the AI made and recommends.';
comment on column modera.fashion_sessions.processing_metadata is 'Technical facts about the work.';
comment on column modera.fashion_sessions.credits_used is 'What the ledger captured for it: nothing unless it completed.';
comment on column modera.fashion_sessions.processing_time is 'Seconds.';
comment on column modera.fashion_sessions.failure_code is 'Why it failed or expired, for programs; failure_message says it to people.';
comment on column modera.fashion_sessions.completed_at is 'When it ended, well or not.';
comment on column modera.fashion_sessions.expires_at is 'After this moment it can only expire.';

create function private.modera_session_status(session modera.fashion_sessions)
returns text
language sql
stable
set search_path = ''
return case
  when session.status in ('active', 'processing') and session.expires_at <= private.now() then 'expired'
  else session.status
end;

comment on function private.modera_session_status(modera.fashion_sessions) is
  'The state that readers are shown: a session past its time is expired, whether or not the sweep ran.';
