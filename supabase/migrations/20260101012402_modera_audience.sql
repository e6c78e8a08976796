-- MODERA: whom its campaigns are for.

create function private.modera_audience(filter jsonb)
returns table (person uuid, address text, variables jsonb)
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  if filter - '{languages,signed_up_after,signed_up_before,active_after,active_before,min_credits,max_credits}'::text[] <> '{}' then
    perform private.raise_problem(422, 'invalid_request', 'The audience can not be filtered by this.', '{"field": "audience"}');
  end if;
  return query
  select p.holder, u.email::text, jsonb_build_object('first_name', p.first_name, 'credits', greatest(0, coalesce(a.posted - a.pending, 0))::text)
  from modera.profiles p
  join auth.users u on u.id = p.auth_user_id
  left join ledger.accounts a on a.product = 'modera' and a.holder = p.holder and a.unit = 'credits'
  where p.is_active and u.email <> '' and u.email not like '%.invalid'
    and not private.is_leaving(u.id)
    and (not filter ? 'languages' or filter -> 'languages' ? split_part(p.language_code, '-', 1))
    and (not filter ? 'signed_up_after' or p.created_at >= (filter ->> 'signed_up_after')::timestamptz)
    and (not filter ? 'signed_up_before' or p.created_at < (filter ->> 'signed_up_before')::timestamptz)
    and (not filter ? 'active_after' or p.last_activity >= (filter ->> 'active_after')::timestamptz)
    and (not filter ? 'active_before' or p.last_activity < (filter ->> 'active_before')::timestamptz)
    and (not filter ? 'min_credits' or coalesce(a.posted - a.pending, 0) >= (filter ->> 'min_credits')::bigint)
    and (not filter ? 'max_credits' or coalesce(a.posted - a.pending, 0) <= (filter ->> 'max_credits')::bigint);
end
$$;

comment on function private.modera_audience(jsonb) is
  'See private.audience. Variables: first_name, credits. Who leaves is not written to. Definer: asked for admins, who read no addresses themselves.';
