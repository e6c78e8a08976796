-- The call surface of refunds.

create function api.open_refund(invoice_id uuid, reason text, key text, amount bigint default null)
returns jsonb
language sql
volatile
set search_path = ''
return billing.open_refund(invoice_id, amount, reason, key);

comment on function api.open_refund(uuid, text, text, bigint) is
  'An admin orders a refund: {refund_id, state, amount, refusal, provider_refund_id, invoice_id, number, invoice_state, provider, payment_intent_id, currency, paid, refunded, credits_taken, credits_owed, replayed}. See billing.open_refund.';

create function api.refuse_refund(refund_id uuid, refusal text)
returns jsonb
language sql
volatile
set search_path = ''
return billing.refuse_refund(refund_id, refusal);

comment on function api.refuse_refund(uuid, text) is 'The provider would not refund. Returns what api.open_refund does.';

create function api.read_refund(refund_id uuid)
returns jsonb
language sql
stable
set search_path = ''
return billing.read_refund(refund_id);

comment on function api.read_refund(uuid) is 'A refund as it stands. Returns what api.open_refund does.';

grant execute on function api.open_refund(uuid, text, text, bigint) to authenticated;
grant execute on function api.refuse_refund(uuid, text) to service_role;
grant execute on function api.read_refund(uuid) to service_role;
