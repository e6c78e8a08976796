-- Money that arrives for an invoice.

create function billing.verdict(outcome text, reason text default null, waits_for text default null)
returns jsonb
language sql
immutable
set search_path = ''
return jsonb_strip_nulls(jsonb_build_object('outcome', outcome, 'reason', reason, 'waits_for', waits_for));

comment on function billing.verdict(text, text, text) is
  'What became of an event: applied, ignored, deferred (until what it waits for happens) or dead, and why.';

create function billing.honour(invoice billing.invoices, effect jsonb, reason text, spendable_until timestamptz)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  granted jsonb;
begin
  if invoice.credits > 0 then
    granted := ledger.grant_credits(
      invoice.product, invoice.holder, invoice.credits, 'invoice:' || invoice.id, 'paid',
      expires_at => spendable_until, reason => honour.reason, reference => invoice.number,
      metadata => jsonb_build_object('invoice_id', invoice.id, 'offer', invoice.offer_code));
  end if;
  update billing.invoices i
  set state = 'paid', paid_at = private.now(), processing_since = null, grant_id = (granted ->> 'grant_id')::uuid,
    payment_intent_id = coalesce(effect ->> 'payment_intent_id', i.payment_intent_id),
    checkout_session_id = coalesce(i.checkout_session_id, effect ->> 'checkout_session_id')
  where i.id = invoice.id;
  perform billing.note_customer(invoice.product, invoice.holder, invoice.provider, effect ->> 'customer_id');
  perform audit.record('invoice.paid', 'invoice:' || invoice.number, jsonb_build_object(
    'was', invoice.state, 'amount', invoice.amount, 'currency', invoice.currency, 'credits', invoice.credits,
    'grant_id', granted -> 'grant_id'));
  perform events.publish('invoice.paid', billing.invoice_event(invoice) || '{"state": "paid"}', 'invoice.paid:' || invoice.id);
  if granted is not null then
    perform events.publish('credits.granted', jsonb_build_object(
      'product', invoice.product, 'holder', invoice.holder, 'amount', invoice.credits, 'grant_id', granted -> 'grant_id',
      'balance', granted -> 'balance', 'reference', invoice.number), 'credits.granted:' || (granted ->> 'grant_id'));
  end if;
end
$$;

comment on function billing.honour(billing.invoices, jsonb, text, timestamptz) is
  'Marks a locked, unpaid invoice as paid by what an effect says ({payment_intent_id, checkout_session_id, customer_id}), grants its credits, which can be spent until then (null: for ever), and says so to the log and the outbox.';

create function billing.pay(invoice billing.invoices, effect jsonb)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  paid_by constant text := effect ->> 'payment_intent_id';
begin
  -- GUARD
  if (effect ->> 'amount')::bigint is distinct from invoice.amount then
    return billing.verdict('dead', 'amount_mismatch');
  end if;
  if upper(effect ->> 'currency') is distinct from invoice.currency then
    return billing.verdict('dead', 'currency_mismatch');
  end if;
  if paid_by <> invoice.payment_intent_id and invoice.state in ('paid', 'refunded') then
    return billing.verdict('dead', 'paid_twice');
  end if;
  if invoice.state in ('paid', 'refunded') then
    return billing.verdict('ignored', 'already_paid');
  end if;

  -- WRITE
  perform billing.honour(invoice, effect, 'purchase',
    (select private.now() + p.valid_for from billing.prices p where p.id = invoice.price_id));
  perform billing.conclude_top_up(invoice, null);
  return billing.verdict('applied');
end
$$;

comment on function billing.pay(billing.invoices, jsonb) is
  'Marks a locked invoice as paid and grants its credits, once, whatever state it was in: late money is honoured. Another amount or currency than the invoice''s grants nothing.';

create function billing.start_processing(invoice billing.invoices)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
begin
  if invoice.state <> 'pending' or invoice.processing_since is not null then
    return billing.verdict('ignored', 'not_pending');
  end if;
  update billing.invoices i set processing_since = private.now() where i.id = invoice.id;
  perform audit.record('invoice.processing', 'invoice:' || invoice.number);
  return billing.verdict('applied');
end
$$;

comment on function billing.start_processing(billing.invoices) is
  'The buyer finished the checkout and the money is on its way: the invoice waits for success or failure, not for the clock.';

create function billing.close_unpaid(invoice billing.invoices, state billing.invoice_state)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
begin
  if invoice.state <> 'pending' then
    return billing.verdict('ignored', 'not_pending');
  end if;
  perform billing.close_invoice(invoice, state);
  if state = 'cancelled' and invoice.processing_since is not null then
    -- The buyer left the checkout believing that they had paid.
    perform events.publish('invoice.payment_failed', billing.invoice_event(invoice) || '{"state": "cancelled"}',
      'invoice.payment_failed:' || invoice.id);
  end if;
  return billing.verdict('applied');
end
$$;

comment on function billing.close_unpaid(billing.invoices, billing.invoice_state) is
  'The provider says that the checkout failed (cancelled) or expired; news of the past once the invoice is settled.';
