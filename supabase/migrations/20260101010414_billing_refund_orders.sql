-- Refunds that admins ask for.

create function billing.refund_outcome(refund_id uuid, replayed boolean)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
  select jsonb_build_object(
    'refund_id', o.id, 'state', o.state, 'amount', o.amount, 'refusal', o.refusal, 'provider_refund_id', o.provider_refund_id,
    'invoice_id', i.id, 'number', i.number, 'invoice_state', i.state, 'provider', i.provider, 'payment_intent_id', i.payment_intent_id,
    'currency', i.currency, 'paid', i.amount, 'refunded', so_far.refunded,
    'credits_taken', so_far.credits_back - so_far.credits_owed, 'credits_owed', so_far.credits_owed, 'replayed', replayed)
  from billing.refund_orders o join billing.invoices i on i.id = o.invoice_id cross join billing.returned(i.id) so_far
  where o.id = refund_id;
end;

comment on function billing.refund_outcome(uuid, boolean) is
  'A refund, and its invoice with all that went back of it: what api.open_refund and api.read_refund answer.';

create function billing.open_refund(invoice_id uuid, amount bigint, reason text, key text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  request constant bytea := private.fingerprint(jsonb_build_array('refund', invoice_id, amount, reason));
  invoice billing.invoices;
  so_far record;
  known billing.refund_orders;
  rest bigint;
begin
  -- GUARD: who asks, and what.
  perform private.require_admin();
  perform private.require_key(key);
  if amount <= 0 then
    perform private.raise_problem(422, 'invalid_amount', 'An amount is a positive whole number.', '{"field": "amount"}');
  end if;
  if not coalesce(length(reason) between 1 and 500, false) then
    perform private.raise_problem(422, 'invalid_request', 'A refund has a reason of up to 500 characters.', '{"field": "reason"}');
  end if;

  -- LOCK
  invoice := billing.lock_invoice(invoice_id);
  perform private.require_admin(invoice.product);
  select * into known from billing.refund_orders o where o.requested_by = auth.uid() and o.key = open_refund.key;
  if found then
    perform ledger.require_same(known.fingerprint, request);
    return billing.refund_outcome(known.id, true);
  end if;

  -- GUARD: what the invoice allows.
  if invoice.state not in ('paid', 'refunded') then
    perform private.raise_problem(409, 'invoice_not_paid', 'Nothing was paid for this invoice.', jsonb_build_object('state', invoice.state));
  end if;
  so_far := billing.returned(invoice.id);
  rest := invoice.amount - so_far.refunded - so_far.disputed;
  if rest <= 0 then
    perform private.raise_problem(409, 'already_refunded', 'All of this payment went back, or is disputed.');
  end if;
  if amount > rest then
    perform private.raise_problem(409, 'refund_exceeds_payment', 'More would be refunded than was paid.',
      jsonb_build_object('refundable', rest));
  end if;

  -- WRITE
  insert into billing.refund_orders (invoice_id, amount, requested_by, key, fingerprint, reason)
  values (invoice.id, coalesce(open_refund.amount, rest), auth.uid(), open_refund.key, request, open_refund.reason)
  returning * into known;
  perform audit.record('refund.requested', 'invoice:' || invoice.number, jsonb_build_object(
    'product', invoice.product, 'refund_id', known.id, 'amount', known.amount, 'currency', invoice.currency));
  return billing.refund_outcome(known.id, false);
end
$$;

comment on function billing.open_refund(uuid, bigint, text, text) is
  'An admin of the invoice''s product orders a refund of `amount` minor units, or (null) of all that is left, once for each key. Moves neither money nor credits: the provider is asked next, and what it says is applied as its event. Not paid, all back, or too much: invoice_not_paid, already_refunded, refund_exceeds_payment (409). Definer: admins may not write refunds; the check is private.require_admin.';

create function billing.refuse_refund(refund_id uuid, refusal text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  update billing.refund_orders o set state = 'refused', refusal = left(refuse_refund.refusal, 200)
  where o.id = refund_id and o.state = 'requested';
  if found then
    perform audit.record('refund.refused', 'refund:' || refund_id, jsonb_build_object('refusal', refusal));
  end if;
  return billing.refund_outcome(refund_id, false);
end
$$;

comment on function billing.refuse_refund(uuid, text) is
  'The provider would not refund; nothing went back. Idempotent; one that was accepted meanwhile stays so. Definer: see billing.open_refund.';

create function billing.read_refund(refund_id uuid)
returns jsonb
language sql
stable
security definer
set search_path = ''
return billing.refund_outcome(refund_id, false);

comment on function billing.read_refund(uuid) is 'A refund as it stands. Definer: see billing.open_refund.';

grant execute on function billing.open_refund(uuid, bigint, text, text) to authenticated;
grant execute on function billing.refuse_refund(uuid, text) to service_role;
grant execute on function billing.read_refund(uuid) to service_role;
