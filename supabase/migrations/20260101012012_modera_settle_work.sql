-- MODERA: what becomes of a try-on or a style analysis. Lock order everywhere: session, profile, prediction, ledger account. A transaction's
-- time is when it began, which may be before what it waited for: no end is put before its start.

create function private.modera_lock_work(prediction_id uuid)
returns modera.fashion_sessions
language plpgsql
volatile
set search_path = ''
as $$
declare
  session modera.fashion_sessions;
begin
  select s.* into session from modera.fashion_sessions s
  where s.prediction_id = modera_lock_work.prediction_id
  for no key update;
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no session with this prediction.');
  end if;
  return session;
end
$$;

comment on function private.modera_lock_work(uuid) is
  'Locks the session of a prediction until the transaction ends and returns it.';

create function private.modera_publish_end(session_id uuid)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  ended record;
begin
  select s.*, p.holder, private.modera_subject(s.id) as subject into ended
  from modera.fashion_sessions s join modera.profiles p on p.id = s.user_id
  where s.id = session_id;
  if ended.subject is null then
    return;
  end if;
  perform events.publish(
    replace(private.modera_operation(ended.session_type), '-', '_') || case ended.status when 'completed' then '.completed' else '.failed' end,
    jsonb_build_object('product', 'modera', 'user_id', ended.holder, 'session_id', ended.id, 'credits_used', ended.credits_used,
      private.modera_subject_name(ended.session_type), ended.subject)
    || case when ended.status = 'completed' then '{}'
      else jsonb_build_object('failure', jsonb_build_object('code', ended.failure_code, 'message', ended.failure_message)) end,
    'modera.session/' || ended.id);
end
$$;

comment on function private.modera_publish_end(uuid) is
  'Publishes, once, that a try-on or style analysis has ended: try_on.completed, try_on.failed, style_analysis.completed, style_analysis.failed, with who it is for and, unless it completed, why. A session without either has nothing to tell.';

