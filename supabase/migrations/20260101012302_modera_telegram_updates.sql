-- MODERA: what Telegram tells the bot. Recorded once, in the transaction that queues the job which answers it.

create index inbox_of_chats on events.inbox ((effect ->> 'chat_id')) where provider = 'telegram' and state = 'received';

insert into private.farewells (name, position, statement) values ('modera.telegram_messages', 90, $$
  update events.inbox t set payload = '{}', effect = t.effect - 'chat_id'
  where t.provider = 'telegram' and t.effect ->> 'chat_id' = (select p.telegram_id::text from modera.profiles p where p.holder = $1)$$);

create function private.modera_receive_telegram(update_id bigint, update_type text, chat_id bigint, update jsonb)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  if events.receive('telegram', update_id::text, update_type, private.now(),
    jsonb_build_object('kind', 'none', 'chat_id', chat_id), update) is null then
    return '{"duplicate": true}';
  end if;
  -- Twelve attempts with growing pauses are more than an hour.
  perform jobs.enqueue('modera.telegram-update', jsonb_build_object('update_id', update_id), 'telegram:' || update_id,
    max_attempts => 12);
  return '{"duplicate": false}';
end
$$;

comment on function private.modera_receive_telegram(bigint, text, bigint, jsonb) is
  'See modera.receive_telegram. Definer: the inbox and the queue are written by such functions alone.';

create table modera.telegram_turns (
  chat_id bigint primary key,
  holder text not null check (holder <> ''),
  held_until timestamptz not null
);

alter table modera.telegram_turns enable row level security;
create policy closed on modera.telegram_turns for all to anon, authenticated using (false) with check (false);

comment on table modera.telegram_turns is
  'Which worker answers a chat now: one at a time, so that messages are answered in their order. Service only.';
comment on column modera.telegram_turns.held_until is 'From then on another worker may take over.';

insert into private.personal_data (table_name, rows_of, sorted_by, erased_by, position, because) values
  ('modera.telegram_turns', 't.chat_id = (select p.telegram_id from modera.profiles p where p.holder = $1)', 't.chat_id',
    'delete from modera.telegram_turns t where t.chat_id = (select p.telegram_id from modera.profiles p where p.holder = $1)', 20,
    'There for the moment in which a message is answered.');

