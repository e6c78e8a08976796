-- MODERA: what people do with recommendations: see them, save them, follow their links.

create function private.modera_view_recommendations(recommendation_ids uuid[])
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  seen integer;
begin
  with mine as (
    select r.id from modera.recommendations r
    where r.id = any (recommendation_ids) and r.user_id = private.modera_user_id() and r.first_viewed_at is null
    order by r.id for no key update
  )
  update modera.recommendations r set first_viewed_at = private.now() from mine where r.id = mine.id;
  get diagnostics seen = row_count;
  return jsonb_build_object('viewed', seen);
end
$$;

comment on function private.modera_view_recommendations(uuid[]) is
  'See modera.view_recommendations. Definer: users may not write times; only the caller''s own are touched.';

create function modera.view_recommendations(recommendation_ids uuid[])
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_view_recommendations(recommendation_ids);

comment on function modera.view_recommendations(uuid[]) is
  'The caller sees these of their recommendations; the first time counts: {viewed}, how many were new. Others'' are passed over.';

create function modera.save_recommendation(recommendation_id uuid, saved boolean)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  recommendation modera.recommendations;
begin
  update modera.recommendations r set user_saved = saved
  where r.id = recommendation_id and r.user_id = (select private.modera_user_id())
  returning r.* into recommendation;
  if not found then
    perform private.raise_problem(404, 'not_found', 'You have no recommendation with this id.');
  end if;
  return private.modera_recommendation_as_json(recommendation);
end
$$;

comment on function modera.save_recommendation(uuid, boolean) is 'Keeps one of the caller''s recommendations for later, or no more; answers it.';

create function private.modera_click_recommendation(recommendation_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  recommendation modera.recommendations;
  partner modera.partners;
begin
  select r.* into recommendation from modera.recommendations r where r.id = recommendation_id for no key update;
  if not found then
    perform private.raise_problem(404, 'not_found', 'This recommendation is no longer there.');
  end if;
  select p.* into partner from modera.partners p where p.id = recommendation.partner_id;
  -- The domains of today count: an address that was good when it was recommended may not be any more.
  if not partner.active
    or not coalesce(substring(recommendation.product_url from '^https://([a-z0-9.-]+)(?:/|$)') = any (partner.domains), false) then
    perform private.raise_problem(410, 'link_closed', 'This shop is not our partner any more.');
  end if;
  update modera.recommendations r
  set first_viewed_at = coalesce(r.first_viewed_at, private.now()), clicked_at = coalesce(r.clicked_at, private.now())
  where r.id = recommendation.id and r.clicked_at is null;
  return jsonb_build_object('url', recommendation.product_url, 'click_parameter', partner.click_parameter);
end
$$;

comment on function private.modera_click_recommendation(uuid) is
  'See modera.click_recommendation. Definer: see private.modera_view_recommendations; for the service, which has checked the link.';

create function modera.click_recommendation(recommendation_id uuid)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_click_recommendation(recommendation_id);

comment on function modera.click_recommendation(uuid) is
  'Somebody follows a recommendation''s link: records the first click, and the first view with it, and tells where it leads: {url, click_parameter}. A partner or domain that is not ours any more: link_closed.';

grant execute on function private.modera_view_recommendations(uuid[]) to authenticated;
grant execute on function private.modera_click_recommendation(uuid) to service_role;
grant execute on function modera.view_recommendations(uuid[]) to authenticated;
grant execute on function modera.save_recommendation(uuid, boolean) to authenticated;
grant execute on function modera.click_recommendation(uuid) to service_role;
