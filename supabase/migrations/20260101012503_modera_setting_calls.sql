-- MODERA: reading and changing the settings. Everybody sees what is public, admins see and change everything.

create function private.modera_setting_answer(setting modera.settings)
returns jsonb
language sql
stable
set search_path = ''
return jsonb_build_object('key', setting.setting_key, 'value', setting.setting_value, 'type', setting.setting_type,
  'description', setting.description, 'rule', private.modera_setting_rule(setting.setting_key), 'is_active', setting.is_active,
  'is_public', setting.is_public, 'version', setting.version, 'updated_at', setting.updated_at);

comment on function private.modera_setting_answer(modera.settings) is 'A setting as admins are shown it.';

create function private.modera_all_settings()
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.require_admin('modera');
  return (select jsonb_agg(private.modera_setting_answer(s) order by s.setting_key) from modera.settings s);
end
$$;

comment on function private.modera_all_settings() is
  'See modera.all_settings. Definer: users read the public settings only; the caller must be an admin.';

create function private.modera_put_setting(setting_key text, change jsonb, expected_version integer)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  setting modera.settings;
  value jsonb;
begin
  perform private.require_admin('modera');

  -- LOCK
  select s.* into setting from modera.settings s where s.setting_key = modera_put_setting.setting_key for no key update;

  -- GUARD
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no such setting.', '{"field": "key"}');
  end if;
  if setting.version is distinct from expected_version then
    perform private.raise_problem(409, 'version_conflict', 'The setting was changed meanwhile. Look at it again.',
      jsonb_build_object('version', setting.version));
  end if;
  value := coalesce(change -> 'value', setting.setting_value);
  if not coalesce(private.modera_valid_setting(setting.setting_key, value), false) then
    perform private.raise_problem(422, 'invalid_request', private.modera_setting_rule(setting.setting_key), '{"field": "value"}');
  end if;
  if jsonb_typeof(change -> 'is_active') is distinct from 'boolean' and change ? 'is_active' then
    perform private.raise_problem(422, 'invalid_request', 'True or false.', '{"field": "is_active"}');
  end if;

  -- WRITE: the triggers count and record it.
  update modera.settings s
  set setting_value = value, is_active = coalesce((change ->> 'is_active')::boolean, s.is_active)
  where s.id = setting.id
  returning s.* into setting;
  return private.modera_setting_answer(setting);
end
$$;

comment on function private.modera_put_setting(text, jsonb, integer) is
  'See modera.put_setting. Definer: settings are written by this function alone; the caller must be an admin.';

create function private.modera_setting_history(setting_key text, before_version integer)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.require_admin('modera');
  if not exists (select from modera.settings s where s.setting_key = modera_setting_history.setting_key) then
    perform private.raise_problem(404, 'not_found', 'There is no such setting.', '{"field": "key"}');
  end if;
  return (
    select coalesce(jsonb_agg(jsonb_build_object('version', v.version, 'old_value', v.old_value, 'new_value', v.new_value,
      'is_active', v.is_active, 'changed_by', v.changed_by, 'changed_by_role', v.changed_by_role, 'changed_at', v.changed_at)
      order by v.version desc), '[]')
    from (
      select * from modera.setting_versions h
      where h.setting_key = modera_setting_history.setting_key and (before_version is null or h.version < before_version)
      order by h.version desc limit 100
    ) v
  );
end
$$;

comment on function private.modera_setting_history(text, integer) is
  'See modera.setting_history. Definer: the history is for admins; the caller must be one.';

create function private.modera_public_settings()
returns jsonb
language sql
stable
security definer
set search_path = ''
begin atomic
  select coalesce(jsonb_object_agg(s.setting_key, s.setting_value), '{}')
  from modera.system_settings s
  where s.is_active and not exists (
    select from modera.settings own where own.setting_key = s.setting_key and not own.is_public
  );
end;

comment on function private.modera_public_settings() is
  'See modera.public_settings. Definer: asked before anybody signs in; what is not public is left out here.';

create function modera.all_settings()
returns jsonb
language sql
stable
set search_path = ''
return private.modera_all_settings();

comment on function modera.all_settings() is
  'For admins: [{key, value, type, description, rule, is_active, is_public, version, updated_at}]. Prices and costs are in the catalogue.';

create function modera.put_setting(setting_key text, change jsonb, expected_version integer)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_put_setting(setting_key, change, expected_version);

comment on function modera.put_setting(text, jsonb, integer) is
  'For admins: changes a setting, {value, is_active} as far as they are given, if it still has the version that the caller saw; else version_conflict (409). Readers see it at once: nobody keeps a copy.';

create function modera.setting_history(setting_key text, before_version integer default null)
returns jsonb
language sql
stable
set search_path = ''
return private.modera_setting_history(setting_key, before_version);

comment on function modera.setting_history(text, integer) is
  'For admins: the versions of a setting, newest first, 100 at most: [{version, old_value, new_value, is_active, changed_by, changed_by_role, changed_at}].';

create function modera.public_settings()
returns jsonb
language sql
stable
set search_path = ''
return private.modera_public_settings();

comment on function modera.public_settings() is
  'The public settings in force, with packages and costs from the catalogue, by key. The function `settings` shows them to everybody.';

grant execute on function private.modera_all_settings() to authenticated;
grant execute on function private.modera_put_setting(text, jsonb, integer) to authenticated;
grant execute on function private.modera_setting_history(text, integer) to authenticated;
grant execute on function private.modera_public_settings() to authenticated, service_role;
grant execute on function modera.all_settings() to authenticated;
grant execute on function modera.put_setting(text, jsonb, integer) to authenticated;
grant execute on function modera.setting_history(text, integer) to authenticated;
grant execute on function modera.public_settings() to authenticated, service_role;
