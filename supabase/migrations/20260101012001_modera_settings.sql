-- MODERA: the schema, and the settings that are its own. Prices are not settings: see modera.system_settings.

create schema modera;
comment on schema modera is 'MODERA.FASHION: virtual try-on and AI styling, sold by credits.';
grant usage on schema modera to anon, authenticated, service_role;

create function modera.update_updated_at_column()
returns trigger
language plpgsql
volatile
set search_path = ''
as $$
begin
  new.updated_at := private.now();
  return new;
end
$$;

comment on function modera.update_updated_at_column() is 'Trigger: sets updated_at before an update.';

create function private.modera_setting_range(setting_key text)
returns int4range
language sql
immutable
set search_path = ''
return case setting_key
  when 'session_timeout_minutes' then '[5,1440]'
  when 'max_image_size_mb' then '[1,10]'
  when 'input_retention_days' then '[1,365]'
end::int4range;

comment on function private.modera_setting_range(text) is 'What a setting that is a whole number may be; null for other settings.';

create function private.modera_valid_setting(setting_key text, setting_value jsonb)
returns boolean
language sql
immutable
set search_path = ''
return case
  when private.modera_setting_range(setting_key) is not null then
    jsonb_typeof(setting_value) = 'number' and setting_value::text ~ '^[0-9]{1,6}$'
    and setting_value::integer <@ private.modera_setting_range(setting_key)
  when setting_key = 'ai_model_settings' then
    jsonb_typeof(setting_value) = 'object'
    and not jsonb_path_exists(setting_value, '$.* ? (@.type() != "object")')
    and not exists (
      select from jsonb_each(setting_value) provider, jsonb_each(provider.value) model
      where provider.key !~ '^[a-z][a-z0-9_-]{1,31}$' or model.key not in ('try-on', 'style-analysis')
        or jsonb_typeof(model.value) <> 'string' or model.value #>> '{}' !~ '^[A-Za-z0-9][A-Za-z0-9_.:-]*(/[A-Za-z0-9][A-Za-z0-9_.:-]*)?$'
        or length(model.value #>> '{}') > 200)
  else false
end;

comment on function private.modera_valid_setting(text, jsonb) is
  'Whether a value is one that readers of this setting understand. A setting that nobody reads is not valid.';

create function private.modera_setting_rule(setting_key text)
returns text
language sql
immutable
set search_path = ''
return case
  when private.modera_setting_range(setting_key) is not null then format('A whole number from %s to %s.',
    lower(private.modera_setting_range(setting_key)), upper(private.modera_setting_range(setting_key)) - 1)
  when setting_key = 'ai_model_settings' then
    'An object of providers, each an object of operations (try-on, style-analysis) with the name of a model.'
end;

comment on function private.modera_setting_rule(text) is 'What a setting may be, in words for admins.';

create table modera.settings (
  id uuid primary key default gen_random_uuid(),
  setting_key text not null unique,
  setting_value jsonb not null,
  setting_type text not null check (setting_type in ('ai', 'system')),
  description text,
  is_active boolean not null default true,
  is_public boolean not null default false,
  version integer not null default 1 check (version > 0),
  created_at timestamptz not null default private.now(),
  updated_at timestamptz not null default private.now(),
  constraint settings_are_valid check (private.modera_valid_setting(setting_key, setting_value))
);

alter table modera.settings enable row level security;

create policy settings_read_public on modera.settings for select to authenticated
  using (is_public and is_active);

grant select on modera.settings to authenticated, service_role;
grant update (setting_value, description, is_active) on modera.settings to service_role;

create trigger update_system_settings_updated_at before update on modera.settings
  for each row execute function modera.update_updated_at_column();

create table modera.setting_versions (
  setting_key text not null references modera.settings (setting_key),
  version integer not null check (version > 0),
  old_value jsonb,
  new_value jsonb not null,
  is_active boolean not null,
  changed_by uuid,
  changed_by_role text not null,
  changed_at timestamptz not null default private.now(),
  primary key (setting_key, version)
);

alter table modera.setting_versions enable row level security;

create policy closed on modera.setting_versions for all to anon, authenticated using (false) with check (false);

create trigger setting_versions_are_append_only before update or delete or truncate on modera.setting_versions
  for each statement execute function private.refuse_change();

comment on table modera.setting_versions is
  'Every value that a setting has had: who set it, when, and what it was before. Append-only, written by a trigger, so that no change is without.';
comment on column modera.setting_versions.old_value is 'Null for the first version.';
comment on column modera.setting_versions.changed_by is 'The admin; null when a migration or an operator changed it.';
comment on column modera.setting_versions.changed_by_role is 'The API role of the request, or the login role outside one.';

create function private.modera_record_setting()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  insert into modera.setting_versions (setting_key, version, old_value, new_value, is_active, changed_by, changed_by_role)
  values (new.setting_key, new.version, case when tg_op = 'UPDATE' then old.setting_value end, new.setting_value, new.is_active,
    auth.uid(), private.caller_role());
  if tg_op = 'UPDATE' then
    perform audit.record('setting.changed', 'modera.settings:' || new.setting_key, jsonb_build_object(
      'from', old.setting_value, 'to', new.setting_value, 'is_active', new.is_active));
  end if;
  return null;
end
$$;

comment on function private.modera_record_setting() is
  'Trigger: keeps each version of a setting, and changes in the audit log. Definer: whoever may change a setting need not write either.';

create trigger settings_are_counted before update of setting_value, is_active on modera.settings
  for each row when ((old.setting_value, old.is_active) is distinct from (new.setting_value, new.is_active))
  execute function private.count_version();
create trigger settings_are_recorded after update of setting_value, is_active on modera.settings
  for each row when (old.version is distinct from new.version) execute function private.modera_record_setting();
create trigger settings_are_recorded_at_first after insert on modera.settings
  for each row execute function private.modera_record_setting();

comment on table modera.settings is
  'What the service reads at run time, one row a setting, its value checked by key. modera.system_settings adds the prices of the catalogue.';
comment on column modera.settings.is_active is 'False: readers use the built-in value.';
comment on column modera.settings.is_public is 'True: anybody may read it.';
comment on column modera.settings.version is 'Raised by each change; whoever changes a setting names the version that they saw.';

insert into modera.settings (setting_key, setting_value, setting_type, description, is_public) values
  ('ai_model_settings',
    '{"fashn": {"try-on": "tryon-v1.6"}}',
    'ai', 'The model of each provider for each operation: {provider: {operation: model}}; where none is named, the provider''s own setting counts', false),
  ('session_timeout_minutes', '30', 'system', 'Session timeout in minutes', true),
  ('max_image_size_mb', '10', 'system', 'Maximum image upload size in MB', true);

create function private.modera_number_setting(setting_key text, built_in integer)
returns integer
language sql
stable
security definer
set search_path = ''
begin atomic
  select coalesce((
    select s.setting_value::integer from modera.settings s
    where s.setting_key = modera_number_setting.setting_key and s.is_active
  ), built_in);
end;

comment on function private.modera_number_setting(text, integer) is
  'A numeric setting, or the built-in value while the setting is inactive. Definer: defaults of columns ask it for whoever inserts.';

create function private.modera_models(operation text)
returns jsonb
language sql
stable
security definer
set search_path = ''
begin atomic
  select coalesce(jsonb_object_agg(provider.key, provider.value -> modera_models.operation), '{}')
  from modera.settings s, jsonb_each(s.setting_value) provider
  where s.setting_key = 'ai_model_settings' and s.is_active and provider.value ? modera_models.operation;
end;

comment on function private.modera_models(text) is
  'The model that each provider is to use for an operation (try-on, style-analysis), {provider: model}, from the setting ai_model_settings. Definer: the setting is not for users.';

create function private.modera_session_timeout()
returns interval
language sql
stable
set search_path = ''
return make_interval(mins => private.modera_number_setting('session_timeout_minutes', 30));

comment on function private.modera_session_timeout() is 'How long a session may take, from the setting session_timeout_minutes.';

-- The check of a value runs with the rights of whoever changes it.
grant execute on function private.modera_setting_range(text) to service_role;
grant execute on function private.modera_valid_setting(text, jsonb) to service_role;
grant execute on function private.modera_number_setting(text, integer) to service_role;
grant execute on function private.modera_session_timeout() to service_role;
