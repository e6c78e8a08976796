-- The service acting for a user who proved who they are elsewhere: to the bot, for one.

create function private.act_for(user_id uuid)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  if user_id is null or not exists (select from auth.users u where u.id = act_for.user_id) then
    perform private.raise_problem(404, 'holder_not_found', 'There is no such user.');
  end if;
  perform set_config('request.jwt.claim.sub', user_id::text, true);
  perform set_config('request.jwt.claims',
    jsonb_build_object('sub', user_id, 'role', 'authenticated', 'aud', 'authenticated')::text, true);
end
$$;

comment on function private.act_for(uuid) is
  'From here to the end of the transaction auth.uid() is this user, so that what users call can be called for them; the audit log shows the user as actor and the service as role. Called by definer functions that only the service may execute; granted to no API role.';
