-- MODERA: starting a try-on. One transaction: hold, session, prediction, try-on, job.

create function private.modera_request_id(caller uuid, kind text, key text)
returns uuid
language sql
immutable
set search_path = ''
return (
  select (substr(digest, 1, 12) || '8' || substr(digest, 14, 3) || '9' || substr(digest, 18, 15))::uuid
  from encode(sha256(convert_to(format('modera.%s/%s/%s', kind, caller, key), 'UTF8')), 'hex') digest
);

comment on function private.modera_request_id(uuid, text, text) is
  'The row that a caller''s idempotency key stands for, by kind of request (a version 8 UUID): a retry finds it by its id, and a refused attempt has the same body.';

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

create function private.modera_started_try_on(try_on uuid, session_id uuid, person_path text, garment_path text)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  started record;
begin
  select t.id, t.session_id, t.prediction_id, t.person_image_url, t.clothing_image_url, h.amount into started
  from modera.virtual_tryons t
  left join jobs.predictions p on p.id = t.prediction_id
  left join ledger.holds h on h.id = p.hold_id
  where t.id = try_on;
  if not found then
    return null;
  end if;
  if (started.session_id, started.person_image_url, started.clothing_image_url)
    is distinct from (modera_started_try_on.session_id, person_path, garment_path) then
    perform private.raise_problem(409, 'idempotency_conflict', 'This idempotency key was used for another request.');
  end if;
  return jsonb_build_object('try_on_id', started.id, 'session_id', started.session_id, 'status', 'active', 'credits_held', started.amount,
    'prediction_id', started.prediction_id, 'replayed', true);
end
$$;

comment on function private.modera_started_try_on(uuid, uuid, text, text) is
  'The first answer to a retried start_try_on, or null. Another session or other pictures under the same key: idempotency_conflict.';

create function private.modera_start_try_on(person_path text, garment_path text, key text, session_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  caller constant uuid := auth.uid();
  try_on uuid;
  session modera.fashion_sessions;
  profile modera.profiles;
  person jsonb;
  garment jsonb;
  held jsonb;
  started jsonb;
  prediction uuid;
begin
  -- GUARD
  if caller is null then
    perform private.raise_problem(401, 'unauthorized', 'Sign in to try something on.');
  end if;
  perform private.require_key(key);
  try_on := private.modera_request_id(caller, 'try-on', key);
  session.id := coalesce(session_id, private.modera_request_id(caller, 'session-of-try-on', key));
  started := private.modera_started_try_on(try_on, session.id, person_path, garment_path);
  if started is not null then
    return started;
  end if;
  perform private.modera_require_consent(caller);
  person := private.modera_input(caller, person_path, 'person_path');
  garment := private.modera_input(caller, garment_path, 'garment_path');

  -- LOCK: the session, the profile, then the ledger account, until the transaction ends.
  if session_id is null then
    session.created_at := private.now();
    session.expires_at := session.created_at + private.modera_session_timeout();
  else
    session := private.modera_lock_session(caller, session_id, 'tryon');
    started := private.modera_started_try_on(try_on, session.id, person_path, garment_path);
    if started is not null then
      return started;
    end if;
    perform private.modera_require_unused(session);
  end if;
  update modera.profiles p set last_activity = private.now() where p.auth_user_id = caller returning p.* into profile;
  if not profile.is_active then
    perform private.raise_problem(403, 'forbidden', 'This account is closed.');
  end if;

  -- The hold outlives the session that it pays for.
  held := ledger.hold('modera', caller, billing.rate('modera', 'tryon'), 'modera.try-on/' || try_on, 'tryon',
    session.expires_at - session.created_at + interval '15 minutes', session.id::text,
    jsonb_build_object('person_path', person_path, 'garment_path', garment_path));
  if held ? 'refusal' then
    return held;
  end if;
  if (held ->> 'replayed')::boolean then
    return private.modera_started_try_on(try_on, session.id, person_path, garment_path);
  end if;

  -- WRITE
  insert into modera.fashion_sessions as s (id, user_id, session_type, input_data, created_at, expires_at)
  values (session.id, profile.id, 'tryon', jsonb_build_object('person_path', person_path, 'garment_path', garment_path),
    session.created_at, session.expires_at)
  on conflict (id) do update set input_data = excluded.input_data;
  prediction := jobs.create_prediction('modera', 'modera.try-on', try_on, (held ->> 'hold_id')::uuid,
    session.expires_at - private.now());
  insert into modera.virtual_tryons (id, session_id, user_id, prediction_id, person_image_url, clothing_image_url,
    person_image_metadata, clothing_image_metadata)
  values (try_on, session.id, profile.id, prediction, person_path, garment_path, person, garment);
  -- Twelve attempts with growing pauses outlast any session.
  perform jobs.enqueue('modera.try-on', jsonb_build_object('prediction_id', prediction), 'modera.try-on/' || prediction,
    max_attempts => 12);
  return jsonb_build_object('try_on_id', try_on, 'session_id', session.id, 'status', 'active', 'credits_held', (held ->> 'amount')::bigint,
    'prediction_id', prediction, 'replayed', false);
end
$$;

comment on function private.modera_start_try_on(text, text, text, uuid) is
  'See modera.start_try_on. Definer: users may not write sessions, holds and jobs; the caller is auth.uid(), and the pictures must be theirs.';

create function modera.start_try_on(person_path text, garment_path text, key text, session_id uuid default null)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_start_try_on(person_path, garment_path, key, session_id);

comment on function modera.start_try_on(text, text, text, uuid) is
  'Starts a try-on of two pictures in the caller''s folder of modera-inputs, once for each key, in the caller''s session or (null) in one of its own: {try_on_id, session_id, status, credits_held, prediction_id, replayed}, or {refusal: insufficient_credits}.';

grant execute on function private.modera_start_try_on(text, text, text, uuid) to authenticated;
grant execute on function modera.start_try_on(text, text, text, uuid) to authenticated;
