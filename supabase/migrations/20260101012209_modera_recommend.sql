-- MODERA: recommending products for a style analysis: what is known, which products come near, and what is kept and paid.

create function private.modera_recommendation_as_json(recommendation modera.recommendations)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
  select jsonb_build_object('recommendation_id', recommendation.id, 'style_analysis_id', recommendation.style_analysis_id,
    'partner', p.name, 'product_id', recommendation.product_id, 'category', recommendation.category,
    'subcategory', recommendation.subcategory, 'score', recommendation.recommendation_score,
    'reason', recommendation.recommendation_reason, 'viewed', recommendation.first_viewed_at is not null,
    'clicked', recommendation.clicked_at is not null, 'saved', recommendation.user_saved,
    'created_at', recommendation.created_at) || (recommendation.product_data - 'lab')
  from modera.partners p where p.id = recommendation.partner_id;
end;

comment on function private.modera_recommendation_as_json(modera.recommendations) is 'A recommendation as its owner sees it.';

create function private.modera_recommendation_answer(request modera.recommendation_requests, replayed boolean)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
  select jsonb_build_object('request_id', request.id, 'style_analysis_id', request.style_analysis_id,
    'credits_used', request.credits_used, 'replayed', replayed,
    'recommendations', jsonb_agg(private.modera_recommendation_as_json(r) order by r.recommendation_score desc, r.id desc))
  from modera.recommendations r where r.request_id = request.id;
end;

comment on function private.modera_recommendation_answer(modera.recommendation_requests, boolean) is
  'What a request for recommendations is answered, first and on a retry.';

