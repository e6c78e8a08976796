-- MODERA: payments in Telegram Stars. The books are the kernel's; here is what Telegram asks and tells.

create function private.modera_check_stars(invoice_id text, telegram_id bigint, amount bigint, currency text)
returns text
language sql
stable
security definer
set search_path = ''
begin atomic
  select case
    when i.id is null then 'unclear'
    when i.amount <> modera_check_stars.amount or i.currency <> modera_check_stars.currency then 'unclear'
    when p.telegram_id is distinct from modera_check_stars.telegram_id then 'not_yours'
    when billing.shown_state(i.state, i.expires_at, i.processing_since) <> 'pending' then 'closed'
    else 'payable'
  end
  from (select 1) one
  left join billing.invoices i
    on i.id::text = modera_check_stars.invoice_id and i.provider = 'telegram' and i.product = 'modera'
  left join modera.profiles p on p.holder = i.holder;
end;

comment on function private.modera_check_stars(text, bigint, bigint, text) is
  'See modera.check_stars. Definer: reads invoices for the service.';

create function private.modera_record_stars(charge_id text, invoice_id text, telegram_id bigint, amount bigint, currency text, paid_at timestamptz)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  verdict constant jsonb := billing.apply_payment_event('telegram', 'payment:' || charge_id, 'successful_payment', paid_at,
    jsonb_build_object('kind', 'checkout_paid', 'payment_intent_id', charge_id, 'invoice_id', invoice_id,
      'amount', amount, 'currency', currency, 'customer_id', telegram_id::text), '{}');
begin
  -- Money that pays for nothing of ours goes back, by a job of its own that is there for good with the verdict.
  if verdict ->> 'outcome' = 'dead' or verdict ->> 'reason' = 'not_ours' then
    perform jobs.enqueue('modera.telegram-return', jsonb_build_object('telegram_id', telegram_id, 'charge_id', charge_id),
      charge_id, max_attempts => 20);
  end if;
  return verdict;
end
$$;

comment on function private.modera_record_stars(text, text, bigint, bigint, text, timestamptz) is
  'See modera.record_stars. Definer: the books and the queue are written by such functions alone.';

create function private.modera_record_stars_refund(charge_id text, amount bigint, currency text, refunded_at timestamptz)
returns jsonb
language sql
volatile
security definer
set search_path = ''
return billing.apply_payment_event('telegram', 'refund:' || charge_id, 'refunded_payment', refunded_at,
  jsonb_build_object('kind', 'refunded', 'payment_intent_id', charge_id, 'refund_id', charge_id, 'amount', amount, 'currency', currency,
    -- Telegram gives a payment back once and whole: whoever asked for it meant this.
    'order_id', (
      select o.id from billing.refund_orders o join billing.invoices i on i.id = o.invoice_id
      where i.provider = 'telegram' and i.payment_intent_id = charge_id and o.state = 'requested'
      order by o.created_at limit 1)), '{}');

comment on function private.modera_record_stars_refund(text, bigint, text, timestamptz) is
  'See modera.record_stars_refund. Definer: the books are written by such functions alone.';

create function private.modera_stars_payer(charge_id text)
returns jsonb
language sql
stable
security definer
set search_path = ''
return (
  select to_jsonb((m.effect ->> 'customer_id')::bigint) from events.inbox m
  where m.provider = 'telegram' and m.event_id = 'payment:' || charge_id
);

comment on function private.modera_stars_payer(text) is 'See modera.stars_payer. Definer: reads the inbox for the service.';

create function modera.stars_payer(charge_id text)
returns jsonb
language sql
stable
set search_path = ''
return private.modera_stars_payer(charge_id);

comment on function modera.stars_payer(text) is 'The Telegram account that paid a charge, as a number: whom a refund goes to. Null when it is not known.';

create function modera.check_stars(invoice_id text, telegram_id bigint, amount bigint, currency text)
returns text
language sql
stable
set search_path = ''
return private.modera_check_stars(invoice_id, telegram_id, amount, currency);

comment on function modera.check_stars(text, bigint, bigint, text) is
  'Whether a person may pay an invoice in Stars now: payable, closed (paid, cancelled or expired), not_yours, or unclear (no such invoice, or another amount or currency).';

create function modera.record_stars(charge_id text, invoice_id text, telegram_id bigint, amount bigint, currency text, paid_at timestamptz)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_record_stars(charge_id, invoice_id, telegram_id, amount, currency, paid_at);

comment on function modera.record_stars(text, text, bigint, bigint, text, timestamptz) is
  'Telegram took Stars: pays the invoice, once for each charge, whatever state it was in; late money is honoured. What pays for nothing of ours is given back by the job modera.telegram-return. {outcome, reason, invoice_id, state}: see api.apply_payment_event.';

create function modera.record_stars_refund(charge_id text, amount bigint, currency text, refunded_at timestamptz)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_record_stars_refund(charge_id, amount, currency, refunded_at);

comment on function modera.record_stars_refund(text, bigint, text, timestamptz) is
  'Stars were given back: takes back unspent credits, once for each charge. See api.apply_payment_event.';

grant execute on function private.modera_check_stars(text, bigint, bigint, text) to service_role;
grant execute on function private.modera_record_stars(text, text, bigint, bigint, text, timestamptz) to service_role;
grant execute on function private.modera_record_stars_refund(text, bigint, text, timestamptz) to service_role;
grant execute on function private.modera_stars_payer(text) to service_role;
grant execute on function modera.stars_payer(text) to service_role;
grant execute on function modera.check_stars(text, bigint, bigint, text) to service_role;
grant execute on function modera.record_stars(text, text, bigint, bigint, text, timestamptz) to service_role;
grant execute on function modera.record_stars_refund(text, bigint, text, timestamptz) to service_role;
