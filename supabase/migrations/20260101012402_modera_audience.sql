-- MODERA: whom its campaigns are for.

create function private.modera_audience(filter jsonb)
returns table (person uuid, address text, variables jsonb)
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  languages constant text[] := private.filter_words(filter, 'languages');
  signed_up_after constant timestamptz := private.filter_time(filter, 'signed_up_after');
  signed_up_before constant timestamptz := private.filter_time(filter, 'signed_up_before');
  active_after constant timestamptz := private.filter_time(filter, 'active_after');
  active_before constant timestamptz := private.filter_time(filter, 'active_before');
  min_credits constant bigint := private.filter_number(filter, 'min_credits');
  max_credits constant bigint := private.filter_number(filter, 'max_credits');
begin
  perform private.require_filter(filter,
    '{languages,signed_up_after,signed_up_before,active_after,active_before,min_credits,max_credits}');
  return query
  select p.holder, u.email::text, jsonb_build_object('first_name', p.first_name, 'credits', greatest(0, coalesce(a.posted - a.pending, 0))::text)
  from modera.profiles p
  join auth.users u on u.id = p.auth_user_id
  left join ledger.accounts a on a.product = 'modera' and a.holder = p.holder and a.unit = 'credits'
  where p.is_active and u.email <> '' and u.email not like '%.invalid'
    and not exists (select from private.account_erasures e where e.user_id = u.id and e.state in ('requested', 'running'))
    and (languages is null or split_part(p.language_code, '-', 1) = any (languages))
    and (signed_up_after is null or p.created_at >= signed_up_after)
    and (signed_up_before is null or p.created_at < signed_up_before)
    and (active_after is null or p.last_activity >= active_after)
    and (active_before is null or p.last_activity < active_before)
    and (min_credits is null or coalesce(a.posted - a.pending, 0) >= min_credits)
    and (max_credits is null or coalesce(a.posted - a.pending, 0) <= max_credits);
end
$$;

comment on function private.modera_audience(jsonb) is
  'See private.audience. Variables: first_name, credits. Who leaves is not written to. Definer: asked for admins, who read no addresses themselves.';
