-- MODERA: what becomes of a try-on. Lock order everywhere: session, prediction, ledger account. A transaction's time is
-- when it began, which may be before what it waited for: no end is put before its start.

create function private.modera_lock_try_on(prediction_id uuid, out try_on modera.virtual_tryons, out session modera.fashion_sessions)
language plpgsql
volatile
set search_path = ''
as $$
begin
  select s.* into session
  from modera.virtual_tryons t join modera.fashion_sessions s on s.id = t.session_id
  where t.prediction_id = modera_lock_try_on.prediction_id
  for no key update of s;
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no try-on with this prediction.');
  end if;
  select t.* into try_on from modera.virtual_tryons t where t.prediction_id = modera_lock_try_on.prediction_id;
end
$$;

comment on function private.modera_lock_try_on(uuid) is
  'Locks the session of a prediction''s try-on until the transaction ends and returns both.';

create function private.modera_fail_session(session modera.fashion_sessions, status text, code text, message text)
returns void
language sql
volatile
set search_path = ''
begin atomic
  update modera.fashion_sessions s set
    status = modera_fail_session.status,
    failure_code = case when code ~ '^[a-z][a-z0-9_]{0,63}$' then code else 'provider_failed' end,
    failure_message = left(coalesce(nullif(message, ''), 'The try-on failed.'), 500),
    completed_at = greatest(private.now(), s.created_at, s.started_processing_at),
    processing_time = greatest(0, extract(epoch from private.now() - s.started_processing_at)::integer)
  where s.id = session.id;
end;

comment on function private.modera_fail_session(modera.fashion_sessions, text, text, text) is
  'Ends a locked session as failed or expired, and says why.';

create function private.modera_prediction_of(session_id uuid)
returns uuid
language sql
stable
set search_path = ''
begin atomic
  select t.prediction_id from modera.virtual_tryons t where t.session_id = modera_prediction_of.session_id;
end;

comment on function private.modera_prediction_of(uuid) is 'What was asked of a provider for a session; null while nothing was.';

