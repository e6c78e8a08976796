-- MODERA: what admins do with partners.

create function private.modera_partner_as_json(partner modera.partners)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
  select jsonb_build_object('code', partner.code, 'name', partner.name, 'domains', partner.domains,
    'commission_rate', partner.commission_rate, 'currency', partner.currency, 'click_parameter', partner.click_parameter,
    'active', partner.active, 'created_at', partner.created_at, 'updated_at', partner.updated_at,
    'has_secret', exists (
      select from private.modera_partner_secrets s where s.partner_id = partner.id and s.expires_at is null));
end;

comment on function private.modera_partner_as_json(modera.partners) is 'A partner as admins see it.';

create function private.modera_partner(code text)
returns modera.partners
language plpgsql
stable
set search_path = ''
as $$
declare
  partner modera.partners;
begin
  select p.* into partner from modera.partners p where p.code = modera_partner.code;
  if not found then
    perform private.raise_problem(404, 'unknown_partner', 'There is no partner with this code.', '{"field": "partner"}');
  end if;
  return partner;
end
$$;

comment on function private.modera_partner(text) is 'The partner with this code, or unknown_partner (404).';

create function private.modera_put_partner(
  code text, name text, domains text[], commission_rate numeric, currency text, click_parameter text, active boolean
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  partner modera.partners;
begin
  perform private.require_admin('modera');
  if not exists (select from billing.currencies c where c.code = modera_put_partner.currency) then
    perform private.raise_problem(422, 'invalid_request', 'Not an ISO 4217 code.', '{"field": "currency"}');
  end if;
  insert into modera.partners as p (code, name, domains, commission_rate, currency, click_parameter, active)
  values (code, name, domains, commission_rate, currency, click_parameter, active)
  on conflict on constraint partners_code_key do update set
    name = excluded.name, domains = excluded.domains, commission_rate = excluded.commission_rate, currency = excluded.currency,
    click_parameter = excluded.click_parameter, active = excluded.active
  where (p.name, p.domains, p.commission_rate, p.currency, p.click_parameter, p.active) is distinct from
    (excluded.name, excluded.domains, excluded.commission_rate, excluded.currency, excluded.click_parameter, excluded.active)
  returning p.* into partner;
  if found then
    perform audit.record('partner.changed', 'partner:' || code, to_jsonb(partner) - '{id,created_at,updated_at}'::text[] || '{"product": "modera"}');
  end if;
  return private.modera_partner_as_json(private.modera_partner(code));
exception
  when unique_violation then
    perform private.raise_problem(409, 'partner_name_taken', 'Another partner has this name.', '{"field": "name"}');
  when check_violation then
    perform private.raise_problem(422, 'invalid_request', 'A partner does not look like this.');
end
$$;

comment on function private.modera_put_partner(text, text, text[], numeric, text, text, boolean) is
  'See modera.put_partner. Definer: partners are written by this function alone; it asks for an admin.';

create function private.modera_list_partners()
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.require_admin('modera');
  return (select coalesce(jsonb_agg(private.modera_partner_as_json(p) order by p.code), '[]') from modera.partners p);
end
$$;

comment on function private.modera_list_partners() is
  'See modera.list_partners. Definer: rates and domains are for admins, which it asks for.';

create function private.modera_rotate_partner_secret(code text, grace interval)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  partner modera.partners;
  -- Two random UUIDs: 32 bytes, of which 244 bits are random.
  secret constant text := 'whsec_' || encode(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), 'base64');
  secret_id uuid;
begin
  perform private.require_admin('modera');
  if to_regprocedure('vault.create_secret(text, text, text, uuid)') is null then
    perform private.raise_problem(503, 'vault_unavailable', 'This database has no Vault to keep a secret in.');
  end if;

  -- LOCK: one rotation of a partner at a time.
  select p.* into partner from modera.partners p where p.code = modera_rotate_partner_secret.code for no key update;
  partner := private.modera_partner(code);

  -- WRITE
  delete from vault.secrets v using private.modera_partner_secrets s
  where v.id = s.secret_id and s.partner_id = partner.id and s.expires_at <= private.now();
  delete from private.modera_partner_secrets s where s.partner_id = partner.id and s.expires_at <= private.now();
  update private.modera_partner_secrets s set expires_at = private.now() + grace
  where s.partner_id = partner.id and (s.expires_at is null or s.expires_at > private.now() + grace);
  execute 'select vault.create_secret($1, $2, $3)' into secret_id
  using secret, 'modera/partner/' || gen_random_uuid(), 'Signs the postbacks of the partner ' || code;
  insert into private.modera_partner_secrets (secret_id, partner_id) values (secret_id, partner.id);
  perform audit.record('partner.secret_rotated', 'partner:' || code, jsonb_build_object('product', 'modera', 'grace', grace));
  return jsonb_build_object('secret', secret, 'previous_until', (
    select max(s.expires_at) from private.modera_partner_secrets s where s.partner_id = partner.id));
end
$$;

comment on function private.modera_rotate_partner_secret(text, interval) is
  'See modera.rotate_partner_secret. Definer: only such functions write to Vault; it asks for an admin.';

create function modera.put_partner(
  code text, name text, domains text[], commission_rate numeric, currency text, click_parameter text, active boolean
)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_put_partner(code, name, domains, commission_rate, currency, click_parameter, active);

comment on function modera.put_partner(text, text, text[], numeric, text, text, boolean) is
  'Makes or changes the partner with this code, and answers it as modera.list_partners does. The same again changes nothing. For admins.';

create function modera.list_partners()
returns jsonb
language sql
stable
set search_path = ''
return private.modera_list_partners();

comment on function modera.list_partners() is
  'All partners by code: [{code, name, domains, commission_rate, currency, click_parameter, active, has_secret, created_at, updated_at}]. For admins.';

create function modera.rotate_partner_secret(code text, grace interval default '24 hours')
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_rotate_partner_secret(code, grace);

comment on function modera.rotate_partner_secret(text, interval) is
  'Gives the partner a new secret for its postbacks: {secret, previous_until}. It is shown this once; the one before it is taken for as long as `grace`. For admins.';

grant execute on function private.modera_put_partner(text, text, text[], numeric, text, text, boolean) to authenticated;
grant execute on function private.modera_list_partners() to authenticated;
grant execute on function private.modera_rotate_partner_secret(text, interval) to authenticated;
grant execute on function modera.put_partner(text, text, text[], numeric, text, text, boolean) to authenticated;
grant execute on function modera.list_partners() to authenticated;
grant execute on function modera.rotate_partner_secret(text, interval) to authenticated;
