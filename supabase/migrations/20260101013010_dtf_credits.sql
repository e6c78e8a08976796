-- DTF Editor: the contract's ways to change credits, on the ledger.

create function private.dtf_require_change(p_user_id uuid, p_amount integer, p_key text, fits boolean)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  if not exists (select from dtf.users u where u.id = p_user_id) then
    perform private.raise_problem(404, 'holder_not_found', format('There is no user %s.', p_user_id));
  end if;
  perform private.require_key(p_key);
  if not coalesce(p_amount > 0, false) then
    perform private.raise_problem(422, 'invalid_amount', 'An amount is a positive whole number.', '{"field": "p_amount"}');
  end if;
  if not coalesce(fits, false) then
    perform private.raise_problem(422, 'invalid_request',
      'A purchase, bonus or refund adds credits, usage takes them; credits expire with their grants and not by hand.',
      '{"field": "p_transaction_type"}');
  end if;
end
$$;

comment on function private.dtf_require_change(uuid, integer, text, boolean) is
  'Refuses a change of credits of nobody, without a key, of no positive amount, or of a type that does not fit.';

create function private.dtf_add_user_credits(
  p_user_id uuid, p_amount integer, p_transaction_type text, p_description text, p_metadata jsonb, p_key text, p_expires_at timestamptz
)
returns integer
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  key constant text := 'dtf.add_user_credits/' || p_key;
  details constant jsonb := coalesce(p_metadata, '{}') || jsonb_strip_nulls(jsonb_build_object('description', left(p_description, 200)));
begin
  -- GUARD
  perform private.dtf_require_change(p_user_id, p_amount, p_key, p_transaction_type in ('purchase', 'bonus', 'refund'));
  if p_transaction_type = 'refund' and (p_metadata ->> 'transaction_id') is null then
    perform private.raise_problem(422, 'invalid_request', 'A refund names the transaction_id of the usage that it gives back.',
      '{"field": "p_metadata"}');
  end if;

  -- WRITE
  if p_transaction_type = 'refund' then
    return ledger.available_after(ledger.refund('dtf', p_user_id, (p_metadata ->> 'transaction_id')::uuid, p_amount, key, 'refund'));
  end if;
  return ledger.available_after(ledger.grant_credits('dtf', p_user_id, p_amount, key,
    case p_transaction_type when 'purchase' then 'paid' else 'promotional' end::ledger.grant_category,
    expires_at => p_expires_at, reason => p_transaction_type, metadata => details));
end
$$;

comment on function private.dtf_add_user_credits(uuid, integer, text, text, jsonb, text, timestamptz) is
  'See dtf.add_user_credits. Definer: moves value through the ledger, for the service alone.';

create function private.dtf_deduct_user_credits(
  p_user_id uuid, p_amount integer, p_transaction_type text, p_description text, p_metadata jsonb, p_key text
)
returns integer
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.dtf_require_change(p_user_id, p_amount, p_key, p_transaction_type = 'usage');
  return ledger.available_after(ledger.debit('dtf', p_user_id, p_amount, 'dtf.deduct_user_credits/' || p_key,
    coalesce(p_metadata ->> 'feature', 'usage'), p_metadata ->> 'reference',
    coalesce(p_metadata, '{}') || jsonb_strip_nulls(jsonb_build_object('description', left(p_description, 200)))));
end
$$;

comment on function private.dtf_deduct_user_credits(uuid, integer, text, text, jsonb, text) is
  'See dtf.deduct_user_credits. Definer: moves value through the ledger, for the service alone.';

create function dtf.add_user_credits(
  p_user_id uuid,
  p_amount integer,
  p_transaction_type text,
  p_description text default null,
  p_metadata jsonb default null,
  p_key text default null,
  p_expires_at timestamptz default null
)
returns integer
language sql
volatile
set search_path = ''
return private.dtf_add_user_credits(p_user_id, p_amount, p_transaction_type, p_description, p_metadata, p_key, p_expires_at);

comment on function dtf.add_user_credits(uuid, integer, text, text, jsonb, text, timestamptz) is
  'Adds a purchase, bonus or refund, once for each p_key, and returns what is available after it. A refund names p_metadata.transaction_id, and never exceeds it. p_description and p_metadata are kept for ever: nothing that people chose may be in them. Service only.';

create function dtf.deduct_user_credits(
  p_user_id uuid,
  p_amount integer,
  p_transaction_type text,
  p_description text default null,
  p_metadata jsonb default null,
  p_key text default null
)
returns integer
language sql
volatile
set search_path = ''
return private.dtf_deduct_user_credits(p_user_id, p_amount, p_transaction_type, p_description, p_metadata, p_key);

comment on function dtf.deduct_user_credits(uuid, integer, text, text, jsonb, text) is
  'Takes credits for usage, once for each p_key, and returns what is available after it; too few: insufficient_credits (402). p_metadata: feature, reference. See dtf.add_user_credits. Service only.';

grant execute on function private.dtf_add_user_credits(uuid, integer, text, text, jsonb, text, timestamptz) to service_role;
grant execute on function private.dtf_deduct_user_credits(uuid, integer, text, text, jsonb, text) to service_role;
grant execute on function dtf.add_user_credits(uuid, integer, text, text, jsonb, text, timestamptz) to service_role;
grant execute on function dtf.deduct_user_credits(uuid, integer, text, text, jsonb, text) to service_role;
