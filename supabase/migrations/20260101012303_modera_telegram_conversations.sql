-- MODERA: what a person is in the middle of asking the bot for, and what became of it once it was asked.

create table modera.telegram_conversations (
  id uuid primary key default gen_random_uuid(),
  user_id bigint not null unique references modera.profiles (id),
  session_type text not null check (session_type in ('tryon', 'styling')),
  state text not null check (state in ('consent', 'photos', 'started')),
  opened_by bigint not null,
  attempts integer not null default 0 check (attempts >= 0),
  album text,
  created_at timestamptz not null default private.now(),
  expires_at timestamptz not null default private.now() + private.modera_session_timeout(),
  constraint conversations_lifetime check (expires_at > created_at)
);

alter table modera.telegram_conversations enable row level security;
create policy closed on modera.telegram_conversations for all to anon, authenticated using (false) with check (false);

insert into private.transitions (machine, from_state, to_state) values
  ('modera.telegram_conversations.state', 'consent', 'photos'),
  ('modera.telegram_conversations.state', 'photos', 'started');

create trigger telegram_conversations_move_legally before update of state on modera.telegram_conversations
  for each row execute function private.guard_transition('state');

comment on table modera.telegram_conversations is
  'One for each person who asked the bot for a try-on or a style analysis: first their consent, then their photos, then it is started. Another request replaces it. Service only.';
comment on column modera.telegram_conversations.opened_by is 'The update in which it was asked for: answering that again opens nothing anew.';
comment on column modera.telegram_conversations.attempts is 'How often its start was refused (for want of credits): each attempt has its own key.';
comment on column modera.telegram_conversations.album is 'The album (media group) that brought the last photo: what else is in it needs no answer.';

create table modera.telegram_photos (
  conversation_id uuid not null references modera.telegram_conversations (id) on delete cascade,
  message_id bigint not null,
  path text not null,
  primary key (conversation_id, message_id)
);

alter table modera.telegram_photos enable row level security;
create policy closed on modera.telegram_photos for all to anon, authenticated using (false) with check (false);

comment on table modera.telegram_photos is
  'The photos of a conversation, by the messages that brought them: the first is the person, the second the garment, in whatever order they are handled.';

create table modera.telegram_requests (
  session_id uuid primary key references modera.fashion_sessions (id),
  requested_at timestamptz not null default private.now()
);

alter table modera.telegram_requests enable row level security;
create policy closed on modera.telegram_requests for all to anon, authenticated using (false) with check (false);

comment on table modera.telegram_requests is 'Sessions that were asked for in the chat: their end is told there.';

insert into private.personal_data (table_name, rows_of, exported_as, sorted_by, erased_by, position) values
  ('modera.telegram_conversations', 't.user_id = (select p.id from modera.profiles p where p.holder = $1)', 'telegram_conversations', 't.id',
    'delete from modera.telegram_conversations t where t.user_id = (select p.id from modera.profiles p where p.holder = $1)', 20),
  ('modera.telegram_photos', $$t.conversation_id = (select c.id from modera.telegram_conversations c
      join modera.profiles p on p.id = c.user_id where p.holder = $1)$$, 'telegram_photos', 't.message_id',
    $$delete from modera.telegram_photos t where t.conversation_id = (select c.id from modera.telegram_conversations c
      join modera.profiles p on p.id = c.user_id where p.holder = $1)$$, 10),
  ('modera.telegram_requests', $$t.session_id in (select s.id from modera.fashion_sessions s
      join modera.profiles p on p.id = s.user_id where p.holder = $1)$$, 'telegram_requests', 't.session_id',
    $$delete from modera.telegram_requests t where t.session_id in (select s.id from modera.fashion_sessions s
      join modera.profiles p on p.id = s.user_id where p.holder = $1)$$, 20);

create function private.modera_photos_needed(session_type text)
returns integer
language sql
immutable
set search_path = ''
return case session_type when 'tryon' then 2 else 1 end;

comment on function private.modera_photos_needed(text) is 'How many photos a request of this type takes.';

create function private.modera_lock_conversation(user_id uuid)
returns modera.telegram_conversations
language plpgsql
volatile
set search_path = ''
as $$
declare
  conversation modera.telegram_conversations;
begin
  select c.* into conversation
  from modera.telegram_conversations c join modera.profiles p on p.id = c.user_id
  where p.auth_user_id = modera_lock_conversation.user_id
  for no key update of c;
  return conversation;
end
$$;

comment on function private.modera_lock_conversation(uuid) is
  'Locks somebody''s conversation until the transaction ends; a row of nulls when they have none. Lock order: conversation, then those of the request.';

