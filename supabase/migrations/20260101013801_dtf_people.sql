-- DTF Editor: what its admins see of a person, and the closing of an account.

create function private.dtf_person(user_id uuid)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
  select jsonb_build_object('first_name', u.first_name, 'last_name', u.last_name, 'company', u.company, 'last_activity_at', u.last_activity_at)
    || (to_jsonb(a) - '{id,email,credits_remaining,user_created_at}'::text[])
  from dtf.users u join dtf.user_analytics a on a.id = u.id where u.id = dtf_person.user_id;
end;

comment on function private.dtf_person(uuid) is 'See private.person_facts: names, and what dtf.user_analytics has.';

create function private.dtf_set_active(user_id uuid, active boolean)
returns boolean
language plpgsql
volatile
set search_path = ''
as $$
begin
  update dtf.users u set is_active = active where u.id = user_id and u.is_active <> active;
  return found;
end
$$;

comment on function private.dtf_set_active(uuid, boolean) is 'See private.set_active.';
