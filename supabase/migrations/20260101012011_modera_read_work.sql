-- MODERA: reading a try-on or a style analysis.

create function private.modera_expired_message()
returns text
language sql
immutable
set search_path = ''
return 'It took too long. No credits were used; please try again.';

comment on function private.modera_expired_message() is 'What people are told of a session that expired, before the sweep and after it.';

create function private.modera_work_answer(session_id uuid)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
  select jsonb_build_object(
    'session_id', s.id,
    'status', private.modera_session_status(s),
    'credits_held', case when h.state = 'open' and h.expires_at > private.now() then h.amount else 0 end,
    'credits_used', s.credits_used,
    'engine', s.processing_metadata ->> 'engine',
    'failure', case
      when s.failure_code is not null then jsonb_build_object('code', s.failure_code, 'message', s.failure_message)
      when private.modera_session_status(s) = 'expired' then jsonb_build_object('code', 'session_expired', 'message', private.modera_expired_message())
    end,
    'created_at', s.created_at,
    'expires_at', s.expires_at,
    'completed_at', s.completed_at)
  from modera.fashion_sessions s
  left join jobs.predictions p on p.id = s.prediction_id
  left join ledger.holds h on h.id = p.hold_id
  where s.id = modera_work_answer.session_id;
end;

comment on function private.modera_work_answer(uuid) is
  'What is told of every session, whatever it is for: status, credits, engine, failure, times. One whose time is over is expired, swept or not.';

create function private.modera_read_work(session_type text, subject uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  answer jsonb;
begin
  select private.modera_work_answer(work.session_id) || work.details into answer
  from (
    select t.session_id, t.user_id, t.session_type, jsonb_build_object(
      'try_on_id', t.id,
      'person_path', t.person_image_url,
      'garment_path', t.clothing_image_url,
      'result_path', t.result_image_url,
      'fit_analysis', case when t.completed_at is not null then t.fit_analysis end,
      'quality_score', t.quality_score,
      'confidence_score', t.confidence_score) as details
    from modera.virtual_tryons t where t.id = subject
    union all
    select a.session_id, a.user_id, a.session_type, jsonb_build_object(
      'style_analysis_id', a.id,
      'photo_path', a.input_image_url,
      'analysis', case when a.completed_at is not null then jsonb_build_object(
        'palette', a.color_analysis -> 'palette',
        'season', a.color_analysis -> 'season',
        'proportions', a.body_analysis,
        'profile', a.style_profile,
        'recommendations', a.style_recommendations,
        'confidence', a.confidence_scores) end)
    from modera.style_analyses a where a.id = subject
  ) work
  where work.user_id = private.modera_user_id() and work.session_type = modera_read_work.session_type;
  if answer is null then
    perform private.raise_problem(404, 'not_found', format('You have no %s with this id.', private.modera_operation(session_type)));
  end if;
  return answer;
end
$$;

comment on function private.modera_read_work(text, uuid) is
  'See modera.try_on, modera.style_analysis. Definer: predictions and holds are not the caller''s to read; only what is the caller''s own is shown.';

create function modera.try_on(try_on_id uuid)
returns jsonb
language sql
stable
set search_path = ''
return private.modera_read_work('tryon', try_on_id);

comment on function modera.try_on(uuid) is
  'One of the caller''s try-ons: status, credits, result, scores, failure. Another''s: not_found.';

create function modera.style_analysis(style_analysis_id uuid)
returns jsonb
language sql
stable
set search_path = ''
return private.modera_read_work('styling', style_analysis_id);

comment on function modera.style_analysis(uuid) is
  'One of the caller''s style analyses: status, credits, failure, and once completed `analysis`: {palette, season, proportions, profile, recommendations, confidence}. Another''s: not_found.';

grant execute on function private.modera_read_work(text, uuid) to authenticated;
grant execute on function modera.try_on(uuid) to authenticated;
grant execute on function modera.style_analysis(uuid) to authenticated;
