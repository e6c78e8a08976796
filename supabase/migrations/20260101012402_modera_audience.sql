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
  common private.audience_filter;
begin
  common := private.audience_filter(filter, '{languages}');
  return query
  select p.holder, u.email::text, jsonb_build_object('first_name', p.first_name, 'credits', coalesce(a.available, 0)::text)
  from modera.profiles p
  join auth.users u on u.id = p.auth_user_id
  left join ledger.accounts a on a.product = 'modera' and a.holder = p.holder and a.unit = 'credits'
  where p.is_active and private.mail_address(u.email) is not null and not private.is_leaving(u.id)
    and (languages is null or split_part(p.language_code, '-', 1) = any (languages))
    and private.is_in_audience(common, p.created_at, p.last_activity, coalesce(a.available, 0));
end
$$;

comment on function private.modera_audience(jsonb) is
  'See private.audience. Variables: first_name, credits. Who leaves is not written to. Definer: asked for admins, who read no addresses themselves.';
