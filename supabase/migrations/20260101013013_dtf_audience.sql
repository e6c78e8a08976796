-- DTF Editor: whom its campaigns are for.

create function private.dtf_audience(filter jsonb)
returns table (person uuid, address text, variables jsonb)
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  plans constant text[] := private.filter_words(filter, 'plans');
  signed_up_after constant timestamptz := private.filter_time(filter, 'signed_up_after');
  signed_up_before constant timestamptz := private.filter_time(filter, 'signed_up_before');
  active_after constant timestamptz := private.filter_time(filter, 'active_after');
  active_before constant timestamptz := private.filter_time(filter, 'active_before');
  min_credits constant bigint := private.filter_number(filter, 'min_credits');
  max_credits constant bigint := private.filter_number(filter, 'max_credits');
begin
  perform private.require_filter(filter, '{plans,signed_up_after,signed_up_before,active_after,active_before,min_credits,max_credits}');
  if not plans <@ (select array_agg(p.code) from billing.plans p where p.product = 'dtf') then
    perform private.raise_problem(422, 'invalid_request', 'There is no such plan.', '{"field": "audience"}');
  end if;
  return query
  select w.id, u.email::text, jsonb_build_object('first_name', w.first_name, 'company', w.company,
    'credits', greatest(0, coalesce(a.posted - a.pending, 0))::text, 'plan', coalesce(s.code, 'free'))
  from dtf.users w
  join auth.users u on u.id = w.auth_user_id
  left join ledger.accounts a on a.product = 'dtf' and a.holder = w.id and a.unit = 'credits'
  left join lateral (
    select p.code from billing.subscriptions b join billing.plans p on p.id = b.plan_id
    where b.holder = w.id and b.product = 'dtf' and b.state in ('trialing', 'active', 'past_due') limit 1
  ) s on true
  where w.is_active and u.email <> '' and not exists (select from private.account_erasures e where e.user_id = u.id and e.state in ('requested', 'running'))
    and (plans is null or coalesce(s.code, 'free') = any (plans))
    and (signed_up_after is null or w.created_at >= signed_up_after)
    and (signed_up_before is null or w.created_at < signed_up_before)
    and (active_after is null or w.last_activity_at >= active_after)
    and (active_before is null or w.last_activity_at < active_before)
    and (min_credits is null or coalesce(a.posted - a.pending, 0) >= min_credits)
    and (max_credits is null or coalesce(a.posted - a.pending, 0) <= max_credits);
end
$$;

comment on function private.dtf_audience(jsonb) is
  'See private.audience. Variables: first_name, company, credits, plan. Who leaves is not written to. Definer: asked for admins, who read no addresses themselves.';
