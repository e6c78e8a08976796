-- MODERA: sessions whose time is over.

create function private.modera_expire_sessions(max integer)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  due modera.fashion_sessions;
  expired integer := 0;
begin
  for due in
    select * from modera.fashion_sessions s
    where s.status in ('active', 'processing') and s.expires_at <= private.now()
    order by s.expires_at limit max
    for no key update skip locked
  loop
    perform private.modera_expire_session(due);
    expired := expired + 1;
  end loop;
  return jsonb_build_object('expired', expired);
end
$$;

comment on function private.modera_expire_sessions(integer) is
  'See modera.expire_sessions. Definer: sessions and predictions are written by functions alone.';

create function modera.expire_sessions(max integer default 100)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_expire_sessions(max);

comment on function modera.expire_sessions(integer) is
  'Expires up to `max` sessions that are due, releasing what they held and giving up what was asked of a provider: {expired}. Sessions in use right now are left to the next run.';

grant execute on function private.modera_expire_sessions(integer) to service_role;
grant execute on function modera.expire_sessions(integer) to service_role;

create function private.modera_wake_session_expiry()
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  if exists (
    select from modera.fashion_sessions s where s.status in ('active', 'processing') and s.expires_at <= private.now()
  ) then
    perform private.invoke_function('session-expiry');
  end if;
end
$$;

comment on function private.modera_wake_session_expiry() is
  'Calls session-expiry when a session is past its time.';

select private.define_job('session-expiry', '* * * * *', '1 minute', 'select private.modera_wake_session_expiry()');
select private.schedule_jobs();
