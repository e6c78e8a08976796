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
  common private.audience_filter;
begin
  common := private.audience_filter(filter, '{plans}');
  if not plans <@ (select array_agg(p.code) from billing.plans p where p.product = 'dtf') then
    perform private.raise_problem(422, 'invalid_request', 'There is no such plan.', '{"field": "audience"}');
  end if;
  return query
  select w.id, u.email::text, jsonb_build_object('first_name', w.first_name, 'company', w.company,
    'credits', coalesce(a.available, 0)::text, 'plan', coalesce(s.code, 'free'))
  from dtf.users w
  join auth.users u on u.id = w.auth_user_id
  left join ledger.accounts a on a.product = 'dtf' and a.holder = w.id and a.unit = 'credits'
  left join lateral (
    select p.code from billing.subscriptions b join billing.plans p on p.id = b.plan_id
    where b.holder = w.id and b.product = 'dtf' and b.state in ('trialing', 'active', 'past_due') limit 1
  ) s on true
  where w.is_active and private.mail_address(u.email) is not null and not private.is_leaving(u.id)
    and (plans is null or coalesce(s.code, 'free') = any (plans))
    and private.is_in_audience(common, w.created_at, w.last_activity_at, coalesce(a.available, 0));
end
$$;

comment on function private.dtf_audience(jsonb) is
  'See private.audience. Variables: first_name, company, credits, plan. Who leaves is not written to. Definer: asked for admins, who read no addresses themselves.';
