-- Opening an invoice, attaching the provider's checkout to it, cancelling it.

create function billing.shown_state(state billing.invoice_state, expires_at timestamptz, processing_since timestamptz default null)
returns text
language sql
stable
set search_path = ''
return case
  when state = 'pending' and processing_since is null and expires_at <= private.now() then 'expired'
  else state::text
end;

comment on function billing.shown_state(billing.invoice_state, timestamptz, timestamptz) is
  'The state readers show: a pending invoice past its time is expired, whether or not the sweep ran.';

create function billing.invoice_outcome(invoice billing.invoices, replayed boolean)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
  select jsonb_build_object(
    'invoice_id', invoice.id, 'number', invoice.number,
    'state', billing.shown_state(invoice.state, invoice.expires_at, invoice.processing_since),
    'product', invoice.product, 'offer', invoice.offer_code, 'offer_title', invoice.offer_title,
    'amount', invoice.amount, 'currency', invoice.currency, 'credits', invoice.credits,
    'created_at', invoice.created_at, 'expires_at', invoice.expires_at, 'provider', invoice.provider,
    'provider_price_id', (select p.provider_price_id from billing.prices p where p.id = invoice.price_id),
    'provider_customer_id', (select c.provider_customer_id from billing.customers c
      where c.product = invoice.product and c.holder = invoice.holder and c.provider = invoice.provider),
    'checkout_session_id', invoice.checkout_session_id, 'url', invoice.url,
    'customer_email', (select u.email from auth.users u where u.id = invoice.holder),
    'replayed', replayed);
end;

comment on function billing.invoice_outcome(billing.invoices, boolean) is 'What open_invoice answers, first and on a retry.';

