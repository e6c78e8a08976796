-- MODERA: what its admins see of a person, and the closing of an account.

create function private.modera_person(user_id uuid)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
  select jsonb_build_object('username', p.username, 'first_name', p.first_name, 'language', p.language_code, 'last_activity_at', p.last_activity,
    'try_ons', (select count(*) from modera.virtual_tryons t where t.user_id = p.id),
    'style_analyses', (select count(*) from modera.style_analyses a where a.user_id = p.id))
  from modera.profiles p where p.auth_user_id = modera_person.user_id;
end;

comment on function private.modera_person(uuid) is 'See private.person_facts.';

create function private.modera_set_active(user_id uuid, active boolean)
returns boolean
language plpgsql
volatile
set search_path = ''
as $$
begin
  update modera.profiles p set is_active = active where p.auth_user_id = user_id and p.is_active <> active;
  return found;
end
$$;

comment on function private.modera_set_active(uuid, boolean) is 'See private.set_active.';
