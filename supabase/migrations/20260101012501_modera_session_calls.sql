-- MODERA: opening a session before anything is asked for in it, and ending one early.

create function private.modera_session_answer(session modera.fashion_sessions, replayed boolean)
returns jsonb
language sql
stable
set search_path = ''
return jsonb_build_object('session_id', session.id, 'type', session.session_type, 'status', private.modera_session_status(session),
  'created_at', session.created_at, 'expires_at', session.expires_at, 'replayed', replayed);

comment on function private.modera_session_answer(modera.fashion_sessions, boolean) is 'What start_session and cancel_session answer.';

create function private.modera_start_session(session_type text, key text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  caller constant uuid := auth.uid();
  session modera.fashion_sessions;
  profile modera.profiles;
  opened boolean;
begin
  -- GUARD
  if caller is null then
    perform private.raise_problem(401, 'unauthorized', 'Sign in to open a session.');
  end if;
  perform private.require_key(key);
  if session_type is null or session_type not in ('tryon', 'styling') then
    perform private.raise_problem(422, 'invalid_request', 'A session is for tryon or styling.', '{"field": "type"}');
  end if;
  perform private.admit('modera', caller);
  session.id := private.row_of_key('modera', 'session', caller, key);
  update modera.profiles p set last_activity = private.now() where p.auth_user_id = caller returning p.* into profile;

  -- WRITE
  insert into modera.fashion_sessions as s (id, user_id, session_type)
  values (session.id, profile.id, modera_start_session.session_type)
  on conflict (id) do nothing;
  opened := found;
  select s.* into session from modera.fashion_sessions s where s.id = session.id;
  if session.session_type <> modera_start_session.session_type then
    perform private.raise_problem(409, 'idempotency_conflict', 'This idempotency key was used for another request.');
  end if;
  return private.modera_session_answer(session, not opened);
end
$$;

comment on function private.modera_start_session(text, text) is
  'See modera.start_session. Definer: users may not write sessions; the caller is auth.uid().';

create function private.modera_cancel_session(session_id uuid)
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
  select s.* into session from modera.fashion_sessions s
  where s.id = modera_cancel_session.session_id and s.user_id = private.modera_user_id()
  for no key update;

  -- GUARD
  if not found then
    perform private.raise_problem(404, 'not_found', 'You have no session with this id.');
  end if;
  if session.failure_code = 'session_cancelled' then
    return private.modera_session_answer(session, true);
  end if;
  if private.modera_session_status(session) not in ('active', 'processing') then
    perform private.raise_problem(409, 'illegal_transition', 'The session has ended already.',
      jsonb_build_object('state', private.modera_session_status(session)));
  end if;

  -- WRITE: the contract has no state of its own for it.
  perform private.modera_end_session(session, 'failed', 'session_cancelled', 'You cancelled it. No credits were used.');
  session.status := 'failed';
  return private.modera_session_answer(session, false);
end
$$;

comment on function private.modera_cancel_session(uuid) is
  'See modera.cancel_session. Definer: sessions, holds and predictions are written by functions alone; the session must be the caller''s.';

create function modera.start_session(session_type text, key text)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_start_session(session_type, key);

comment on function modera.start_session(text, text) is
  'Opens a session of the caller (tryon or styling) that waits for one request until it expires, once for each key: {session_id, type, status, created_at, expires_at, replayed}.';

create function modera.cancel_session(session_id uuid)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_cancel_session(session_id);

comment on function modera.cancel_session(uuid) is
  'Ends a session of the caller that is active or processing: it has failed with session_cancelled, its hold is released and its prediction given up. A result that comes all the same is late. Idempotent; one that has ended otherwise: illegal_transition.';

grant execute on function private.modera_start_session(text, text) to authenticated;
grant execute on function private.modera_cancel_session(uuid) to authenticated;
grant execute on function modera.start_session(text, text) to authenticated;
grant execute on function modera.cancel_session(uuid) to authenticated;
