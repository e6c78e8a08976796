-- A top-up from its start to its end.

create function billing.start_top_up(product text, holder uuid, trigger text)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  setting billing.top_ups;
  price billing.prices;
  method billing.payment_methods;
  attempt billing.top_up_attempts;
  invoice billing.invoices;
begin
  -- LOCK
  select * into setting from billing.top_ups s
  where s.product = start_top_up.product and s.holder = start_top_up.holder for no key update;
  select * into attempt from billing.top_up_attempts t
  where t.product = start_top_up.product and t.holder = start_top_up.holder and t.trigger = start_top_up.trigger;
  method := billing.top_up_method(setting);
  if found then
    return billing.top_up_outcome(attempt, method);
  end if;

  -- GUARD
  price := billing.top_up_price(setting);
  if setting.enabled is not true then
    return '{"skipped": "off"}';
  elsif private.is_leaving(holder) then
    return '{"skipped": "leaving"}';
  elsif not private.is_active(product, holder) then
    return '{"skipped": "closed"}';
  elsif method.provider_method_id is null then
    return '{"skipped": "no_payment_method"}';
  elsif price.id is null then
    return '{"skipped": "not_sold"}';
  elsif setting.retry_at > private.now() then
    return '{"skipped": "waiting"}';
  elsif not billing.is_low(product, holder) then
    return '{"skipped": "not_low"}';
  elsif exists (
    select from billing.top_up_attempts t
    where t.product = start_top_up.product and t.holder = start_top_up.holder and t.state = 'open'
  ) then
    return '{"skipped": "attempt_open"}';
  elsif billing.top_up_spent(setting) + price.amount > setting.cap then
    perform events.publish('top_up.capped', jsonb_build_object('product', product, 'holder', holder, 'cap', setting.cap,
      'currency', setting.currency), format('top_up.capped:%s:%s:%s', product, holder, trigger));
    return '{"skipped": "cap"}';
  end if;

  -- WRITE
  attempt.id := gen_random_uuid();
  insert into billing.invoices (product, holder, key, fingerprint, price_id, offer_code, offer_title, amount, currency, credits, expires_at)
  select start_top_up.product, start_top_up.holder, 'top-up:' || attempt.id, private.fingerprint(jsonb_build_array('top-up', attempt.id)), price.id, o.code, o.title,
    price.amount, price.currency, price.credits, private.now() + interval '23 hours'
  from billing.offers o where o.id = price.offer_id
  returning * into invoice;
  insert into billing.top_up_attempts (id, product, holder, trigger, invoice_id)
  values (attempt.id, product, holder, trigger, invoice.id)
  returning * into attempt;
  perform audit.record('top_up.started', 'invoice:' || invoice.number, jsonb_build_object(
    'top_up_id', attempt.id, 'amount', invoice.amount, 'currency', invoice.currency, 'credits', invoice.credits));
  return billing.top_up_outcome(attempt, method);
end
$$;

comment on function billing.start_top_up(text, uuid, text) is
  'Opens an attempt and its invoice when there is to be one: the person agreed, stays and has a payment method, credits are low, none is open, no pause after a decline, and the cap leaves room. {top_up_id, state, …} or {skipped}. The same trigger again: the same attempt. The invoice lives for 23 hours, less than the provider keeps the attempt''s idempotency key.';

create function billing.is_low(product text, holder uuid)
returns boolean
language sql
stable
set search_path = ''
return coalesce((ledger.balance(product, holder) ->> 'posted')::bigint < ledger.low_threshold(product, holder), false);

comment on function billing.is_low(text, uuid) is 'Whether a holder''s balance is below the threshold of credits.low.';

create function billing.top_up_outcome(attempt billing.top_up_attempts, method billing.payment_methods)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
  select jsonb_build_object('top_up_id', attempt.id, 'state', attempt.state, 'invoice_id', i.id, 'number', i.number,
    'product', i.product, 'offer_title', i.offer_title, 'amount', i.amount, 'currency', i.currency,
    'customer_id', method.provider_customer_id, 'payment_method_id', method.provider_method_id)
  from billing.invoices i where i.id = attempt.invoice_id;
end;

comment on function billing.top_up_outcome(billing.top_up_attempts, billing.payment_methods) is 'What whoever charges has to know.';

