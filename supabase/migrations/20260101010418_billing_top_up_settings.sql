-- What people set, and see, of their automatic top-up.

create function billing.auto_top_up(product text, holder uuid)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
  select jsonb_build_object(
    'enabled', coalesce(s.enabled, false), 'threshold', ledger.low_threshold(auto_top_up.product, auto_top_up.holder),
    'offer', s.offer_code, 'currency', s.currency, 'cap', s.cap,
    'amount', (billing.top_up_price(s)).amount, 'credits', (billing.top_up_price(s)).credits,
    'spent', case when s.product is not null then billing.top_up_spent(s) end,
    'declines', coalesce(s.declines, 0), 'retry_at', s.retry_at, 'switched_off', s.switched_off,
    'payment_method_saved_at', (
      select m.saved_at from billing.payment_methods m
      where m.product = auto_top_up.product and m.holder = auto_top_up.holder and m.provider = 'stripe'),
    'customer_id', (
      select c.provider_customer_id from billing.customers c
      where c.product = auto_top_up.product and c.holder = auto_top_up.holder and c.provider = 'stripe'),
    'attempt', (
      select jsonb_build_object('state', t.state, 'failure', t.failure, 'number', i.number, 'created_at', t.created_at)
      from billing.top_up_attempts t join billing.invoices i on i.id = t.invoice_id
      where t.product = auto_top_up.product and t.holder = auto_top_up.holder order by t.created_at desc limit 1))
  from (values (1)) always (there) left join billing.top_ups s
    on s.product = auto_top_up.product and s.holder = auto_top_up.holder;
end;

comment on function billing.auto_top_up(text, uuid) is 'A holder''s automatic top-up as it stands: see api.auto_top_up.';

create function private.own_auto_top_up(product text)
returns jsonb
language sql
stable
security definer
set search_path = ''
return billing.auto_top_up(product, auth.uid());

comment on function private.own_auto_top_up(text) is 'See api.auto_top_up. Definer: no API role reads the tables; the holder is auth.uid().';

create function private.set_own_auto_top_up(
  product text, enabled boolean, threshold bigint, offer text, currency text, cap bigint
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  person constant uuid := auth.uid();
  setting billing.top_ups;
  price billing.prices;
begin
  perform private.admit(product, person);
  if not enabled then
    update billing.top_ups s set enabled = false, switched_off = null
    where s.product = set_own_auto_top_up.product and s.holder = person and (s.enabled or s.switched_off is not null);
    if found then
      perform audit.record('auto_top_up.ended', 'user:' || person, jsonb_build_object('product', product));
    end if;
    return billing.auto_top_up(product, person);
  end if;

  -- GUARD
  perform private.require_staying(person);
  setting.product := product;
  setting.holder := person;
  setting.offer_code := offer;
  setting.currency := coalesce(currency, (
    select o.default_currency from billing.offers o where o.product = set_own_auto_top_up.product and o.code = offer));
  price := billing.top_up_price(setting);
  if price.id is null then
    perform private.raise_problem(404, 'unknown_offer', 'This offer is not sold in this currency.', '{"field": "offer"}');
  end if;
  if not coalesce(threshold > 0, false) then
    perform private.raise_problem(422, 'invalid_amount', 'Automatic top-up needs a threshold of at least one credit.', '{"field": "threshold"}');
  end if;
  if not coalesce(cap >= price.amount, false) then
    perform private.raise_problem(422, 'invalid_amount', 'The cap must leave room for one purchase.', '{"field": "cap"}');
  end if;
  if (billing.top_up_method(setting)).provider_method_id is null then
    perform private.raise_problem(409, 'payment_method_required', 'Save a payment method first.');
  end if;

  -- WRITE: the account is locked before the setting, as where invoices are paid.
  perform ledger.set_low_balance_alert(product, person, threshold);
  insert into billing.top_ups (product, holder, enabled, offer_code, currency, cap)
  values (product, person, true, offer, setting.currency, cap)
  on conflict on constraint top_ups_pkey do update
  set enabled = true, offer_code = excluded.offer_code, currency = excluded.currency, cap = excluded.cap,
    declines = 0, retry_at = null, switched_off = null, agreed_at = private.now();
  perform audit.record('auto_top_up.agreed', 'user:' || person, jsonb_build_object(
    'product', product, 'threshold', threshold, 'offer', offer, 'amount', price.amount, 'currency', setting.currency, 'cap', cap));
  if billing.is_low(product, person) then
    perform billing.queue_top_up(product, person, 'agreed:' || gen_random_uuid());
  end if;
  return billing.auto_top_up(product, person);
end
$$;

comment on function private.set_own_auto_top_up(text, boolean, bigint, text, text, bigint) is
  'See api.set_auto_top_up. Definer: people may not write these tables; the person is auth.uid().';

create function billing.forget_method(product text, holder uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  method_id text;
begin
  delete from billing.payment_methods m
  where m.product = forget_method.product and m.holder = forget_method.holder and m.provider = 'stripe'
  returning m.provider_method_id into method_id;
  if method_id is not null then
    perform audit.record('payment_method.removed', 'user:' || holder, jsonb_build_object('product', product));
  end if;
  update billing.top_ups s set enabled = false, switched_off = 'payment_method_removed'
  where s.product = forget_method.product and s.holder = forget_method.holder and s.enabled;
  return jsonb_build_object('payment_method_id', method_id);
end
$$;

comment on function billing.forget_method(text, uuid) is
  'Forgets a holder''s saved payment method, which ends their top-ups: {payment_method_id} to detach at the provider, or null. Definer: see private.set_own_auto_top_up.';

create function billing.top_up_covers(product text, holder uuid)
returns boolean
language sql
stable
security definer
set search_path = ''
begin atomic
  select exists (
    select from billing.top_ups s
    where s.product = top_up_covers.product and s.holder = top_up_covers.holder and s.enabled
      and (billing.top_up_method(s)).provider_method_id is not null);
end;

comment on function billing.top_up_covers(text, uuid) is
  'Whether low credits are taken care of by a top-up, whose failure is told by itself. Definer: see private.own_auto_top_up.';

grant execute on function private.own_auto_top_up(text) to authenticated;
grant execute on function private.set_own_auto_top_up(text, boolean, bigint, text, text, bigint) to authenticated;
grant execute on function billing.forget_method(text, uuid) to service_role;
grant execute on function billing.top_up_covers(text, uuid) to service_role;
