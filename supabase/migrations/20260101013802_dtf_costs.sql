-- DTF Editor: what providers cost, for its admins, and what each operation leaves.

create function private.dtf_cost_answer(cost dtf.api_costs)
returns jsonb
language sql
immutable
set search_path = ''
return jsonb_build_object('cost_id', cost.id, 'provider', cost.api_provider, 'operation', cost.operation_type,
  'cost_micros', cost.cost_per_operation, 'currency', cost.currency, 'effective_date', cost.effective_date,
  'is_active', cost.is_active, 'created_at', cost.created_at);

comment on function private.dtf_cost_answer(dtf.api_costs) is 'A cost as admins are shown it.';

create function private.dtf_margins()
returns jsonb
language sql
stable
set search_path = ''
begin atomic
  with value as (
    select v.micros from private.credit_value('dtf', private.now() - interval '30 days', private.now()) v
  ),
  costs as (
    select distinct on (c.api_provider, c.operation_type) c.api_provider as provider, c.operation_type as operation, c.cost_per_operation as cost
    from dtf.api_costs c
    where c.is_active and c.currency = 'USD' and c.effective_date <= private.now()::date
    order by c.api_provider, c.operation_type, c.effective_date desc
  )
  select coalesce(jsonb_agg(jsonb_build_object('operation', r.feature, 'credits', r.credits, 'value_micros', round(r.credits * v.micros),
    'provider', c.provider, 'cost_micros', c.cost, 'margin_micros', round(r.credits * v.micros) - c.cost) order by r.feature, c.provider), '[]')
  from billing.rates r cross join value v left join costs c on c.operation = r.feature
  where r.product = 'dtf' and r.retired_at is null;
end;

comment on function private.dtf_margins() is
  'Each operation at its price, at each provider whose cost is known in US dollars: what its credits bring (see private.credit_value, of 30 days) less what the provider takes today, in millionths of a dollar.';

create function private.dtf_costs()
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.require_admin('dtf');
  return jsonb_build_object(
    'costs', (
      select coalesce(jsonb_agg(private.dtf_cost_answer(c) order by c.api_provider, c.operation_type, c.effective_date desc), '[]')
      from dtf.api_costs c),
    'margins', private.dtf_margins());
end
$$;

comment on function private.dtf_costs() is 'See dtf.costs. Definer: costs are not for API roles; the caller must be an admin.';

create function private.dtf_put_cost(provider text, operation text, cost_micros bigint, currency text, effective_date date)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  known dtf.api_costs;
  cost dtf.api_costs;
  wrong text;
begin
  -- GUARD
  perform private.require_admin('dtf');
  wrong := case
    when provider is null or provider !~ '^[a-z][a-z0-9_-]{1,31}$' then 'provider'
    when cost_micros is null or cost_micros not between 0 and 1000000000000 then 'cost_micros'
    when not exists (select from billing.currencies c where c.code = dtf_put_cost.currency) then 'currency'
    -- What was done is done: its cost is on the operation.
    when effective_date is null or effective_date < private.now()::date then 'effective_date'
  end;
  if wrong is not null then
    perform private.raise_problem(422, 'invalid_request', 'A cost is a provider''s, of an operation, from today or later on.',
      jsonb_build_object('field', wrong));
  end if;
  perform billing.rate('dtf', operation);

  -- LOCK
  lock table dtf.api_costs in share row exclusive mode;
  select c.* into known from dtf.api_costs c
  where c.api_provider = provider and c.operation_type = operation and c.effective_date = dtf_put_cost.effective_date;
  if (known.cost_per_operation, known.currency, known.is_active) = (cost_micros, dtf_put_cost.currency, true) then
    return private.dtf_cost_answer(known);
  end if;

  -- WRITE
  insert into dtf.api_costs as c (api_provider, operation_type, cost_per_operation, currency, effective_date)
  values (provider, operation, cost_micros, dtf_put_cost.currency, dtf_put_cost.effective_date)
  on conflict on constraint api_costs_api_provider_operation_type_effective_date_key do update
  set cost_per_operation = excluded.cost_per_operation, currency = excluded.currency, is_active = true
  returning c.* into cost;
  perform audit.record('cost.changed', 'cost:' || cost.id, jsonb_build_object('product', 'dtf',
    'from', case when known.id is not null then private.dtf_cost_answer(known) end, 'to', private.dtf_cost_answer(cost)));
  return private.dtf_cost_answer(cost);
end
$$;

comment on function private.dtf_put_cost(text, text, bigint, text, date) is
  'See dtf.put_cost. Definer: costs are written by functions alone; the caller must be an admin.';

create function private.dtf_withdraw_cost(cost_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  cost dtf.api_costs;
begin
  -- LOCK
  perform private.require_admin('dtf');
  select c.* into cost from dtf.api_costs c where c.id = cost_id for no key update;
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no such cost.');
  end if;

  -- WRITE
  if cost.is_active then
    update dtf.api_costs c set is_active = false where c.id = cost_id returning c.* into cost;
    perform audit.record('cost.withdrawn', 'cost:' || cost.id, jsonb_build_object('product', 'dtf', 'cost', private.dtf_cost_answer(cost)));
  end if;
  return private.dtf_cost_answer(cost);
end
$$;

comment on function private.dtf_withdraw_cost(uuid) is 'See dtf.withdraw_cost. Definer: see private.dtf_put_cost.';

create function dtf.costs()
returns jsonb
language sql
stable
set search_path = ''
return private.dtf_costs();

comment on function dtf.costs() is
  'For admins: {costs: [{cost_id, provider, operation, cost_micros, currency, effective_date, is_active, created_at}], margins: [{operation, credits, value_micros, provider, cost_micros, margin_micros}]}, in millionths. See private.dtf_margins.';

create function dtf.put_cost(provider text, operation text, cost_micros bigint, currency text, effective_date date)
returns jsonb
language sql
volatile
set search_path = ''
return private.dtf_put_cost(provider, operation, cost_micros, currency, effective_date);

comment on function dtf.put_cost(text, text, bigint, text, date) is
  'For admins: what a provider takes for an operation from a day on, today or later, in millionths of the currency. One for a provider, an operation and a day: another takes its place. Idempotent.';

create function dtf.withdraw_cost(cost_id uuid)
returns jsonb
language sql
volatile
set search_path = ''
return private.dtf_withdraw_cost(cost_id);

comment on function dtf.withdraw_cost(uuid) is 'For admins: takes a cost back, as if it had never been written; operations keep theirs. Idempotent.';

grant execute on function private.dtf_costs() to authenticated;
grant execute on function private.dtf_put_cost(text, text, bigint, text, date) to authenticated;
grant execute on function private.dtf_withdraw_cost(uuid) to authenticated;
grant execute on function dtf.costs() to authenticated;
grant execute on function dtf.put_cost(text, text, bigint, text, date) to authenticated;
grant execute on function dtf.withdraw_cost(uuid) to authenticated;
