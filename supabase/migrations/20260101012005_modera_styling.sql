-- MODERA: style analyses.

create function private.modera_valid_feedback(feedback jsonb)
returns boolean
language sql
immutable
set search_path = ''
return jsonb_typeof(feedback) = 'object'
  and feedback - array['rating', 'text', 'saved'] = '{}'
  and coalesce(feedback ->> 'rating' ~ '^[1-5]$' and jsonb_typeof(feedback -> 'rating') = 'number', not feedback ? 'rating')
  and coalesce(length(feedback ->> 'text') <= 2000 and jsonb_typeof(feedback -> 'text') = 'string', not feedback ? 'text')
  and coalesce(jsonb_typeof(feedback -> 'saved') = 'boolean', not feedback ? 'saved');

comment on function private.modera_valid_feedback(jsonb) is
  'Whether feedback is {rating: 1 to 5, text: up to 2000 characters, saved: true or false}, each of which may be left out.';

-- The check of a value runs with the rights of whoever changes it.
grant execute on function private.modera_valid_feedback(jsonb) to authenticated, service_role;

create table modera.style_analyses (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null,
  user_id bigint not null references modera.profiles (id),
  session_type text not null generated always as ('styling') stored,
  input_image_url text not null check (input_image_url ~ '^[0-9a-f-]{36}/[^/]'),
  input_image_metadata jsonb not null default '{}',
  user_preferences jsonb not null default '{}',
  style_profile jsonb not null default '{}',
  body_analysis jsonb not null default '{}',
  color_analysis jsonb not null default '{}',
  style_recommendations jsonb not null default '{}',
  confidence_scores jsonb not null default '{}',
  analysis_version text check (length(analysis_version) <= 50),
  user_feedback jsonb not null default '{}' check (private.modera_valid_feedback(user_feedback)),
  user_accepted_recommendations integer not null default 0 check (user_accepted_recommendations between 0 and 1000),
  credits_used integer not null default 0 check (credits_used >= 0),
  processing_time integer check (processing_time >= 0),
  created_at timestamptz not null default private.now(),
  completed_at timestamptz,
  unique (id, user_id),
  foreign key (session_id, user_id, session_type)
    references modera.fashion_sessions (id, user_id, session_type) on delete cascade,
  constraint analyses_end check (completed_at >= created_at),
  constraint analyses_charged_when check (credits_used = 0 or completed_at is not null),
  constraint analyses_rated_when check (
    completed_at is not null or user_feedback = '{}' and user_accepted_recommendations = 0
  )
);

create index style_analyses_of_session on modera.style_analyses (session_id, user_id, session_type);
create index style_analyses_of_user on modera.style_analyses (user_id, created_at desc);

alter table modera.style_analyses enable row level security;

create policy style_analyses_read_own on modera.style_analyses for select to authenticated
  using (user_id = (select private.modera_user_id()));
create policy style_analyses_update_own on modera.style_analyses for update to authenticated
  using (user_id = (select private.modera_user_id()))
  with check (user_id = (select private.modera_user_id()));

grant select on modera.style_analyses to authenticated, service_role;
grant update (user_feedback, user_accepted_recommendations) on modera.style_analyses to authenticated;

comment on table modera.style_analyses is 'AI style analyses and their results. Users give feedback on their own.';
comment on column modera.style_analyses.session_type is 'Ties the row to a styling session of the same user.';
comment on column modera.style_analyses.input_image_url is 'Path in the bucket modera-inputs, in the owner''s folder.';
comment on column modera.style_analyses.style_profile is 'Comprehensive AI-generated style profile.';
comment on column modera.style_analyses.body_analysis is 'Body type and measurement analysis.';
comment on column modera.style_analyses.color_analysis is 'Personal colour palette analysis.';
comment on column modera.style_analyses.style_recommendations is 'AI-generated style recommendations.';
comment on column modera.style_analyses.user_feedback is 'What the person thinks of it: {rating, text, saved}.';
comment on column modera.style_analyses.user_accepted_recommendations is 'How many of its recommendations the person says they took.';
comment on column modera.style_analyses.credits_used is 'What the ledger captured for it: nothing unless it completed.';
comment on column modera.style_analyses.processing_time is 'Seconds.';
