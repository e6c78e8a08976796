-- MODERA: who the person is to this product. Credits and purchases are the kernel's; modera.users shows both together.

create function private.is_time_zone(name text)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  perform timestamptz 'epoch' at time zone name;
  return name ~ '^(UTC|[A-Z][A-Za-z_]+(/[A-Z][A-Za-z0-9_+-]*)+)$';
exception when invalid_parameter_value then
  return false;
end
$$;

comment on function private.is_time_zone(text) is
  'Whether this is UTC or names a zone of the IANA database (Europe/Berlin); offsets and abbreviations are not, because they know no summer time.';

create function private.modera_take_time_zone()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  if not private.is_time_zone(new.time_zone) then
    perform private.raise_problem(422, 'invalid_request', 'A time zone is UTC or a name such as Europe/Berlin.', '{"field": "time_zone"}');
  end if;
  if tg_op = 'UPDATE' then
    new.activity_changed_since := old.created_at;
  end if;
  return new;
end
$$;

comment on function private.modera_take_time_zone() is
  'Trigger: lets only time zones in, and has the person''s days counted anew when theirs begin at another time. Definer: whoever changes it need not know what a time zone is.';

create table modera.profiles (
  id bigint generated always as identity primary key,
  holder uuid not null unique,
  auth_user_id uuid unique references auth.users (id) on delete set null,
  telegram_id bigint unique check (telegram_id > 0),
  telegram_blocked_at timestamptz,
  username text check (length(username) <= 255),
  first_name text check (length(first_name) <= 255),
  last_name text check (length(last_name) <= 255),
  language_code text not null default 'en' check (language_code ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$' and length(language_code) <= 10),
  time_zone text not null default 'UTC' check (length(time_zone) <= 64),
  activity_changed_since timestamptz,
  style_profile jsonb not null default '{}' check (jsonb_typeof(style_profile) = 'object'),
  body_measurements jsonb not null default '{}' check (jsonb_typeof(body_measurements) = 'object'),
  preferences jsonb not null default '{}',
  size_preferences jsonb not null default '{}',
  is_active boolean not null default true,
  last_activity timestamptz not null default private.now(),
  created_at timestamptz not null default private.now(),
  updated_at timestamptz not null default private.now(),
  constraint profiles_preferences check (jsonb_typeof(preferences) = 'object' and length(preferences::text) <= 16384),
  constraint profiles_size_preferences check (jsonb_typeof(size_preferences) = 'object' and length(size_preferences::text) <= 16384)
);

alter table modera.profiles enable row level security;

create policy profiles_read_own on modera.profiles for select to authenticated
  using (auth_user_id = (select auth.uid()));
create policy profiles_update_own on modera.profiles for update to authenticated
  using (auth_user_id = (select auth.uid()))
  with check (auth_user_id = (select auth.uid()));

grant select on modera.profiles to authenticated, service_role;
grant update (language_code, time_zone, preferences, size_preferences) on modera.profiles to authenticated;

-- A check would be read with every update of the row.
create trigger profiles_begin_in_a_time_zone before insert on modera.profiles
  for each row when (new.time_zone <> 'UTC') execute function private.modera_take_time_zone();
create trigger profiles_change_time_zone before update of time_zone on modera.profiles
  for each row when (old.time_zone <> new.time_zone) execute function private.modera_take_time_zone();

create index profiles_to_recount on modera.profiles (id) where activity_changed_since is not null;
create index profiles_by_time_zone on modera.profiles (time_zone);

create trigger update_users_updated_at before update on modera.profiles
  for each row execute function modera.update_updated_at_column();

comment on table modera.profiles is
  'One row a person, made on first contact. Users change their preferences, column by column; nothing of value is stored here.';
comment on column modera.profiles.holder is 'The person in the ledger: the Auth user''s id, kept after that user is gone.';
comment on column modera.profiles.auth_user_id is 'The Auth user. Null once erased: the row stays as the anonymous owner of its sessions.';
comment on column modera.profiles.telegram_id is 'Set by the service after it verified Telegram''s signature, never from a client''s claim.';
comment on column modera.profiles.telegram_blocked_at is 'Since when the person does not want to hear from the bot; null: the bot may write.';
comment on column modera.profiles.time_zone is 'Where the person''s days begin and end, for modera.user_analytics; the person''s own to change.';
comment on column modera.profiles.activity_changed_since is 'From when on their days in modera.user_analytics are to be counted anew, which the clock does; null: they stand.';
comment on column modera.profiles.style_profile is 'AI-generated style analysis and preferences.';
comment on column modera.profiles.body_measurements is 'Body type and measurement data.';
comment on column modera.profiles.preferences is 'Fashion preferences and settings; the person''s own to change.';
comment on column modera.profiles.size_preferences is 'Preferred sizes across brands; the person''s own to change.';

create function private.modera_anonymise_profile()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  new.telegram_id := null;
  new.telegram_blocked_at := null;
  new.username := null;
  new.first_name := null;
  new.last_name := null;
  new.style_profile := '{}';
  new.body_measurements := '{}';
  new.preferences := '{}';
  new.size_preferences := '{}';
  new.is_active := false;
  delete from modera.telegram_conversations c where c.user_id = old.id;
  perform ledger.anonymise_holder('modera', old.holder);
  return new;
end
$$;

comment on function private.modera_anonymise_profile() is
  'Trigger: when the Auth user is deleted, forgets the person and keeps what the accounts need. Definer: the deletion comes from Auth''s own role.';

create trigger profiles_forget_erased_users before update of auth_user_id on modera.profiles
  for each row when (old.auth_user_id is not null and new.auth_user_id is null)
  execute function private.modera_anonymise_profile();

create function private.modera_admit(user_id uuid)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  if exists (select from modera.profiles p where p.auth_user_id = user_id) then
    return;
  end if;
  if not exists (select from auth.users u where u.id = user_id) then
    perform private.raise_problem(404, 'holder_not_found', format('There is no user %s.', user_id));
  end if;
  perform ledger.register_holder('modera', user_id);
  insert into modera.profiles (holder, auth_user_id) values (user_id, user_id) on conflict do nothing;
end
$$;

comment on function private.modera_admit(uuid) is
  'First contact: makes the person''s profile and lets them hold credits. Idempotent. Definer: neither table is written by callers.';

create function private.modera_is_active(user_id uuid)
returns boolean
language sql
stable
set search_path = ''
begin atomic
  select p.is_active from modera.profiles p where p.auth_user_id = modera_is_active.user_id;
end;

comment on function private.modera_is_active(uuid) is 'See private.is_active.';

create function private.modera_user_id()
returns bigint
language sql
stable
security definer
set search_path = ''
begin atomic
  select p.id from modera.profiles p where p.auth_user_id = (select auth.uid());
end;

comment on function private.modera_user_id() is
  'The caller''s modera.users.id, or null; for policies. Definer: a policy must not depend on the policies of profiles.';

grant execute on function private.modera_admit(uuid) to service_role;
grant execute on function private.modera_user_id() to authenticated, service_role;