create function private.modera_conversation_answer(conversation modera.telegram_conversations, message_id bigint default null)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  if conversation.id is null then
    return '{"state": "none"}';
  end if;
  return jsonb_build_object(
    'state', case when conversation.state <> 'started' and conversation.expires_at <= private.now() then 'expired' else conversation.state end,
    'session_type', conversation.session_type,
    'photos', (select count(*) from modera.telegram_photos t where t.conversation_id = conversation.id),
    'needed', private.modera_photos_needed(conversation.session_type),
    'known', exists (select from modera.telegram_photos t
      where t.conversation_id = conversation.id and t.message_id = modera_conversation_answer.message_id),
    'album', conversation.album,
    'max_bytes', private.modera_number_setting('max_image_size_mb', 10) * 1048576,
    'terms', case when conversation.state = 'consent' then (
      select t.summary from modera.consent_terms t where t.purpose = 'photos' order by t.version desc limit 1) end);
end
$$;

comment on function private.modera_conversation_answer(modera.telegram_conversations, bigint) is
  'Where a conversation stands: {state: none | consent | photos | started | expired, session_type, photos, needed, known, album, max_bytes, terms}.';

create function private.modera_open_conversation(user_id uuid, session_type text, update_id bigint)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  person bigint;
  conversation modera.telegram_conversations;
begin
  -- LOCK: the person, so that of two requests at once the later one stays.
  select p.id into person from modera.profiles p where p.auth_user_id = modera_open_conversation.user_id for no key update;
  if not found then
    perform private.raise_problem(404, 'holder_not_found', 'There is no such user.');
  end if;

  -- GUARD
  select * into conversation from modera.telegram_conversations c where c.user_id = person and c.opened_by = update_id;
  if found then
    return private.modera_conversation_answer(conversation);
  end if;

  -- WRITE
  delete from modera.telegram_conversations c where c.user_id = person;
  if modera_open_conversation.session_type is not null then
    insert into modera.telegram_conversations (user_id, session_type, opened_by, state)
    values (person, modera_open_conversation.session_type, update_id,
      case when private.modera_has_consent(modera_open_conversation.user_id) then 'photos' else 'consent' end)
    returning * into conversation;
  end if;
  return private.modera_conversation_answer(conversation);
end
$$;

comment on function private.modera_open_conversation(uuid, text, bigint) is
  'See modera.open_conversation. Definer: conversations are written by such functions alone.';

create function private.modera_conversation(user_id uuid, message_id bigint)
returns jsonb
language sql
stable
security definer
set search_path = ''
return private.modera_conversation_answer((
  select c from modera.telegram_conversations c join modera.profiles p on p.id = c.user_id
  where p.auth_user_id = modera_conversation.user_id
), message_id);

comment on function private.modera_conversation(uuid, bigint) is
  'See modera.conversation. Definer: see modera.telegram_conversations.';

