-- The call surface of automatic top-ups.

create function api.auto_top_up(product text)
returns jsonb
language sql
stable
set search_path = ''
return private.own_auto_top_up(product);

comment on function api.auto_top_up(text) is
  'The caller''s automatic top-up: {enabled, threshold, offer, currency, amount, credits, cap, spent, declines, retry_at, switched_off, payment_method_saved_at, customer_id, attempt: {state, failure, number, created_at}}.';

create function api.set_auto_top_up(
  product text,
  enabled boolean,
  threshold bigint default null,
  offer text default null,
  currency text default null,
  cap bigint default null
)
returns jsonb
language sql
volatile
set search_path = ''
return private.set_own_auto_top_up(product, enabled, threshold, offer, currency, cap);

comment on function api.set_auto_top_up(text, boolean, bigint, text, text, bigint) is
  'The caller agrees that `offer` is bought by itself when their balance falls below `threshold`, for at most `cap` minor units within 30 days; or ends that. Needs a saved payment method (payment_method_required, 409). Answers what api.auto_top_up does.';

create function api.begin_top_up(request jsonb)
returns jsonb
language sql
volatile
set search_path = ''
return billing.begin_top_up(request);

comment on function api.begin_top_up(jsonb) is
  'What is to be charged for a job billing.top-up: {top_up_id, state, invoice_id, number, product, offer_title, amount, currency, customer_id, payment_method_id} or {skipped}. See billing.start_top_up.';

create function api.forget_payment_method(product text, holder uuid)
returns jsonb
language sql
volatile
set search_path = ''
return billing.forget_method(product, holder);

comment on function api.forget_payment_method(text, uuid) is 'Forgets a saved payment method: {payment_method_id}. See billing.forget_method.';

create function api.top_up_covers(product text, holder uuid)
returns boolean
language sql
stable
set search_path = ''
return billing.top_up_covers(product, holder);

comment on function api.top_up_covers(text, uuid) is 'Whether low credits are taken care of by a top-up.';

grant execute on function api.auto_top_up(text) to authenticated;
grant execute on function api.set_auto_top_up(text, boolean, bigint, text, text, bigint) to authenticated;
grant execute on function api.begin_top_up(jsonb) to service_role;
grant execute on function api.forget_payment_method(text, uuid) to service_role;
grant execute on function api.top_up_covers(text, uuid) to service_role;
