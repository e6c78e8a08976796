-- MODERA: starting what a person asks for: a try-on or a style analysis. One transaction: hold, session, prediction, the row
-- of its type, job.

create function private.modera_lock_session(caller uuid, session_id uuid, session_type text)
returns modera.fashion_sessions
language plpgsql
volatile
set search_path = ''
as $$
declare
  session modera.fashion_sessions;
begin
  select s.* into session from modera.fashion_sessions s join modera.profiles p on p.id = s.user_id
  where s.id = modera_lock_session.session_id and p.auth_user_id = caller and s.session_type = modera_lock_session.session_type
  for no key update of s;
  if not found then
    perform private.raise_problem(404, 'not_found', 'You have no session of this type with this id.', '{"field": "session_id"}');
  end if;
  return session;
end
$$;

comment on function private.modera_lock_session(uuid, uuid, text) is
  'Locks a person''s session of a type until the transaction ends; another''s or of another type: not_found.';

create function private.modera_require_unused(session modera.fashion_sessions)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
  shown constant text := private.modera_session_status(session);
begin
  if shown <> 'active' or session.input_data <> '{}' then
    perform private.raise_problem(409, 'illegal_transition', 'A session is for one request, while it is active.',
      jsonb_build_object('field', 'session_id', 'state', shown));
  end if;
end
$$;

comment on function private.modera_require_unused(modera.fashion_sessions) is
  'Raises illegal_transition (409) unless a locked session is active and nothing was asked for in it yet.';

create function private.modera_operation(session_type text)
returns text
language sql
immutable
set search_path = ''
return case session_type when 'tryon' then 'try-on' when 'styling' then 'style-analysis' end;

comment on function private.modera_operation(text) is
  'What a session of this type asks of a provider. The kind of its prediction and of its job is modera.<operation>.';

create function private.modera_subject(session_id uuid)
returns uuid
language sql
stable
set search_path = ''
begin atomic
  select t.id from modera.virtual_tryons t where t.session_id = modera_subject.session_id
  union all
  select a.id from modera.style_analyses a where a.session_id = modera_subject.session_id;
end;

comment on function private.modera_subject(uuid) is 'The try-on or style analysis of a session; null when it has none.';

create function private.modera_subject_name(session_type text)
returns text
language sql
immutable
set search_path = ''
return replace(private.modera_operation(session_type), '-', '_') || '_id';

comment on function private.modera_subject_name(text) is 'What the id of a session''s subject is called in answers and events: try_on_id, style_analysis_id.';

