-- MODERA: try-ons.

create table modera.virtual_tryons (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null,
  user_id bigint not null references modera.profiles (id),
  session_type text not null generated always as ('tryon') stored,
  clothing_image_url text not null,
  person_image_url text not null,
  clothing_image_metadata jsonb not null default '{}',
  person_image_metadata jsonb not null default '{}',
  result_image_url text,
  result_image_metadata jsonb not null default '{}',
  fit_analysis jsonb not null default '{}',
  quality_score numeric(5, 4) check (quality_score between 0 and 1),
  confidence_score numeric(5, 4) check (confidence_score between 0 and 1),
  user_rating integer check (user_rating between 1 and 5),
  user_feedback text check (length(user_feedback) <= 2000),
  user_saved boolean not null default false,
  user_shared boolean not null default false,
  credits_used integer not null default 0 check (credits_used >= 0),
  processing_time integer check (processing_time >= 0),
  ai_model_version text check (length(ai_model_version) <= 200),
  created_at timestamptz not null default private.now(),
  started_at timestamptz,
  completed_at timestamptz,
  foreign key (session_id, user_id, session_type)
    references modera.fashion_sessions (id, user_id, session_type) on delete cascade,
  constraint tryons_inputs_are_paths check (
    person_image_url ~ '^[0-9a-f-]{36}/[^/]' and clothing_image_url ~ '^[0-9a-f-]{36}/[^/]'
  ),
  constraint tryons_result_is_a_path check (result_image_url ~ '^[0-9a-f-]{36}/[^/]'),
  constraint tryons_start check (started_at >= created_at),
  constraint tryons_end check (completed_at >= coalesce(started_at, created_at)),
  constraint tryons_result_when check ((result_image_url is null) = (completed_at is null)),
  constraint tryons_charged_when check (credits_used = 0 or completed_at is not null),
  constraint tryons_rated_when check (user_rating is null or completed_at is not null)
);

create index virtual_tryons_of_session on modera.virtual_tryons (session_id, user_id, session_type);
create index virtual_tryons_of_user on modera.virtual_tryons (user_id, created_at desc);

alter table modera.virtual_tryons enable row level security;

create policy virtual_tryons_read_own on modera.virtual_tryons for select to authenticated
  using (user_id = (select private.modera_user_id()));
create policy virtual_tryons_update_own on modera.virtual_tryons for update to authenticated
  using (user_id = (select private.modera_user_id()))
  with check (user_id = (select private.modera_user_id()));

grant select on modera.virtual_tryons to authenticated, service_role;
grant update (user_rating, user_feedback, user_saved) on modera.virtual_tryons to authenticated;

comment on table modera.virtual_tryons is
  'Virtual try-ons and their results. Users rate and save their own; the rest is written by the service''s functions alone.';
comment on column modera.virtual_tryons.session_type is 'Ties the row to a try-on session of the same user.';
comment on column modera.virtual_tryons.person_image_url is 'Path in the bucket modera-inputs, in the owner''s folder; never an address that somebody else serves.';
comment on column modera.virtual_tryons.clothing_image_url is 'Path in the bucket modera-inputs, in the owner''s folder.';
comment on column modera.virtual_tryons.person_image_metadata is 'The object that was checked: {object_id, etag, size, mimetype}. Another object under the same path is not used.';
comment on column modera.virtual_tryons.clothing_image_metadata is 'See person_image_metadata.';
comment on column modera.virtual_tryons.result_image_url is 'Path in the bucket modera-results.';
comment on column modera.virtual_tryons.fit_analysis is 'AI analysis of how the clothing fits the person.';
comment on column modera.virtual_tryons.quality_score is 'AI-assessed quality of the generated image, 0 to 1.';
comment on column modera.virtual_tryons.confidence_score is 'AI confidence in the result, 0 to 1.';
comment on column modera.virtual_tryons.user_shared is 'Whether a share of it is open: kept in step with modera.shares.';
comment on column modera.virtual_tryons.credits_used is 'What the ledger captured for it: nothing unless it completed.';
comment on column modera.virtual_tryons.processing_time is 'Seconds.';
comment on column modera.virtual_tryons.completed_at is 'When the result was stored; null when it failed.';
