-- What a payment event does, in any order and any number of times.

create function billing.find_invoice(provider text, effect jsonb)
returns uuid[]
language plpgsql
stable
set search_path = ''
as $$
begin
  return array(
    select i.id from billing.invoices i
    where i.provider = find_invoice.provider and i.checkout_session_id = effect ->> 'checkout_session_id'
    union
    select i.id from billing.invoices i
    where i.provider = find_invoice.provider and i.payment_intent_id = effect ->> 'payment_intent_id'
    union
    select i.id from billing.invoices i
    where i.provider = find_invoice.provider and i.id = (effect ->> 'invoice_id')::uuid
  );
end
$$;

comment on function billing.find_invoice(text, jsonb) is
  'The invoices that an event speaks of, by session, payment intent or our own id. More than one is nonsense.';

create function billing.apply_effect(provider text, effect jsonb, occurred_at timestamptz)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  kind constant text := effect ->> 'kind';
  found_ids constant uuid[] := billing.find_invoice(provider, effect);
  object constant text := coalesce(effect ->> 'dispute_id', effect ->> 'checkout_session_id', effect ->> 'payment_intent_id');
  current boolean := true;
  invoice billing.invoices;
  verdict jsonb;
begin
  -- GUARD
  if kind = 'none' then
    return billing.verdict('ignored', 'no_effect');
  end if;
  if kind in ('method_saved', 'method_removed') then
    return billing.note_method(provider, effect, occurred_at);
  end if;
  if kind = 'subscription' then
    return billing.apply_subscription(provider, effect, occurred_at);
  end if;
  if kind is null or kind not in ('checkout_paid', 'checkout_processing', 'checkout_failed', 'checkout_expired', 'payment_failed',
    'refunded', 'refund_failed', 'dispute_opened', 'dispute_closed') then
    return billing.verdict('dead', 'unknown_effect');
  end if;
  if cardinality(found_ids) > 1 then
    return billing.verdict('dead', 'invoice_mismatch');
  end if;
  if cardinality(found_ids) = 0 then
    if kind in ('refunded', 'refund_failed', 'dispute_opened', 'dispute_closed') and effect ->> 'payment_intent_id' is not null then
      return billing.verdict('deferred', 'payment_not_seen', billing.payment_name(provider, effect ->> 'payment_intent_id'));
    end if;
    return billing.verdict('ignored', 'not_ours');
  end if;

  -- LOCK
  invoice := billing.lock_invoice(found_ids[1]);
  if object is not null then
    current := events.advance(provider, object, occurred_at);
  end if;

  -- WRITE
  if kind in ('refunded', 'refund_failed', 'dispute_opened', 'dispute_closed') and invoice.state not in ('paid', 'refunded') then
    verdict := billing.verdict('deferred', 'payment_not_seen', 'invoice:' || invoice.id);
  else
    verdict := case kind
      when 'checkout_paid' then billing.pay(invoice, effect)
      when 'checkout_processing' then
        case when current then billing.start_processing(invoice) else billing.verdict('ignored', 'stale') end
      when 'checkout_failed' then billing.close_unpaid(invoice, 'cancelled')
      when 'checkout_expired' then billing.close_unpaid(invoice, 'expired')
      when 'payment_failed' then billing.fail_top_up(invoice, effect)
      when 'refunded' then billing.refund_payment(invoice, effect)
      when 'refund_failed' then billing.refund_payment(invoice, effect)
      else billing.dispute_payment(invoice, effect)
    end;
  end if;
  if kind = 'checkout_paid' and verdict ->> 'outcome' = 'applied' then
    perform billing.apply_deferred(invoice.id);
  end if;
  return verdict || jsonb_build_object('invoice_id', invoice.id,
    'state', (select i.state from billing.invoices i where i.id = invoice.id));
end
$$;

comment on function billing.apply_effect(text, jsonb, timestamptz) is
  'Applies the normalised effect of an event and returns its verdict: {outcome, reason, waits_for, invoice_id, state}.';

create function billing.payment_name(provider text, payment_intent_id text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  return format('payment:%s:%s', provider, payment_intent_id);
end
$$;

comment on function billing.payment_name(text, text) is
  'What events wait for, and what is locked, while no invoice is known for a payment.';

create function billing.try_effect(provider text, effect jsonb, occurred_at timestamptz)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  problem text;
begin
  return billing.apply_effect(provider, effect, occurred_at);
exception when others then
  -- What will fail again in the same way is dead; what may pass (locks, connections, resources) is thrown to be retried.
  if sqlstate not like 'PT4%' and sqlstate not like '22%' and sqlstate not like '23%' then
    raise;
  end if;
  get stacked diagnostics problem = message_text;
  return billing.verdict('dead', left(problem, 500));
end
$$;

comment on function billing.try_effect(text, jsonb, timestamptz) is
  'billing.apply_effect, all or nothing: nonsense leaves no trace but the verdict dead.';

create function billing.apply_deferred(invoice_id uuid)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  invoice constant billing.invoices := billing.lock_invoice(invoice_id);
  message record;
begin
  for message in
    select * from events.inbox m
    where m.state = 'received'
      and m.waits_for in (billing.payment_name(invoice.provider, invoice.payment_intent_id), 'invoice:' || invoice.id)
    order by m.occurred_at, m.received_at for update skip locked
  loop
    perform events.conclude(message.id, billing.try_effect(message.provider,
      message.effect || jsonb_build_object('invoice_id', invoice.id), message.occurred_at));
  end loop;
end
$$;

comment on function billing.apply_deferred(uuid) is
  'Applies the refunds and disputes that arrived before the payment they belong to.';