create function private.modera_recommended_before(person bigint, key text, request jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  earlier modera.recommendation_requests;
begin
  select q.* into earlier from modera.recommendation_requests q
  where q.user_id = person and q.key = modera_recommended_before.key;
  if not found then
    return null;
  end if;
  perform ledger.require_same(earlier.fingerprint, private.fingerprint(request));
  return private.modera_recommendation_answer(earlier, true);
end
$$;

comment on function private.modera_recommended_before(bigint, text, jsonb) is
  'The first answer to a retried request, or null. Another request under the same key: idempotency_conflict.';

create function private.modera_recommendation_basis(style_analysis_id uuid, key text, request jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  person modera.profiles;
  analysis modera.style_analyses;
begin
  perform private.require_key(key);
  select p.* into person from modera.profiles p where p.auth_user_id = auth.uid();
  select a.* into analysis from modera.style_analyses a
  where a.id = modera_recommendation_basis.style_analysis_id and a.user_id = person.id;
  if not found then
    perform private.raise_problem(404, 'not_found', 'You have no style analysis with this id.');
  end if;
  if not person.is_active then
    perform private.raise_problem(403, 'forbidden', 'This account is closed.');
  end if;
  if analysis.completed_at is null then
    perform private.raise_problem(409, 'analysis_not_completed', 'This style analysis has no result to recommend by.');
  end if;
  return jsonb_build_object(
    'earlier', private.modera_recommended_before(person.id, key, request),
    'language', person.language_code,
    'size_preferences', person.size_preferences,
    'colours', analysis.color_analysis,
    'advice', analysis.style_recommendations);
end
$$;

comment on function private.modera_recommendation_basis(uuid, text, jsonb) is
  'See modera.recommendation_basis. Definer: requests are closed to users; the analysis must be the caller''s.';

create function private.modera_recommendation_candidates(style_analysis_id uuid, wanted jsonb, max integer)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  distance text;
  candidates jsonb;
begin
  -- The numbers pass through double precision, so nothing but numbers reaches the statement.
  select string_agg(format('(p.lab_l - (%1$s)) * (p.lab_l - (%1$s)) + (p.lab_a - (%2$s)) * (p.lab_a - (%2$s)) + (p.lab_b - (%3$s)) * (p.lab_b - (%3$s))',
    (c ->> 0)::double precision, (c ->> 1)::double precision, (c ->> 2)::double precision), ', ')
  into distance from jsonb_array_elements(wanted -> 'colours') c;
  execute format($query$
    select coalesce(jsonb_agg(to_jsonb(near) - '{distance,search,import_id,created_at,updated_at}'::text[]), '[]')
    from (
      select p.*, s.name as partner, least(%s) as distance
      from modera.partner_products p join modera.partners s on s.id = p.partner_id and s.active
      where p.available
        and ($1 is null or p.category = $1 or p.subcategory = $1)
        and ($2 is null or p.sizes @> array[$2])
        and ($3 is null or p.currency = $3)
        and ($4 is null or p.price <= $4)
        and not exists (
          select from modera.recommendations r
          where r.style_analysis_id = $5 and r.partner_id = p.partner_id and r.product_id = p.product_id)
      order by distance, p.price, p.id
      limit $6
    ) near $query$, coalesce(distance, '0'))
  into candidates
  using lower(wanted ->> 'category'), upper(wanted ->> 'size'), wanted ->> 'currency', (wanted ->> 'max_price')::bigint,
    style_analysis_id, least(max, 1000);
  return candidates;
end
$$;

comment on function private.modera_recommendation_candidates(uuid, jsonb, integer) is
  'See modera.recommendation_candidates. Definer: products are closed to API roles; for the service.';

create function private.modera_store_recommendations(user_id uuid, style_analysis_id uuid, key text, request jsonb, ranked jsonb)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  person modera.profiles;
  analysis modera.style_analyses;
  answer jsonb;
  left_over integer;
  paid jsonb;
  made modera.recommendation_requests;
begin
  perform private.require_key(key);
  select p.* into person from modera.profiles p where p.auth_user_id = modera_store_recommendations.user_id;

  -- LOCK: the analysis, then the ledger account.
  select a.* into analysis from modera.style_analyses a
  where a.id = modera_store_recommendations.style_analysis_id and a.user_id = person.id and a.completed_at is not null
  for no key update;
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no such completed style analysis.');
  end if;
  answer := private.modera_recommended_before(person.id, key, request);
  if answer is not null then
    return answer;
  end if;

  -- GUARD: what can still be recommended, before anything is paid.
  select count(*) into left_over
  from jsonb_to_recordset(ranked -> 'products') as c (id uuid)
  join modera.partner_products p on p.id = c.id and p.available
  join modera.partners s on s.id = p.partner_id and s.active
  where not exists (
    select from modera.recommendations r
    where r.style_analysis_id = analysis.id and r.partner_id = p.partner_id and r.product_id = p.product_id);
  if left_over = 0 then
    perform private.raise_problem(404, 'no_matching_products', 'No partner has a product like this that was not recommended before. Nothing was charged.');
  end if;
  paid := ledger.debit('modera', user_id, billing.rate('modera', 'recommendations'), 'modera.recommendations/' || key,
    'recommendations', analysis.session_id::text, jsonb_build_object('style_analysis_id', analysis.id, 'request', request));
  if paid ? 'refusal' then
    return paid;
  end if;

  -- WRITE
  insert into modera.recommendation_requests (user_id, style_analysis_id, key, fingerprint, credits_used)
  values (person.id, analysis.id, key, private.fingerprint(request), (paid ->> 'amount')::bigint)
  returning * into made;
  insert into modera.recommendations (request_id, style_analysis_id, user_id, partner_id, product_id, product_url, product_data,
    recommendation_score, recommendation_reason, category, subcategory)
  select made.id, analysis.id, person.id, p.partner_id, p.product_id, p.url,
    jsonb_build_object('title', p.title, 'brand', p.brand, 'colour', p.colour, 'lab', jsonb_build_array(p.lab_l, p.lab_a, p.lab_b),
      'sizes', p.sizes, 'price', p.price, 'currency', p.currency, 'image_url', p.image_url),
    c.score, c.reason, p.category, p.subcategory
  from jsonb_to_recordset(ranked -> 'products') as c (id uuid, score numeric, reason text)
  join modera.partner_products p on p.id = c.id and p.available
  join modera.partners s on s.id = p.partner_id and s.active
  on conflict on constraint recommendations_style_analysis_id_partner_id_product_id_key do nothing;
  return private.modera_recommendation_answer(made, false);
end
$$;

comment on function private.modera_store_recommendations(uuid, uuid, text, jsonb, jsonb) is
  'See modera.store_recommendations. Definer: users write neither recommendations nor the ledger; for the service.';

create function modera.recommendation_basis(style_analysis_id uuid, key text, request jsonb)
returns jsonb
language sql
stable
set search_path = ''
return private.modera_recommendation_basis(style_analysis_id, key, request);

comment on function modera.recommendation_basis(uuid, text, jsonb) is
  'What the caller''s products are chosen by: {earlier, language, size_preferences, colours, advice}; `earlier` is the first answer to a retry. No result yet: analysis_not_completed.';

create function modera.recommendation_candidates(style_analysis_id uuid, wanted jsonb, max integer default 400)
returns jsonb
language sql
stable
set search_path = ''
return private.modera_recommendation_candidates(style_analysis_id, wanted, max);

comment on function modera.recommendation_candidates(uuid, jsonb, integer) is
  'Up to `max` products for sale that the analysis did not recommend yet, those first whose colour is nearest to one of `colours` in CIELAB: {colours: [[l, a, b]], category, size, currency, max_price}.';

create function modera.store_recommendations(user_id uuid, style_analysis_id uuid, key text, request jsonb, ranked jsonb)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_store_recommendations(user_id, style_analysis_id, key, request, ranked);

comment on function modera.store_recommendations(uuid, uuid, text, jsonb, jsonb) is
  'Keeps ranked products {products: [{id, score, reason}]} as recommendations and debits their price, once for each key: {request_id, style_analysis_id, credits_used, replayed, recommendations}, or {refusal: insufficient_credits}. None left: no_matching_products, and nothing is charged.';

create function modera.list_recommendations(style_analysis_id uuid default null, cursor uuid default null, page_size integer default 20)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
  with size as (select least(greatest(coalesce(page_size, 20), 1), 100) as rows),
  after as (select a.created_at, a.recommendation_score, a.id from modera.recommendations a where a.id = list_recommendations.cursor),
  page as (
    select r.* from modera.recommendations r
    where r.user_id = (select private.modera_user_id())
      and (list_recommendations.style_analysis_id is null or r.style_analysis_id = list_recommendations.style_analysis_id)
      and (list_recommendations.cursor is null or (r.created_at, r.recommendation_score, r.id) <
        (select after.created_at, after.recommendation_score, after.id from after))
    order by r.created_at desc, r.recommendation_score desc, r.id desc
    limit (select size.rows + 1 from size)
  ),
  shown as (
    select p.* from page p order by p.created_at desc, p.recommendation_score desc, p.id desc limit (select size.rows from size)
  )
  select jsonb_build_object(
    'recommendations', coalesce((
      select jsonb_agg(private.modera_recommendation_as_json(r) order by r.created_at desc, r.recommendation_score desc, r.id desc)
      from modera.recommendations r where r.id in (select s.id from shown s)), '[]'),
    'next_cursor', case when (select count(*) from page) > (select size.rows from size) then (
      select s.id from shown s order by s.created_at, s.recommendation_score, s.id limit 1) end);
end;

comment on function modera.list_recommendations(uuid, uuid, integer) is
  'The caller''s recommendations, the newest request first and its best product first, of one analysis or of all: {recommendations, next_cursor}.';

grant execute on function private.modera_recommendation_as_json(modera.recommendations) to authenticated;
grant execute on function private.modera_recommendation_basis(uuid, text, jsonb) to authenticated;
grant execute on function private.modera_recommendation_candidates(uuid, jsonb, integer) to service_role;
grant execute on function private.modera_store_recommendations(uuid, uuid, text, jsonb, jsonb) to service_role;
grant execute on function modera.recommendation_basis(uuid, text, jsonb) to authenticated;
grant execute on function modera.recommendation_candidates(uuid, jsonb, integer) to service_role;
grant execute on function modera.store_recommendations(uuid, uuid, text, jsonb, jsonb) to service_role;
grant execute on function modera.list_recommendations(uuid, uuid, integer) to authenticated;