create function billing.begin_top_up(request jsonb)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  fact constant jsonb := events.read_fact((request ->> 'fact_id')::bigint);
  subject constant jsonb := coalesce(fact -> 'payload', request);
begin
  return billing.start_top_up(subject ->> 'product', (subject ->> 'holder')::uuid, coalesce(fact ->> 'key', request ->> 'trigger'));
end
$$;

comment on function billing.begin_top_up(jsonb) is
  'billing.start_top_up by what the job billing.top-up holds: {fact_id} of credits.low, or {product, holder, trigger}. Definer: attempts and invoices are written by such functions alone.';

create function billing.conclude_top_up(invoice billing.invoices, failure text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  attempt billing.top_up_attempts;
begin
  if not starts_with(invoice.key, 'top-up:') then
    return;
  end if;
  update billing.top_up_attempts t
  set state = case when conclude_top_up.failure is null then 'succeeded' else 'failed' end::billing.top_up_state,
    failure = conclude_top_up.failure, concluded_at = private.now()
  where t.invoice_id = invoice.id and (t.state = 'open' or t.state = 'failed' and conclude_top_up.failure is null)
  returning * into attempt;
  if not found then
    return;
  end if;
  if failure is null then
    update billing.top_ups s set declines = 0, retry_at = null
    where s.product = invoice.product and s.holder = invoice.holder and (s.declines > 0 or s.retry_at is not null);
    if billing.is_low(invoice.product, invoice.holder) then
      perform billing.queue_top_up(invoice.product, invoice.holder, 'after:' || attempt.id);
    end if;
  else
    perform billing.pause_top_up(invoice, attempt);
  end if;
end
$$;

comment on function billing.conclude_top_up(billing.invoices, text) is
  'The end of the attempt that an invoice belongs to, if to any: paid (failure null), or not and why. Paid and still low: the next one follows, up to the cap.';

create function billing.pause_top_up(invoice billing.invoices, attempt billing.top_up_attempts)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  setting billing.top_ups;
  -- The invoice was closed without a word of the provider: nobody declined.
  declined constant boolean := attempt.failure not in ('expired', 'cancelled');
begin
  update billing.top_ups s
  set declines = s.declines + declined::integer,
    enabled = s.enabled and s.declines + declined::integer < 3,
    switched_off = case when s.enabled and s.declines + declined::integer >= 3 then left(attempt.failure, 60) else s.switched_off end,
    retry_at = private.now() + case when declined and s.declines > 0 then interval '1 day' else interval '1 hour' end
  where s.product = invoice.product and s.holder = invoice.holder
  returning * into setting;
  if setting.enabled then
    perform billing.queue_top_up(invoice.product, invoice.holder, 'retry:' || attempt.id, setting.retry_at);
  end if;
  if declined then
    perform audit.record('top_up.failed', 'invoice:' || invoice.number, jsonb_build_object(
      'failure', attempt.failure, 'declines', setting.declines, 'switched_off', setting.switched_off is not null));
    perform events.publish('top_up.failed', billing.invoice_event(invoice) || jsonb_build_object(
      'failure', attempt.failure, 'switched_off', coalesce(setting.switched_off is not null, false)), 'top_up.failed:' || attempt.id);
  end if;
end
$$;

comment on function billing.pause_top_up(billing.invoices, billing.top_up_attempts) is
  'After a failed attempt: an hour''s pause, after the second decline in a row a day''s, and after the third top-ups are switched off. Publishes top_up.failed for a decline.';

create function billing.fail_top_up(invoice billing.invoices, effect jsonb)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
begin
  if invoice.state <> 'pending' or not starts_with(invoice.key, 'top-up:') then
    return billing.verdict('ignored', 'not_pending');
  end if;
  perform billing.conclude_top_up(invoice, coalesce(nullif(regexp_replace(lower(left(effect ->> 'failure', 60)), '[^a-z_]', '_', 'g'), ''), 'declined'));
  perform billing.close_invoice(invoice, 'cancelled');
  return billing.verdict('applied');
end
$$;

comment on function billing.fail_top_up(billing.invoices, jsonb) is
  'The provider could not charge the saved payment method. At a checkout, where the buyer may try another card, it means nothing.';

grant execute on function billing.begin_top_up(jsonb) to service_role;