create function private.modera_started_work(subject uuid, session_id uuid, inputs jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  started record;
begin
  select s.id, s.session_type, s.input_data, s.prediction_id, h.amount into started
  from (
    select t.session_id from modera.virtual_tryons t where t.id = subject
    union all
    select a.session_id from modera.style_analyses a where a.id = subject
  ) work
  join modera.fashion_sessions s on s.id = work.session_id
  left join jobs.predictions p on p.id = s.prediction_id
  left join ledger.holds h on h.id = p.hold_id;
  if not found then
    return null;
  end if;
  if (started.id, started.input_data) is distinct from (modera_started_work.session_id, inputs) then
    perform private.raise_problem(409, 'idempotency_conflict', 'This idempotency key was used for another request.');
  end if;
  return jsonb_build_object(private.modera_subject_name(started.session_type), subject, 'session_id', started.id, 'status', 'active',
    'credits_held', started.amount, 'prediction_id', started.prediction_id, 'replayed', true);
end
$$;

comment on function private.modera_started_work(uuid, uuid, jsonb) is
  'The first answer to a retried start, or null. Another session or other pictures under the same key: idempotency_conflict.';

create function private.modera_start_work(session_type text, inputs jsonb, key text, session_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  caller constant uuid := auth.uid();
  operation constant text := private.modera_operation(session_type);
  subject uuid;
  session modera.fashion_sessions;
  profile modera.profiles;
  checked jsonb := '{}';
  input record;
  held jsonb;
  started jsonb;
begin
  -- GUARD
  if caller is null then
    perform private.raise_problem(401, 'unauthorized', 'Sign in first.');
  end if;
  perform private.require_key(key);
  subject := private.row_of_key('modera', operation, caller, key);
  session.id := coalesce(session_id, private.row_of_key('modera', 'session-of-' || operation, caller, key));
  started := private.modera_started_work(subject, session.id, inputs);
  if started is not null then
    return started;
  end if;
  perform private.modera_require_consent(caller);
  for input in select i.key as field, i.value as path from jsonb_each_text(inputs) i loop
    checked := checked || jsonb_build_object(input.field, private.modera_input(caller, input.path, input.field));
  end loop;

  -- LOCK: the session, the profile, then the ledger account, until the transaction ends.
  if session_id is null then
    session.created_at := private.now();
    session.expires_at := session.created_at + private.modera_session_timeout();
  else
    session := private.modera_lock_session(caller, session_id, session_type);
    started := private.modera_started_work(subject, session.id, inputs);
    if started is not null then
      return started;
    end if;
    perform private.modera_require_unused(session);
  end if;
  update modera.profiles p set last_activity = private.now() where p.auth_user_id = caller returning p.* into profile;
  perform private.require_active('modera', caller);

  -- The hold outlives the session that it pays for. The books get no names of files: people choose them, and books are for ever.
  held := ledger.hold('modera', caller, billing.rate('modera', session_type), 'modera.' || operation || '/' || subject, session_type,
    session.expires_at - session.created_at + interval '15 minutes', session.id::text,
    jsonb_build_object('inputs', encode(private.fingerprint(inputs), 'hex')));
  if held ? 'refusal' then
    return held;
  end if;
  if (held ->> 'replayed')::boolean then
    return private.modera_started_work(subject, session.id, inputs);
  end if;

  -- WRITE
  session.prediction_id := jobs.create_prediction('modera', 'modera.' || operation, subject, (held ->> 'hold_id')::uuid,
    session.expires_at - private.now());
  insert into modera.fashion_sessions as s (id, user_id, session_type, prediction_id, input_data, created_at, expires_at)
  values (session.id, profile.id, session_type, session.prediction_id, inputs, session.created_at, session.expires_at)
  on conflict (id) do update set prediction_id = excluded.prediction_id, input_data = excluded.input_data;
  if session_type = 'tryon' then
    insert into modera.virtual_tryons (id, session_id, user_id, person_image_url, clothing_image_url,
      person_image_metadata, clothing_image_metadata)
    values (subject, session.id, profile.id, inputs ->> 'person_path', inputs ->> 'garment_path',
      checked -> 'person_path', checked -> 'garment_path');
  else
    insert into modera.style_analyses (id, session_id, user_id, input_image_url, input_image_metadata, user_preferences)
    values (subject, session.id, profile.id, inputs ->> 'photo_path', checked -> 'photo_path', profile.preferences);
  end if;
  -- Twelve attempts with growing pauses outlast any session.
  perform jobs.enqueue('modera.' || operation, jsonb_build_object('prediction_id', session.prediction_id),
    'modera.' || operation || '/' || session.prediction_id, max_attempts => 12);
  return private.modera_started_work(subject, session.id, inputs) || '{"replayed": false}';
end
$$;

comment on function private.modera_start_work(text, jsonb, text, uuid) is
  'Starts the work of a session type on the caller''s own pictures: see modera.start_try_on, modera.start_style_analysis. Definer: users may not write sessions, holds and jobs; the caller is auth.uid(), and the pictures must be theirs.';

create function modera.start_try_on(person_path text, garment_path text, key text, session_id uuid default null)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_start_work('tryon', jsonb_build_object('person_path', person_path, 'garment_path', garment_path), key, session_id);

comment on function modera.start_try_on(text, text, text, uuid) is
  'Starts a try-on of two pictures in the caller''s folder of modera-inputs, once for each key, in the caller''s session or (null) in one of its own: {try_on_id, session_id, status, credits_held, prediction_id, replayed}, or {refusal: insufficient_credits}.';

create function modera.start_style_analysis(photo_path text, key text, session_id uuid default null)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_start_work('styling', jsonb_build_object('photo_path', photo_path), key, session_id);

comment on function modera.start_style_analysis(text, text, uuid) is
  'Starts a style analysis of a photo in the caller''s folder of modera-inputs, as modera.start_try_on does: {style_analysis_id, session_id, status, credits_held, prediction_id, replayed}, or {refusal: insufficient_credits}.';

grant execute on function private.modera_start_work(text, jsonb, text, uuid) to authenticated;
grant execute on function modera.start_try_on(text, text, text, uuid) to authenticated;
grant execute on function modera.start_style_analysis(text, text, uuid) to authenticated;