create function private.modera_end_session(session modera.fashion_sessions, status text, code text, message text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  prediction_id constant uuid := private.modera_prediction_of(session.id);
begin
  if prediction_id is not null then
    perform jobs.settle_prediction(prediction_id, 'canceled', null, code, message);
  end if;
  perform private.modera_fail_session(session, status, code, message);
end
$$;

comment on function private.modera_end_session(modera.fashion_sessions, text, text, text) is
  'Ends a locked session before its work is done: what was held for it is released, and the provider is told to stop.';

create function private.modera_expire_session(session modera.fashion_sessions)
returns void
language sql
volatile
set search_path = ''
begin atomic
  select private.modera_end_session(session, 'expired', 'session_expired', private.modera_expired_message());
end;

comment on function private.modera_expire_session(modera.fashion_sessions) is 'Ends a locked session whose time is over.';

create function private.modera_input_state(path text, checked jsonb)
returns text
language sql
stable
set search_path = ''
return case
  when private.modera_picture('modera-inputs', path) is null then 'missing'
  when private.modera_picture('modera-inputs', path) = checked then 'intact'
  else 'changed'
end;

comment on function private.modera_input_state(text, jsonb) is
  'Whether the picture under a path is the one that was checked: intact, changed or missing.';

create function private.modera_try_on_submission(prediction_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  answer jsonb;
begin
  select jsonb_build_object(
    'try_on_id', t.id,
    'user_id', u.holder,
    'person_path', t.person_image_url,
    'garment_path', t.clothing_image_url,
    'person_input', private.modera_input_state(t.person_image_url, t.person_image_metadata),
    'garment_input', private.modera_input_state(t.clothing_image_url, t.clothing_image_metadata),
    'deadline_at', s.expires_at,
    'state', private.modera_session_status(s),
    'provider', p.provider,
    'provider_prediction_id', p.provider_prediction_id
  ) into answer
  from modera.virtual_tryons t
  join modera.fashion_sessions s on s.id = t.session_id
  join modera.profiles u on u.id = t.user_id
  join jobs.predictions p on p.id = t.prediction_id
  where t.prediction_id = modera_try_on_submission.prediction_id;
  if answer is null then
    perform private.raise_problem(404, 'not_found', 'There is no try-on with this prediction.');
  end if;
  return answer;
end
$$;

comment on function private.modera_try_on_submission(uuid) is
  'See modera.try_on_submission. Definer: reads the kernel''s tables for the service.';

create function private.modera_mark_try_on_submitted(prediction_id uuid, provider text, provider_prediction_id text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  locked record;
begin
  -- LOCK
  select * into locked from private.modera_lock_try_on(prediction_id);

  -- WRITE
  perform jobs.mark_submitted(prediction_id, provider, provider_prediction_id);
  if (locked.session).status = 'active' then
    perform private.modera_begin(locked.try_on);
    return jsonb_build_object('state', 'processing');
  end if;
  return jsonb_build_object('state', (locked.session).status);
end
$$;

comment on function private.modera_mark_try_on_submitted(uuid, text, text) is
  'See modera.mark_try_on_submitted. Definer: sessions and predictions are written by functions alone.';

create function private.modera_begin(try_on modera.virtual_tryons)
returns void
language sql
volatile
set search_path = ''
begin atomic
  update modera.fashion_sessions s set status = 'processing', started_processing_at = greatest(private.now(), s.created_at)
  where s.id = try_on.session_id and s.status = 'active';
  update modera.virtual_tryons t set started_at = greatest(private.now(), t.created_at)
  where t.id = try_on.id and t.started_at is null;
end;

comment on function private.modera_begin(modera.virtual_tryons) is 'Moves an active session to processing.';

create function private.modera_complete_try_on(prediction_id uuid, result_path text, output jsonb)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  locked record;
  session modera.fashion_sessions;
  try_on modera.virtual_tryons;
  picture jsonb;
  charged bigint;
begin
  -- LOCK
  select * into locked from private.modera_lock_try_on(prediction_id);
  session := locked.session;
  try_on := locked.try_on;

  -- GUARD
  if session.status in ('active', 'processing') and session.expires_at <= private.now() then
    perform private.modera_expire_session(session);
    session.status := 'expired';
  end if;
  if session.status = 'completed' then
    return jsonb_build_object('status', session.status, 'credits_used', session.credits_used, 'late', false, 'replayed', true);
  end if;
  if session.status in ('failed', 'expired') then
    -- Late: recorded, and not charged.
    perform jobs.settle_prediction(prediction_id, 'succeeded', output, null, null);
    return jsonb_build_object('status', session.status, 'credits_used', 0, 'late', true, 'replayed', false);
  end if;
  if result_path is null or result_path !~ format('^%s/%s\.(png|jpg|webp)$',
    (select p.holder from modera.profiles p where p.id = try_on.user_id), try_on.id) then
    perform private.raise_problem(422, 'invalid_request', 'A result is stored in its owner''s folder under the try-on''s id.',
      '{"field": "result_path"}');
  end if;
  picture := private.modera_picture('modera-results', result_path);
  if picture is null then
    perform private.raise_problem(409, 'input_not_found', 'The result is not in Storage yet.', '{"field": "result_path"}');
  end if;

  -- WRITE
  if session.status = 'active' then
    perform private.modera_begin(try_on);
  end if;
  perform jobs.settle_prediction(prediction_id, 'succeeded', output, null, null);
  select h.captured into charged from jobs.predictions p join ledger.holds h on h.id = p.hold_id where p.id = prediction_id;
  update modera.virtual_tryons t set
    result_image_url = result_path,
    result_image_metadata = picture,
    fit_analysis = coalesce(output -> 'fit_analysis', '{}'),
    quality_score = private.modera_score(output -> 'quality_score'),
    confidence_score = private.modera_score(output -> 'confidence_score'),
    credits_used = charged,
    ai_model_version = left(output ->> 'model', 200),
    processing_time = greatest(0, extract(epoch from private.now() - t.started_at)::integer),
    completed_at = greatest(private.now(), t.started_at)
  where t.id = try_on.id;
  update modera.fashion_sessions s set
    status = 'completed',
    credits_used = charged,
    result_data = jsonb_build_object('try_on_id', try_on.id, 'result_path', result_path),
    processing_metadata = s.processing_metadata || jsonb_strip_nulls(jsonb_build_object(
      'engine', output ->> 'engine', 'model', output ->> 'model')),
    ai_model_used = left(coalesce(output ->> 'model', output ->> 'engine'), 200),
    processing_time = greatest(0, extract(epoch from private.now() - s.started_processing_at)::integer),
    completed_at = greatest(private.now(), s.started_processing_at)
  where s.id = session.id;
  return jsonb_build_object('status', 'completed', 'credits_used', charged, 'late', false, 'replayed', false);
end
$$;

comment on function private.modera_complete_try_on(uuid, text, jsonb) is
  'See modera.complete_try_on. Definer: sessions, try-ons and predictions are written by functions alone.';

create function private.modera_score(score jsonb)
returns numeric
language sql
immutable
set search_path = ''
return case when jsonb_typeof(score) = 'number' and score::numeric between 0 and 1 then round(score::numeric, 4) end;

comment on function private.modera_score(jsonb) is 'A score that is a number from 0 to 1, else null: a provider''s oddity must not lose its result.';

create function private.modera_fail_try_on(prediction_id uuid, code text, message text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  locked record;
  session modera.fashion_sessions;
begin
  -- LOCK
  select * into locked from private.modera_lock_try_on(prediction_id);
  session := locked.session;

  -- GUARD
  if session.status in ('completed', 'failed', 'expired') then
    return jsonb_build_object('status', session.status, 'replayed', true);
  end if;

  -- WRITE
  perform jobs.settle_prediction(prediction_id, 'failed', null, code, message);
  perform private.modera_fail_session(session, 'failed', code, message);
  return jsonb_build_object('status', 'failed', 'replayed', false);
end
$$;

comment on function private.modera_fail_try_on(uuid, text, text) is
  'See modera.fail_try_on. Definer: sessions and predictions are written by functions alone.';
