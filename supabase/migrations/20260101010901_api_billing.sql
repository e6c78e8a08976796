-- Billing's call surface for edge functions.

create function api.open_invoice(product text, offer text, key text, currency text default null)
returns jsonb
language sql
volatile
set search_path = ''
return billing.open_invoice(product, offer, currency, key);

comment on function api.open_invoice(text, text, text, text) is
  'The caller buys an offer: {invoice_id, number, state, product, offer, offer_title, amount, currency, credits, created_at, expires_at, provider, provider_price_id, provider_customer_id, checkout_session_id, url, customer_email, replayed}. See billing.open_invoice.';

create function api.open_invoice_for(user_id uuid, product text, offer text, key text, currency text default null)
returns jsonb
language sql
volatile
set search_path = ''
return billing.open_invoice_for(user_id, product, offer, currency, key);

comment on function api.open_invoice_for(uuid, text, text, text, text) is
  'The service opens an invoice for a user who asked it to, by the bot or by a standing order. Returns what api.open_invoice does.';

create function api.cancel_invoice(invoice_id uuid)
returns jsonb
language sql
volatile
set search_path = ''
return billing.cancel_invoice(invoice_id);

comment on function api.cancel_invoice(uuid) is 'The caller cancels a pending invoice of their own. Returns what api.open_invoice does.';

create function api.attach_checkout(invoice_id uuid, checkout_session_id text, url text, payment_intent_id text default null)
returns jsonb
language sql
volatile
set search_path = ''
return billing.attach_checkout(invoice_id, checkout_session_id, url, payment_intent_id);

comment on function api.attach_checkout(uuid, text, text, text) is
  'Records the checkout session made for an invoice; the first one wins: {invoice_id, state, checkout_session_id, url, attached}.';

create function api.due_invoices(max integer default 100)
returns jsonb
language sql
stable
set search_path = ''
return billing.due_invoices(max);

comment on function api.due_invoices(integer) is
  'Pending invoices past their time: [{invoice_id, number, provider, checkout_session_id}].';

create function api.expire_invoice(invoice_id uuid)
returns jsonb
language sql
volatile
set search_path = ''
return billing.expire_invoice(invoice_id);

comment on function api.expire_invoice(uuid) is 'Expires an invoice that is due: {invoice_id, state, expired}.';

create function api.apply_payment_event(
  provider text,
  event_id text,
  event_type text,
  occurred_at timestamptz,
  effect jsonb,
  payload jsonb
)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
begin
  return billing.apply_payment_event(provider, event_id, event_type, occurred_at, effect, payload);
end
$$;

comment on function api.apply_payment_event(text, text, text, timestamptz, jsonb, jsonb) is
  'Records and applies a payment event, once: {outcome: applied | duplicate | ignored | deferred | dead, reason, invoice_id, state}. See billing.apply_payment_event.';

create function api.replay_event(provider text, event_id text, effect jsonb default null)
returns jsonb
language sql
volatile
set search_path = ''
return billing.replay_event(provider, event_id, effect);

comment on function api.replay_event(text, text, jsonb) is 'Applies an event again that is dead or waits. See billing.replay_event.';

create function api.live_prices(product text default null)
returns jsonb
language sql
stable
set search_path = ''
return billing.live_prices(product);

comment on function api.live_prices(text) is 'What is sold now: see billing.live_prices.';

create function api.link_price(price_id uuid, provider_price_id text)
returns void
language sql
volatile
set search_path = ''
return billing.link_price(price_id, provider_price_id);

comment on function api.link_price(uuid, text) is 'Records the id that a price has at the payment provider.';

create function api.live_rates(product text)
returns jsonb
language sql
stable
set search_path = ''
return billing.live_rates(product);

comment on function api.live_rates(text) is 'What features cost now: {feature: credits}.';

create function api.publish_price(
  product text,
  offer text,
  currency text,
  amount bigint,
  credits bigint,
  title text default null,
  valid_for_days integer default null
)
returns jsonb
language sql
volatile
set search_path = ''
return billing.publish_price_as_admin(product, offer, currency, amount, credits, title, valid_for_days);

comment on function api.publish_price(text, text, text, bigint, bigint, text, integer) is
  'For admins of the product: makes this the live price of an offer (amount in minor units), on sale as soon as Stripe has it: {price_id, product, offer, title, currency, amount, credits, valid_for_days, active_from}. An equal price is kept, the version before is retired, and what was invoiced stays as it was.';

create function api.publish_rate(product text, feature text, credits bigint)
returns jsonb
language sql
volatile
set search_path = ''
return billing.publish_rate_as_admin(product, feature, credits);

comment on function api.publish_rate(text, text, bigint) is
  'For admins of the product: makes this the price of a feature: {product, feature, credits, active_from}. What was held before keeps its price.';

create function api.retire_offer(product text, offer text)
returns jsonb
language sql
volatile
set search_path = ''
return billing.retire_offer_as_admin(product, offer);

comment on function api.retire_offer(text, text) is
  'For admins of the product: stops the sale of an offer until a price is published again: {product, offer, active}. Idempotent; open invoices stay payable.';

grant execute on function api.open_invoice(text, text, text, text) to authenticated;
grant execute on function api.open_invoice_for(uuid, text, text, text, text) to service_role;
grant execute on function api.cancel_invoice(uuid) to authenticated;
grant execute on function api.attach_checkout(uuid, text, text, text) to service_role;
grant execute on function api.due_invoices(integer) to service_role;
grant execute on function api.expire_invoice(uuid) to service_role;
grant execute on function api.apply_payment_event(text, text, text, timestamptz, jsonb, jsonb) to service_role;
grant execute on function api.replay_event(text, text, jsonb) to service_role;
grant execute on function api.live_prices(text) to service_role;
grant execute on function api.link_price(uuid, text) to service_role;
grant execute on function api.live_rates(text) to service_role;
grant execute on function api.publish_price(text, text, text, bigint, bigint, text, integer) to authenticated;
grant execute on function api.publish_rate(text, text, bigint) to authenticated;
grant execute on function api.retire_offer(text, text) to authenticated;