create function private.modera_fail_session(session modera.fashion_sessions, status text, code text, message text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  update modera.fashion_sessions s set
    status = modera_fail_session.status,
    failure_code = case when code ~ '^[a-z][a-z0-9_]{0,63}$' then code else 'provider_failed' end,
    failure_message = left(coalesce(nullif(message, ''), 'It could not be done.'), 500),
    completed_at = greatest(private.now(), s.created_at, s.started_processing_at),
    processing_time = greatest(0, extract(epoch from private.now() - s.started_processing_at)::integer)
  where s.id = session.id;
  perform private.modera_publish_end(session.id);
end
$$;

comment on function private.modera_fail_session(modera.fashion_sessions, text, text, text) is
  'Ends a locked session as failed or expired, says why, and publishes it.';

create function private.modera_end_session(session modera.fashion_sessions, status text, code text, message text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  if session.prediction_id is not null then
    perform jobs.settle_prediction(session.prediction_id, 'canceled', null, code, message);
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
  when private.stored_file('modera-inputs', path) is null then 'missing'
  when private.stored_file('modera-inputs', path) = checked then 'intact'
  else 'changed'
end;

comment on function private.modera_input_state(text, jsonb) is
  'Whether the picture under a path is the one that was checked: intact, changed or missing.';

create function private.modera_inputs(session_id uuid)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
  select jsonb_object_agg(i.name, jsonb_build_object('path', i.path, 'state', private.modera_input_state(i.path, i.checked)))
  from (
    select 'person_image' as name, t.person_image_url as path, t.person_image_metadata as checked
    from modera.virtual_tryons t where t.session_id = modera_inputs.session_id
    union all
    select 'garment_image', t.clothing_image_url, t.clothing_image_metadata
    from modera.virtual_tryons t where t.session_id = modera_inputs.session_id
    union all
    select 'photo_image', a.input_image_url, a.input_image_metadata
    from modera.style_analyses a where a.session_id = modera_inputs.session_id
  ) i;
end;

comment on function private.modera_inputs(uuid) is
  'The pictures of a session by the names that providers are given: {name: {path, state}}, state being intact, changed or missing.';

create function private.modera_prediction_submission(prediction_id uuid)
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
    'subject_id', p.subject_id,
    'user_id', u.holder,
    'inputs', private.modera_inputs(s.id),
    'models', private.modera_models(private.modera_operation(s.session_type)),
    'deadline_at', s.expires_at,
    'state', private.modera_session_status(s),
    'provider', p.provider,
    'provider_prediction_id', p.provider_prediction_id
  ) into answer
  from modera.fashion_sessions s
  join modera.profiles u on u.id = s.user_id
  join jobs.predictions p on p.id = s.prediction_id
  where s.prediction_id = modera_prediction_submission.prediction_id;
  if answer is null then
    perform private.raise_problem(404, 'not_found', 'There is no session with this prediction.');
  end if;
  return answer;
end
$$;

comment on function private.modera_prediction_submission(uuid) is
  'See modera.prediction_submission. Definer: reads the kernel''s tables for the service.';

create function private.modera_begin(session modera.fashion_sessions)
returns void
language sql
volatile
set search_path = ''
begin atomic
  update modera.fashion_sessions s set status = 'processing', started_processing_at = greatest(private.now(), s.created_at)
  where s.id = session.id and s.status = 'active';
  update modera.virtual_tryons t set started_at = greatest(private.now(), t.created_at)
  where t.session_id = session.id and t.started_at is null;
end;

comment on function private.modera_begin(modera.fashion_sessions) is 'Moves an active session to processing.';

create function private.modera_mark_prediction_submitted(prediction_id uuid, provider text, provider_prediction_id text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  session modera.fashion_sessions;
begin
  -- LOCK
  session := private.modera_lock_work(prediction_id);

  -- WRITE
  perform jobs.mark_submitted(prediction_id, provider, provider_prediction_id);
  if session.status = 'active' then
    perform private.modera_begin(session);
    return jsonb_build_object('state', 'processing');
  end if;
  return jsonb_build_object('state', session.status);
end
$$;

comment on function private.modera_mark_prediction_submitted(uuid, text, text) is
  'See modera.mark_prediction_submitted. Definer: sessions and predictions are written by functions alone.';

create function private.modera_complete_prediction(prediction_id uuid, output jsonb, result_path text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  session modera.fashion_sessions;
  kept jsonb;
  charged bigint;
begin
  -- LOCK
  session := private.modera_lock_work(prediction_id);

  -- GUARD
  if private.modera_session_status(session) = 'expired' and session.status <> 'expired' then
    perform private.modera_expire_session(session);
    session.status := 'expired';
  end if;
  if session.status = 'completed' then
    return jsonb_build_object('status', session.status, 'credits_used', session.credits_used, 'late', false, 'replayed', true);
  end if;
  if session.status in ('failed', 'expired') then
    -- Late: recorded, and not charged. What was read off a person stands in one place, or in none.
    perform jobs.settle_prediction(prediction_id, 'succeeded', output - 'analysis', null, null);
    return jsonb_build_object('status', session.status, 'credits_used', 0, 'late', true, 'replayed', false);
  end if;

  -- WRITE: the profile is locked before the ledger account, as a start does.
  if session.status = 'active' then
    perform private.modera_begin(session);
  end if;
  kept := case session.session_type
    when 'tryon' then private.modera_keep_try_on(session, output, result_path)
    else private.modera_keep_style_analysis(session, output)
  end;
  perform jobs.settle_prediction(prediction_id, 'succeeded', output - 'analysis', null, null);
  select h.captured into charged from jobs.predictions p join ledger.holds h on h.id = p.hold_id where p.id = prediction_id;
  update modera.virtual_tryons t set credits_used = charged where t.session_id = session.id;
  update modera.style_analyses a set credits_used = charged where a.session_id = session.id;
  update modera.fashion_sessions s set
    status = 'completed',
    credits_used = charged,
    result_data = kept,
    processing_metadata = s.processing_metadata || jsonb_strip_nulls(jsonb_build_object(
      'engine', output ->> 'engine', 'model', output ->> 'model')),
    ai_model_used = left(coalesce(output ->> 'model', output ->> 'engine'), 200),
    processing_time = greatest(0, extract(epoch from private.now() - s.started_processing_at)::integer),
    completed_at = greatest(private.now(), s.started_processing_at)
  where s.id = session.id;
  perform private.modera_publish_end(session.id);
  return jsonb_build_object('status', 'completed', 'credits_used', charged, 'late', false, 'replayed', false);
end
$$;

comment on function private.modera_complete_prediction(uuid, jsonb, text) is
  'See modera.complete_prediction. Definer: sessions, results and predictions are written by functions alone.';

create function private.modera_fail_prediction(prediction_id uuid, code text, message text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  session modera.fashion_sessions;
begin
  -- LOCK
  session := private.modera_lock_work(prediction_id);

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

comment on function private.modera_fail_prediction(uuid, text, text) is
  'See modera.fail_prediction. Definer: sessions and predictions are written by functions alone.';

create function modera.prediction_submission(prediction_id uuid)
returns jsonb
language sql
stable
set search_path = ''
return private.modera_prediction_submission(prediction_id);

comment on function modera.prediction_submission(uuid) is
  'What a provider is asked for: {subject_id, user_id, inputs, models, deadline_at, state, provider, provider_prediction_id}. inputs is {name: {path, state}} (intact, changed, missing), models {provider: model} as the setting ai_model_settings says.';

create function modera.mark_prediction_submitted(prediction_id uuid, provider text, provider_prediction_id text)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_mark_prediction_submitted(prediction_id, provider, provider_prediction_id);

comment on function modera.mark_prediction_submitted(uuid, text, text) is
  'Records who took the prediction, and moves its session to processing: {state}. Idempotent.';

create function modera.complete_prediction(prediction_id uuid, output jsonb, result_path text default null)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_complete_prediction(prediction_id, output, result_path);

comment on function modera.complete_prediction(uuid, jsonb, text) is
  'Records a result (for a try-on a picture that is in Storage) and captures the hold: {status, credits_used, late, replayed}. After a failure or the session''s end it is recorded as late and nothing is charged. Idempotent.';

create function modera.fail_prediction(prediction_id uuid, code text, message text)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_fail_prediction(prediction_id, code, message);

comment on function modera.fail_prediction(uuid, text, text) is
  'Records a failure and releases the hold: {status, replayed}. Idempotent; a session that has ended stays as it is.';

grant execute on function private.modera_prediction_submission(uuid) to service_role;
grant execute on function private.modera_mark_prediction_submitted(uuid, text, text) to service_role;
grant execute on function private.modera_complete_prediction(uuid, jsonb, text) to service_role;
grant execute on function private.modera_fail_prediction(uuid, text, text) to service_role;
grant execute on function modera.prediction_submission(uuid) to service_role;
grant execute on function modera.mark_prediction_submitted(uuid, text, text) to service_role;
grant execute on function modera.complete_prediction(uuid, jsonb, text) to service_role;
grant execute on function modera.fail_prediction(uuid, text, text) to service_role;
