-- MODERA: how what was asked for in the chat comes back into it.

create function private.modera_chat_result(session_id uuid)
returns jsonb
language sql
stable
security definer
set search_path = ''
begin atomic
  select jsonb_build_object(
    'session_type', s.session_type,
    'result_path', t.result_image_url,
    'profile', case when a.completed_at is not null then a.style_profile end,
    'recommendations', case when a.completed_at is not null then a.style_recommendations end,
    'failure_code', s.failure_code,
    'failure_message', s.failure_message)
  from modera.telegram_requests r
  join modera.fashion_sessions s on s.id = r.session_id
  left join modera.virtual_tryons t on t.session_id = s.id
  left join modera.style_analyses a on a.session_id = s.id
  where r.session_id = modera_chat_result.session_id;
end;

comment on function private.modera_chat_result(uuid) is
  'See modera.chat_result. Definer: reads sessions for the service.';

create function modera.chat_result(session_id uuid)
returns jsonb
language sql
stable
set search_path = ''
return private.modera_chat_result(session_id);

comment on function modera.chat_result(uuid) is
  'What became of a session that was asked for in the chat: {session_type, result_path, profile, recommendations, failure_code, failure_message}; null when it was asked for elsewhere.';

grant execute on function private.modera_chat_result(uuid) to service_role;
grant execute on function modera.chat_result(uuid) to service_role;

select events.subscribe('try_on.completed', 'notices.send');
select events.subscribe('try_on.failed', 'notices.send');
select events.subscribe('style_analysis.completed', 'notices.send');
select events.subscribe('style_analysis.failed', 'notices.send');