create function private.modera_consent_in_chat(user_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  conversation modera.telegram_conversations := private.modera_lock_conversation(user_id);
begin
  perform private.modera_record_consent(user_id, true, 'telegram', 'photos', null);
  if conversation.state = 'consent' then
    update modera.telegram_conversations c set state = 'photos' where c.id = conversation.id returning c.* into conversation;
  end if;
  return private.modera_conversation_answer(conversation);
end
$$;

comment on function private.modera_consent_in_chat(uuid) is
  'See modera.consent_in_chat. Definer: see modera.telegram_conversations.';

create function private.modera_start_conversation(user_id uuid, conversation modera.telegram_conversations)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  key constant text := format('telegram/%s/%s', conversation.id, conversation.attempts);
  paths constant text[] := array(
    select t.path from modera.telegram_photos t where t.conversation_id = conversation.id order by t.message_id);
  started jsonb;
begin
  -- LOCK: as private.modera_start_work does.
  perform private.act_for(user_id);
  if conversation.session_type = 'tryon' then
    started := modera.start_try_on(paths[1], paths[2], key);
  else
    started := modera.start_style_analysis(paths[1], key);
  end if;

  -- WRITE
  if started ? 'refusal' then
    update modera.telegram_conversations c set attempts = c.attempts + 1 where c.id = conversation.id;
    return private.modera_conversation_answer(conversation) || jsonb_build_object('refused', started -> 'refusal');
  end if;
  insert into modera.telegram_requests (session_id) values ((started ->> 'session_id')::uuid) on conflict do nothing;
  update modera.telegram_conversations c set state = 'started' where c.id = conversation.id returning c.* into conversation;
  return private.modera_conversation_answer(conversation) || jsonb_build_object('started', started);
end
$$;

comment on function private.modera_start_conversation(uuid, modera.telegram_conversations) is
  'Starts what a locked conversation has all photos for: adds {started} to its answer, or {refused: {code, required, available}}, after which it may be tried again.';

create function private.modera_add_photo(user_id uuid, message_id bigint, path text, album text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  conversation modera.telegram_conversations := private.modera_lock_conversation(user_id);
  standing constant jsonb := private.modera_conversation_answer(conversation, message_id);
  had integer;
begin
  -- GUARD
  if standing ->> 'state' <> 'photos' then
    return standing;
  end if;
  perform private.modera_require_consent(user_id);
  perform private.modera_input(user_id, path, 'photo');
  select count(*) into had from modera.telegram_photos t
  where t.conversation_id = conversation.id and t.message_id <> modera_add_photo.message_id;
  if had >= private.modera_photos_needed(conversation.session_type) then
    return standing;
  end if;

  -- WRITE
  insert into modera.telegram_photos (conversation_id, message_id, path) values (conversation.id, message_id, path)
  on conflict on constraint telegram_photos_pkey do nothing;
  update modera.telegram_conversations c
  set album = modera_add_photo.album, expires_at = private.now() + private.modera_session_timeout()
  where c.id = conversation.id returning c.* into conversation;
  if had + 1 < private.modera_photos_needed(conversation.session_type) then
    return private.modera_conversation_answer(conversation);
  end if;
  return private.modera_start_conversation(user_id, conversation);
end
$$;

comment on function private.modera_add_photo(uuid, bigint, text, text) is
  'See modera.add_photo. Definer: see modera.telegram_conversations.';

create function private.modera_retry_conversation(user_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  conversation constant modera.telegram_conversations := private.modera_lock_conversation(user_id);
  standing constant jsonb := private.modera_conversation_answer(conversation);
begin
  if standing ->> 'state' <> 'photos' or standing -> 'photos' <> standing -> 'needed' then
    return standing;
  end if;
  return private.modera_start_conversation(user_id, conversation);
end
$$;

comment on function private.modera_retry_conversation(uuid) is
  'See modera.retry_conversation. Definer: see modera.telegram_conversations.';

create function modera.open_conversation(user_id uuid, session_type text, update_id bigint)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_open_conversation(user_id, session_type, update_id);

comment on function modera.open_conversation(uuid, text, bigint) is
  'A person asks the bot for a try-on or a style analysis, instead of what they asked for before; session_type null: they want nothing any more. Where it stands: {state: none | consent | photos | started | expired, session_type, photos, needed, known, album, max_bytes, terms}. The same update again opens nothing anew.';

create function modera.conversation(user_id uuid, message_id bigint default null)
returns jsonb
language sql
stable
set search_path = ''
return private.modera_conversation(user_id, message_id);

comment on function modera.conversation(uuid, bigint) is
  'Where a person''s conversation stands: see modera.open_conversation. known: this message brought one of its photos.';

create function modera.consent_in_chat(user_id uuid)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_consent_in_chat(user_id);

comment on function modera.consent_in_chat(uuid) is
  'The person agreed, in the chat, to the use of their photos; the conversation goes on to them. Where it stands: see modera.open_conversation. Idempotent.';

create function modera.add_photo(user_id uuid, message_id bigint, path text, album text default null)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_add_photo(user_id, message_id, path, album);

comment on function modera.add_photo(uuid, bigint, text, text) is
  'A photo for the conversation, stored under `path`, once for each message. The last one that is needed starts the request, in this transaction and once: {…, started: {session_id, credits_held, …}} or {…, refused: {code, required, available}}. Otherwise where it stands: see modera.conversation.';

create function modera.retry_conversation(user_id uuid)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_retry_conversation(user_id);

comment on function modera.retry_conversation(uuid) is
  'Starts a request again that has its photos and was refused: answers as modera.add_photo does.';

grant execute on function private.modera_open_conversation(uuid, text, bigint) to service_role;
grant execute on function private.modera_conversation(uuid, bigint) to service_role;
grant execute on function private.modera_consent_in_chat(uuid) to service_role;
grant execute on function private.modera_add_photo(uuid, bigint, text, text) to service_role;
grant execute on function private.modera_retry_conversation(uuid) to service_role;
grant execute on function modera.open_conversation(uuid, text, bigint) to service_role;
grant execute on function modera.conversation(uuid, bigint) to service_role;
grant execute on function modera.consent_in_chat(uuid) to service_role;
grant execute on function modera.add_photo(uuid, bigint, text, text) to service_role;
grant execute on function modera.retry_conversation(uuid) to service_role;