create function private.modera_telegram_turn(update_id bigint, holder text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  message events.inbox;
  next events.inbox;
  chat text;
  held boolean;
begin
  select * into message from events.inbox m where m.provider = 'telegram' and m.event_id = modera_telegram_turn.update_id::text;
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no such update.');
  end if;
  chat := message.effect ->> 'chat_id';

  -- GUARD
  held := exists (select from modera.telegram_turns t
    where t.chat_id = chat::bigint and t.holder = modera_telegram_turn.holder and t.held_until > private.now());
  if message.state <> 'received' and not held then
    return '{"answered": true}';
  end if;
  if chat is null then
    return jsonb_build_object('update_id', update_id, 'update', message.payload);
  end if;

  -- LOCK: the chat, for a minute.
  insert into modera.telegram_turns as t (chat_id, holder, held_until)
  values (chat::bigint, modera_telegram_turn.holder, private.now() + interval '1 minute')
  on conflict on constraint telegram_turns_pkey do update set holder = excluded.holder, held_until = excluded.held_until
  where t.holder = excluded.holder or t.held_until <= private.now();
  if not found then
    return '{"busy": true}';
  end if;
  select * into next from events.inbox m
  where m.provider = 'telegram' and m.state = 'received' and m.effect ->> 'chat_id' = chat and m.event_id ~ '^[0-9]+$'
    and (m.id = message.id or m.attempts < 3 and m.received_at > private.now() - interval '10 minutes')
  order by m.event_id::bigint limit 1;
  if not found then
    perform private.modera_end_telegram_turn(holder);
    return '{"answered": true}';
  end if;
  return jsonb_build_object('update_id', next.event_id::bigint, 'update', next.payload);
end
$$;

comment on function private.modera_telegram_turn(bigint, text) is
  'See modera.telegram_turn. Definer: reads the inbox for the service.';

create function private.modera_end_telegram_turn(holder text)
returns void
language sql
volatile
security definer
set search_path = ''
begin atomic
  delete from modera.telegram_turns t where t.holder = modera_end_telegram_turn.holder;
end;

comment on function private.modera_end_telegram_turn(text) is
  'See modera.end_telegram_turn. Definer: see modera.telegram_turns.';

create function private.modera_conclude_telegram(update_id bigint, outcome text, reason text)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  message_id uuid;
begin
  select m.id into message_id from events.inbox m
  where m.provider = 'telegram' and m.event_id = modera_conclude_telegram.update_id::text and m.state = 'received'
  for update;
  if found then
    perform events.conclude(message_id, billing.verdict(outcome, reason));
  end if;
end
$$;

comment on function private.modera_conclude_telegram(bigint, text, text) is
  'See modera.conclude_telegram. Definer: the inbox is written by such functions alone.';

create function modera.receive_telegram(update_id bigint, update_type text, chat_id bigint, update jsonb)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_receive_telegram(update_id, update_type, chat_id, update);

comment on function modera.receive_telegram(bigint, text, bigint, jsonb) is
  'Records an update of the bot and queues its job modera.telegram-update, once for each update_id: {duplicate}. chat_id null: it belongs to no chat.';

create function modera.telegram_turn(update_id bigint, holder text)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_telegram_turn(update_id, holder);

comment on function modera.telegram_turn(bigint, text) is
  'What is to be answered now, so that this update gets its answer in the order of its chat: {update_id, update}, the oldest of the chat (without those that failed three times or have waited ten minutes, unless it is this one); {busy}: another worker answers the chat; {answered}: nothing is left, and the chat is free. A worker asks again after each answer, also for what came later.';

create function modera.end_telegram_turn(holder text)
returns void
language sql
volatile
set search_path = ''
return private.modera_end_telegram_turn(holder);

comment on function modera.end_telegram_turn(text) is 'The worker answers no chat any more. Idempotent.';

create function modera.conclude_telegram(update_id bigint, outcome text, reason text default null)
returns void
language sql
volatile
set search_path = ''
return private.modera_conclude_telegram(update_id, outcome, reason);

comment on function modera.conclude_telegram(bigint, text, text) is
  'The update was answered (applied), means nothing (ignored), or could not be answered now (deferred). Idempotent.';

create function private.modera_telegram_blocked(telegram_id bigint, blocked boolean)
returns void
language sql
volatile
security definer
set search_path = ''
begin atomic
  update modera.profiles p
  set telegram_blocked_at = case when blocked then coalesce(p.telegram_blocked_at, private.now()) end
  where p.telegram_id = modera_telegram_blocked.telegram_id and (p.telegram_blocked_at is not null) <> blocked;
end;

comment on function private.modera_telegram_blocked(bigint, boolean) is
  'See modera.telegram_blocked. Definer: profiles are written by functions alone.';

create function modera.telegram_blocked(telegram_id bigint, blocked boolean)
returns void
language sql
volatile
set search_path = ''
return private.modera_telegram_blocked(telegram_id, blocked);

comment on function modera.telegram_blocked(bigint, boolean) is
  'Whether the person does not let the bot write to them any more. Idempotent; nobody''s account: nothing.';

create function private.modera_telegram_language_of(telegram_id bigint)
returns text
language sql
stable
security definer
set search_path = ''
begin atomic
  select coalesce((
    select p.language_code from modera.profiles p where p.telegram_id = modera_telegram_language_of.telegram_id
  ), 'en');
end;

comment on function private.modera_telegram_language_of(bigint) is
  'See modera.telegram_language. Definer: reads profiles for the service.';

create function modera.telegram_language(telegram_id bigint)
returns text
language sql
stable
set search_path = ''
return private.modera_telegram_language_of(telegram_id);

comment on function modera.telegram_language(bigint) is 'The language of a Telegram account''s person; en when it is nobody''s.';

create function private.modera_telegram_balance(user_id uuid)
returns jsonb
language sql
stable
security definer
set search_path = ''
return jsonb_build_object(
  'balance', ledger.balance('modera', user_id),
  'grants', ledger.live_grants('modera', user_id),
  'costs', (select jsonb_object_agg(r.feature, r.credits) from billing.rates r where r.product = 'modera' and r.retired_at is null)
);

comment on function private.modera_telegram_balance(uuid) is
  'See modera.telegram_balance. Definer: reads the ledger for the service.';

create function modera.telegram_balance(user_id uuid)
returns jsonb
language sql
stable
set search_path = ''
return private.modera_telegram_balance(user_id);

comment on function modera.telegram_balance(uuid) is
  'What the bot says of somebody''s credits: {balance: {posted, pending, available}, grants: [{remaining, expires_at, …}], costs: {feature: credits}}.';

grant execute on function private.modera_receive_telegram(bigint, text, bigint, jsonb) to service_role;
grant execute on function private.modera_telegram_turn(bigint, text) to service_role;
grant execute on function private.modera_end_telegram_turn(text) to service_role;
grant execute on function private.modera_conclude_telegram(bigint, text, text) to service_role;
grant execute on function private.modera_telegram_blocked(bigint, boolean) to service_role;
grant execute on function private.modera_telegram_language_of(bigint) to service_role;
grant execute on function modera.telegram_language(bigint) to service_role;
grant execute on function private.modera_telegram_balance(uuid) to service_role;
grant execute on function modera.receive_telegram(bigint, text, bigint, jsonb) to service_role;
grant execute on function modera.telegram_turn(bigint, text) to service_role;
grant execute on function modera.end_telegram_turn(text) to service_role;
grant execute on function modera.conclude_telegram(bigint, text, text) to service_role;
grant execute on function modera.telegram_blocked(bigint, boolean) to service_role;
grant execute on function modera.telegram_balance(uuid) to service_role;
