-- MODERA: starting a try-on. One transaction: hold, session, prediction, try-on, job.

create function private.modera_session_id(caller uuid, key text)
returns uuid
language sql
immutable
set search_path = ''
return (
  select (substr(digest, 1, 12) || '8' || substr(digest, 14, 3) || '9' || substr(digest, 18, 15))::uuid
  from encode(sha256(convert_to('modera.session/' || caller || '/' || key, 'UTF8')), 'hex') digest
);

comment on function private.modera_session_id(uuid, text) is
  'The session that a caller''s idempotency key stands for (a version 8 UUID): a retry finds it by its id, and a refused attempt has the same body.';

create function private.modera_started_try_on(session uuid, person_path text, garment_path text)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  started record;
begin
  select t.id, t.prediction_id, t.person_image_url, t.clothing_image_url, h.amount into started
  from modera.virtual_tryons t
  left join jobs.predictions p on p.id = t.prediction_id
  left join ledger.holds h on h.id = p.hold_id
  where t.session_id = session;
  if not found then
    return null;
  end if;
  if (started.person_image_url, started.clothing_image_url) is distinct from (person_path, garment_path) then
    perform private.raise_problem(409, 'idempotency_conflict', 'This idempotency key was used for another request.');
  end if;
  return jsonb_build_object('try_on_id', started.id, 'session_id', session, 'status', 'active', 'credits_held', started.amount,
    'prediction_id', started.prediction_id, 'replayed', true);
end
$$;

comment on function private.modera_started_try_on(uuid, text, text) is
  'The first answer to a retried start_try_on, or null. Other pictures under the same key: idempotency_conflict.';

create function private.modera_start_try_on(person_path text, garment_path text, key text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  caller constant uuid := auth.uid();
  session uuid;
  profile modera.profiles;
  person jsonb;
  garment jsonb;
  held jsonb;
  started jsonb;
  try_on constant uuid := gen_random_uuid();
  prediction uuid;
  time_out constant interval := private.modera_session_timeout();
begin
  -- GUARD
  if caller is null then
    perform private.raise_problem(401, 'unauthorized', 'Sign in to try something on.');
  end if;
  perform private.require_key(key);
  session := private.modera_session_id(caller, key);
  started := private.modera_started_try_on(session, person_path, garment_path);
  if started is not null then
    return started;
  end if;
  perform private.modera_require_consent(caller);
  person := private.modera_input(caller, person_path, 'person_path');
  garment := private.modera_input(caller, garment_path, 'garment_path');
  update modera.profiles p set last_activity = private.now() where p.auth_user_id = caller returning p.* into profile;
  if not profile.is_active then
    perform private.raise_problem(403, 'forbidden', 'This account is closed.');
  end if;

  -- LOCK: the ledger account, until the transaction ends. The hold outlives the session that it pays for.
  held := ledger.hold('modera', caller, billing.rate('modera', 'tryon'), 'modera.try-on/' || session, 'tryon',
    time_out + interval '15 minutes', session::text,
    jsonb_build_object('person_path', person_path, 'garment_path', garment_path));
  if held ? 'refusal' then
    return held;
  end if;
  if (held ->> 'replayed')::boolean then
    return private.modera_started_try_on(session, person_path, garment_path);
  end if;

  -- WRITE
  insert into modera.fashion_sessions (id, user_id, session_type, input_data, expires_at)
  values (session, profile.id, 'tryon', jsonb_build_object('person_path', person_path, 'garment_path', garment_path),
    private.now() + time_out);
  prediction := jobs.create_prediction('modera', 'modera.try-on', try_on, (held ->> 'hold_id')::uuid, time_out);
  insert into modera.virtual_tryons (id, session_id, user_id, prediction_id, person_image_url, clothing_image_url,
    person_image_metadata, clothing_image_metadata)
  values (try_on, session, profile.id, prediction, person_path, garment_path, person, garment);
  -- Twelve attempts with growing pauses outlast any session.
  perform jobs.enqueue('modera.try-on', jsonb_build_object('prediction_id', prediction), 'modera.try-on/' || prediction,
    max_attempts => 12);
  return jsonb_build_object('try_on_id', try_on, 'session_id', session, 'status', 'active', 'credits_held', (held ->> 'amount')::bigint,
    'prediction_id', prediction, 'replayed', false);
end
$$;

comment on function private.modera_start_try_on(text, text, text) is
  'See modera.start_try_on. Definer: users may not write sessions, holds and jobs; the caller is auth.uid(), and the pictures must be theirs.';

create function modera.start_try_on(person_path text, garment_path text, key text)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_start_try_on(person_path, garment_path, key);

comment on function modera.start_try_on(text, text, text) is
  'Starts a try-on of two pictures in the caller''s folder of modera-inputs, once for each key: {try_on_id, session_id, status, credits_held, prediction_id, replayed}, or {refusal: insufficient_credits}.';

grant execute on function private.modera_start_try_on(text, text, text) to authenticated;
grant execute on function modera.start_try_on(text, text, text) to authenticated;
