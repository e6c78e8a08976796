-- MODERA: keeping the result of a style analysis, and its copy in the person's profile.

create function private.modera_keep_style_analysis(session modera.fashion_sessions, output jsonb)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  style_analysis modera.style_analyses;
  result constant jsonb := output -> 'analysis';
  part text;
  origin jsonb;
begin
  -- GUARD
  foreach part in array array['palette', 'season', 'proportions', 'profile', 'recommendations', 'confidence'] loop
    if jsonb_typeof(result -> part) is distinct from 'object' then
      perform private.raise_problem(422, 'invalid_request', format('A style analysis has a part %s.', part),
        jsonb_build_object('field', 'output.analysis.' || part));
    end if;
  end loop;

  -- WRITE
  update modera.style_analyses a set
    color_analysis = jsonb_build_object('palette', result -> 'palette', 'season', result -> 'season'),
    body_analysis = result -> 'proportions',
    style_profile = result -> 'profile',
    style_recommendations = result -> 'recommendations',
    confidence_scores = result -> 'confidence',
    analysis_version = left(coalesce(output ->> 'model', output ->> 'engine'), 50),
    processing_time = greatest(0, extract(epoch from private.now() - coalesce(session.started_processing_at, private.now()))::integer),
    completed_at = greatest(private.now(), a.created_at)
  where a.session_id = session.id returning a.* into style_analysis;
  -- The photo that was sent last counts, whichever analysis ends first.
  origin := jsonb_build_object('style_analysis_id', style_analysis.id, 'requested_at', style_analysis.created_at);
  update modera.profiles p set
    style_profile = (result -> 'profile') || jsonb_build_object('season', result -> 'season', 'palette', result -> 'palette') || origin,
    body_measurements = (result -> 'proportions') || origin
  where p.id = session.user_id
    and coalesce((p.style_profile ->> 'requested_at')::timestamptz <= style_analysis.created_at, true);
  return jsonb_build_object('style_analysis_id', style_analysis.id);
end
$$;

comment on function private.modera_keep_style_analysis(modera.fashion_sessions, jsonb) is
  'Writes the result of a locked session''s style analysis and copies it to the person''s profile, unless that shows a later photo; returns what the session keeps of it.';
