-- MODERA: Telegram accounts. Which person a Telegram account is stands in modera.profiles.telegram_id and nowhere else.

create table modera.telegram_reservations (
  telegram_id bigint primary key check (telegram_id > 0),
  user_id uuid not null unique default gen_random_uuid(),
  created_at timestamptz not null default private.now()
);

alter table modera.telegram_reservations enable row level security;

create policy closed on modera.telegram_reservations for all to anon, authenticated using (false) with check (false);

comment on table modera.telegram_reservations is
  'The Auth user that is being made for a Telegram account: all who meet it at once make the same one, and after a crash the next goes on with it. Gone once the account has its profile.';
comment on column modera.telegram_reservations.user_id is
  'The id that the Auth user gets. Random, and with it the user''s address: nobody can sign up in another''s place.';

create function private.modera_telegram_owner(telegram_id bigint)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  person record;
begin
  select p.auth_user_id, p.is_active, u.email into person
  from modera.profiles p join auth.users u on u.id = p.auth_user_id
  where p.telegram_id = modera_telegram_owner.telegram_id;
  if not found then
    return null;
  end if;
  if not person.is_active then
    perform private.raise_problem(403, 'forbidden', 'This account is closed.');
  end if;
  return jsonb_build_object('user_id', person.auth_user_id, 'email', person.email, 'known', true);
end
$$;

comment on function private.modera_telegram_owner(bigint) is
  'Whose a Telegram account is: {user_id, email, known: true}, or null. A closed account: forbidden (403).';

create function private.modera_telegram_arrival(telegram_id bigint, proof text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  owner jsonb;
  reserved uuid;
begin
  -- GUARD
  if proof is not null and private.proof_is_used('telegram.init_data', proof) then
    perform private.modera_refuse_replay();
  end if;
  owner := private.modera_telegram_owner(telegram_id);
  if owner is not null then
    return owner;
  end if;

  -- LOCK: the reservation; while another transaction is ending it, waits.
  insert into modera.telegram_reservations (telegram_id) values (modera_telegram_arrival.telegram_id)
  on conflict on constraint telegram_reservations_pkey do nothing;

  -- GUARD: it may have been ended since, because the account has its owner.
  owner := private.modera_telegram_owner(telegram_id);
  if owner is not null then
    delete from modera.telegram_reservations r where r.telegram_id = modera_telegram_arrival.telegram_id;
    return owner;
  end if;
  select r.user_id into reserved from modera.telegram_reservations r
  where r.telegram_id = modera_telegram_arrival.telegram_id;
  return jsonb_build_object('user_id', reserved, 'email', reserved || '@telegram.invalid', 'known', false);
end
$$;

comment on function private.modera_telegram_arrival(bigint, text) is
  'See modera.telegram_arrival. Definer: reads Auth''s users and writes reservations for the service.';

create function private.modera_refuse_replay()
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  perform private.raise_problem(401, 'init_data_replayed', 'This initData was used before. Open the app again.');
end
$$;

comment on function private.modera_refuse_replay() is 'Raises init_data_replayed (401).';

create function private.modera_telegram_language(language_code text)
returns text
language sql
immutable
set search_path = ''
return case
  when language_code ~* '^[a-z]{2,3}(-[a-z0-9]{2,8})*$' and length(language_code) <= 10
    then lower(split_part(language_code, '-', 1)) || substr(language_code, 1 + length(split_part(language_code, '-', 1)))
  else 'en'
end;

comment on function private.modera_telegram_language(text) is 'The language that a Telegram client names, in the form of profiles; en when it names none.';

create function private.modera_attach_telegram(user_id uuid, person jsonb, proof text, proof_expires_at timestamptz)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  profile modera.profiles;
  telegram constant bigint := (person ->> 'telegram_id')::bigint;
  made_for_it constant boolean := exists (
    select from modera.telegram_reservations r where r.user_id = modera_attach_telegram.user_id);
  first_link boolean;
begin
  -- LOCK: the profile.
  perform private.modera_admit(user_id);
  select * into profile from modera.profiles p where p.auth_user_id = user_id for no key update;
  first_link := profile.telegram_id is null;

  -- GUARD
  if profile.telegram_id <> telegram then
    perform private.raise_problem(409, 'telegram_already_linked', 'Your account has another Telegram account already.');
  end if;
  perform private.require_active('modera', user_id);
  if exists (select from auth.users u where u.id = user_id and coalesce(u.email, '') = '') then
    perform private.raise_problem(409, 'email_required', 'Give your account an e-mail address first.');
  end if;
  if proof is not null and not private.use_proof('telegram.init_data', proof, proof_expires_at) then
    perform private.modera_refuse_replay();
  end if;

  -- WRITE
  begin
    update modera.profiles p set
      telegram_id = telegram,
      telegram_blocked_at = case when proof is null then null else p.telegram_blocked_at end,
      username = left(person ->> 'username', 255),
      first_name = left(person ->> 'first_name', 255),
      last_name = left(person ->> 'last_name', 255),
      language_code = case when made_for_it then private.modera_telegram_language(person ->> 'language_code') else p.language_code end,
      last_activity = private.now()
    where p.id = profile.id
    returning p.* into profile;
  exception when unique_violation then
    perform private.raise_problem(409, 'telegram_taken', 'This Telegram account belongs to another account.');
  end;
  delete from modera.telegram_reservations r where r.telegram_id = telegram;
  if first_link then
    perform audit.record('telegram.linked', 'user:' || user_id);
  end if;
  return jsonb_build_object('user_id', profile.auth_user_id, 'telegram_id', profile.telegram_id, 'username', profile.username,
    'language_code', profile.language_code, 'linked', first_link);
end
$$;

comment on function private.modera_attach_telegram(uuid, jsonb, text, timestamptz) is
  'See modera.attach_telegram. Definer: profiles are written by functions alone, and only the service knows whether Telegram signed.';

create function modera.telegram_arrival(telegram_id bigint, proof text default null)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_telegram_arrival(telegram_id, proof);

comment on function modera.telegram_arrival(bigint, text) is
  'Whose a Telegram account is: {user_id, email, known}. Unknown: the id and address of the Auth user to make for it, the same for all who ask. A used proof: init_data_replayed (401); a closed account: forbidden (403).';

create function modera.attach_telegram(user_id uuid, person jsonb, proof text default null, proof_expires_at timestamptz default null)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_attach_telegram(user_id, person, proof, proof_expires_at);

comment on function modera.attach_telegram(uuid, jsonb, text, timestamptz) is
  'The Telegram account {telegram_id, username, first_name, last_name, language_code} is this user''s from now on: {user_id, telegram_id, username, language_code, linked}. Once a user and once a Telegram account: telegram_already_linked, telegram_taken (409). A proof (signed initData) is good once: init_data_replayed (401); without one the person wrote to the bot. Again for the same pair: names are brought up to date.';

grant execute on function private.modera_telegram_arrival(bigint, text) to service_role;
grant execute on function private.modera_attach_telegram(uuid, jsonb, text, timestamptz) to service_role;
grant execute on function modera.telegram_arrival(bigint, text) to service_role;
grant execute on function modera.attach_telegram(uuid, jsonb, text, timestamptz) to service_role;
