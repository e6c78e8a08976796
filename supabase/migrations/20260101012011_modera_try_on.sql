-- MODERA: reading a try-on.

create function private.modera_expired_message()
returns text
language sql
immutable
set search_path = ''
return 'It took too long. No credits were used; please try again.';

comment on function private.modera_expired_message() is 'What people are told of a session that expired, before the sweep and after it.';

create function private.modera_try_on(try_on_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  answer jsonb;
  over constant jsonb := jsonb_build_object('code', 'session_expired', 'message', private.modera_expired_message());
begin
  select jsonb_build_object(
    'try_on_id', t.id,
    'session_id', s.id,
    'status', private.modera_session_status(s),
    'credits_held', case when h.state = 'open' and h.expires_at > private.now() then h.amount else 0 end,
    'credits_used', t.credits_used,
    'person_path', t.person_image_url,
    'garment_path', t.clothing_image_url,
    'result_path', t.result_image_url,
    'fit_analysis', case when t.completed_at is not null then t.fit_analysis end,
    'quality_score', t.quality_score,
    'confidence_score', t.confidence_score,
    'engine', s.processing_metadata ->> 'engine',
    'failure', case
      when s.failure_code is not null then jsonb_build_object('code', s.failure_code, 'message', s.failure_message)
      when private.modera_session_status(s) = 'expired' then over
    end,
    'created_at', t.created_at,
    'expires_at', s.expires_at,
    'completed_at', s.completed_at
  ) into answer
  from modera.virtual_tryons t
  join modera.fashion_sessions s on s.id = t.session_id
  left join jobs.predictions p on p.id = t.prediction_id
  left join ledger.holds h on h.id = p.hold_id
  where t.id = modera_try_on.try_on_id and t.user_id = private.modera_user_id();
  if answer is null then
    perform private.raise_problem(404, 'not_found', 'You have no try-on with this id.');
  end if;
  return answer;
end
$$;

comment on function private.modera_try_on(uuid) is
  'See modera.try_on. Definer: predictions and holds are not the caller''s to read; only the caller''s own try-on is shown.';

create function modera.try_on(try_on_id uuid)
returns jsonb
language sql
stable
set search_path = ''
return private.modera_try_on(try_on_id);

comment on function modera.try_on(uuid) is
  'One of the caller''s try-ons: status, credits, result, scores, failure. Another''s: not_found.';

grant execute on function private.modera_try_on(uuid) to authenticated;
grant execute on function modera.try_on(uuid) to authenticated;
