-- MODERA: keeping the result of a try-on, whose picture is in Storage.

create function private.modera_score(score jsonb)
returns numeric
language sql
immutable
set search_path = ''
return case when jsonb_typeof(score) = 'number' and score::numeric between 0 and 1 then round(score::numeric, 4) end;

comment on function private.modera_score(jsonb) is 'A score that is a number from 0 to 1, else null: a provider''s oddity must not lose its result.';

create function private.modera_keep_try_on(session modera.fashion_sessions, output jsonb, result_path text)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  try_on constant uuid := private.modera_subject(session.id);
  owner constant uuid := (select p.holder from modera.profiles p where p.id = session.user_id);
  picture jsonb;
begin
  if result_path is null or result_path !~ format('^%s/%s\.(png|jpg|webp)$', owner, try_on) then
    perform private.raise_problem(422, 'invalid_request', 'A result is stored in its owner''s folder under the try-on''s id.',
      '{"field": "result_path"}');
  end if;
  picture := private.stored_file('modera-results', result_path);
  if picture is null then
    perform private.raise_problem(409, 'input_not_found', 'The result is not in Storage yet.', '{"field": "result_path"}');
  end if;
  update modera.virtual_tryons t set
    result_image_url = result_path,
    result_image_metadata = picture,
    fit_analysis = coalesce(output -> 'fit_analysis', '{}'),
    quality_score = private.modera_score(output -> 'quality_score'),
    confidence_score = private.modera_score(output -> 'confidence_score'),
    ai_model_version = left(output ->> 'model', 200),
    processing_time = greatest(0, extract(epoch from private.now() - t.started_at)::integer),
    completed_at = greatest(private.now(), t.started_at)
  where t.id = try_on;
  return jsonb_build_object('try_on_id', try_on, 'result_path', result_path);
end
$$;

comment on function private.modera_keep_try_on(modera.fashion_sessions, jsonb, text) is
  'Writes the result of a locked session''s try-on, which must be in Storage, and returns what the session keeps of it.';