create function billing.open_invoice(product text, offer text, currency text, key text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  buyer constant uuid := auth.uid();
  request constant bytea := private.fingerprint(jsonb_build_array('invoice', product, offer, currency));
  invoice billing.invoices;
  sold record;
begin
  -- GUARD
  if buyer is null then
    perform private.raise_problem(401, 'unauthorized', 'Sign in to buy.');
  end if;
  perform private.require_key(key);
  select * into invoice from billing.invoices i where i.holder = buyer and i.key = open_invoice.key;
  if found then
    return billing.reopen_invoice(invoice, request);
  end if;
  perform private.admit(product, buyer);
  perform private.require_staying(buyer);
  select o.code, o.title, c.provider, p.* into sold
  from billing.offers o join billing.prices p on p.offer_id = o.id and p.retired_at is null
  join billing.currencies c on c.code = p.currency
  where o.product = open_invoice.product and o.code = open_invoice.offer and o.active and o.kind = 'pack'
    and p.currency = coalesce(open_invoice.currency, o.default_currency);
  if not found then
    perform private.raise_problem(404, 'unknown_offer', 'This offer is not sold in this currency.', '{"field": "offer"}');
  end if;

  -- WRITE
  insert into billing.invoices (product, holder, provider, key, fingerprint, price_id, offer_code, offer_title, amount, currency, credits)
  values (product, buyer, sold.provider, key, request, sold.id, sold.code, sold.title, sold.amount, sold.currency, sold.credits)
  on conflict on constraint invoices_holder_key_key do nothing
  returning * into invoice;
  if not found then
    select * into invoice from billing.invoices i where i.holder = buyer and i.key = open_invoice.key;
    return billing.reopen_invoice(invoice, request);
  end if;
  perform audit.record('invoice.opened', 'invoice:' || invoice.number,
    jsonb_build_object('offer', offer, 'amount', invoice.amount, 'currency', invoice.currency, 'credits', invoice.credits));
  perform events.publish('invoice.opened', billing.invoice_event(invoice), 'invoice.opened:' || invoice.id);
  return billing.invoice_outcome(invoice, false);
end
$$;

comment on function billing.open_invoice(text, text, text, text) is
  'Opens an invoice for the caller, payable for one hour, once for each key; another body with the same key: idempotency_conflict. currency null: the offer''s default. Definer: a user may not write invoices; the buyer is auth.uid().';

create function billing.open_invoice_for(user_id uuid, product text, offer text, currency text, key text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.act_for(user_id);
  return billing.open_invoice(product, offer, currency, key);
end
$$;

comment on function billing.open_invoice_for(uuid, text, text, text, text) is
  'billing.open_invoice for a user who asked for it elsewhere than through the API. Definer: see billing.open_invoice.';

create function billing.reopen_invoice(invoice billing.invoices, request bytea)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  perform ledger.require_same(invoice.fingerprint, request);
  return billing.invoice_outcome(invoice, true);
end
$$;

comment on function billing.reopen_invoice(billing.invoices, bytea) is 'The answer to a retry of open_invoice, or idempotency_conflict (409).';

create function billing.invoice_event(invoice billing.invoices)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'invoice_id', invoice.id, 'number', invoice.number, 'product', invoice.product, 'holder', invoice.holder, 'state', invoice.state,
    'offer', invoice.offer_code, 'offer_title', invoice.offer_title, 'amount', invoice.amount, 'currency', invoice.currency,
    'credits', invoice.credits);
end
$$;

comment on function billing.invoice_event(billing.invoices) is 'What others are told of an invoice.';

create function billing.lock_invoice(invoice_id uuid)
returns billing.invoices
language plpgsql
volatile
set search_path = ''
as $$
declare
  invoice billing.invoices;
begin
  select * into invoice from billing.invoices i where i.id = invoice_id for no key update;
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no such invoice.');
  end if;
  return invoice;
end
$$;

comment on function billing.lock_invoice(uuid) is
  'Locks an invoice until the transaction ends. Lock order: payment intent (advisory), event (advisory) or its inbox row, invoice, ledger account.';

create function billing.attach_checkout(invoice_id uuid, checkout_session_id text, url text, payment_intent_id text default null)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  invoice billing.invoices := billing.lock_invoice(invoice_id);
begin
  if invoice.checkout_session_id is null then
    -- Also when it was closed meanwhile: the session must be known for its payment to be honoured.
    update billing.invoices i
    set checkout_session_id = attach_checkout.checkout_session_id, url = attach_checkout.url,
      payment_intent_id = coalesce(i.payment_intent_id, attach_checkout.payment_intent_id)
    where i.id = invoice.id
    returning i.* into invoice;
  end if;
  return jsonb_build_object('invoice_id', invoice.id, 'state', invoice.state, 'checkout_session_id', invoice.checkout_session_id,
    'url', invoice.url, 'attached', invoice.checkout_session_id = attach_checkout.checkout_session_id);
end
$$;

comment on function billing.attach_checkout(uuid, text, text, text) is
  'Attaches the provider''s checkout session to an invoice. The first one wins: {invoice_id, state, checkout_session_id, url, attached}. Definer: see billing.open_invoice.';

create function billing.cancel_invoice(invoice_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  invoice billing.invoices;
begin
  -- LOCK
  select * into invoice from billing.invoices i where i.id = invoice_id and i.holder = auth.uid() for no key update;
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no such invoice.');
  end if;

  -- GUARD
  if invoice.state = 'cancelled' then
    return billing.invoice_outcome(invoice, true);
  end if;
  if invoice.state <> 'pending' or invoice.processing_since is not null then
    perform private.raise_problem(409, 'illegal_transition', 'Only an invoice that waits for payment can be cancelled.',
      jsonb_build_object('state', invoice.state));
  end if;

  -- WRITE
  return billing.invoice_outcome(billing.close_invoice(invoice, 'cancelled'), false);
end
$$;

comment on function billing.cancel_invoice(uuid) is
  'Cancels a pending invoice of the caller; idempotent. Another''s: not_found. Definer: see billing.open_invoice.';

grant execute on function billing.open_invoice(text, text, text, text) to authenticated;
grant execute on function billing.open_invoice_for(uuid, text, text, text, text) to service_role;
grant execute on function billing.cancel_invoice(uuid) to authenticated;
grant execute on function billing.attach_checkout(uuid, text, text, text) to service_role;
grant execute on function billing.shown_state(billing.invoice_state, timestamptz, timestamptz) to authenticated, service_role;
