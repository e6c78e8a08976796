-- Invoices that nobody paid.

create function billing.close_invoice(invoice billing.invoices, state billing.invoice_state)
returns billing.invoices
language plpgsql
volatile
set search_path = ''
as $$
begin
  update billing.invoices i set state = close_invoice.state, closed_at = private.now(), processing_since = null
  where i.id = invoice.id
  returning i.* into invoice;
  perform audit.record('invoice.' || state, 'invoice:' || invoice.number);
  perform events.publish('invoice.' || state, billing.invoice_event(invoice), format('invoice.%s:%s', state, invoice.id));
  perform billing.conclude_top_up(invoice, state::text);
  return invoice;
end
$$;

comment on function billing.close_invoice(billing.invoices, billing.invoice_state) is
  'Moves a locked, pending invoice to cancelled or expired, and says so to the log and the outbox.';

create function billing.due_invoices(max integer default 100)
returns jsonb
language sql
stable
security definer
set search_path = ''
begin atomic
  select coalesce(jsonb_agg(jsonb_build_object(
    'invoice_id', due.id, 'number', due.number, 'provider', due.provider, 'checkout_session_id', due.checkout_session_id)), '[]')
  from (
    select i.id, i.number, i.provider, i.checkout_session_id from billing.invoices i
    where i.state = 'pending' and i.processing_since is null and i.expires_at <= private.now()
    order by i.expires_at limit max
  ) as due;
end;

comment on function billing.due_invoices(integer) is
  'Up to `max` pending invoices past their time, the oldest first, with the checkout session (if any) that has to be expired at the provider first. Definer: see billing.open_invoice.';

create function billing.expire_invoice(invoice_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  invoice billing.invoices := billing.lock_invoice(invoice_id);
  due constant boolean := invoice.state = 'pending' and invoice.processing_since is null and invoice.expires_at <= private.now();
begin
  if due then
    invoice := billing.close_invoice(invoice, 'expired');
  end if;
  return jsonb_build_object('invoice_id', invoice.id, 'state', invoice.state, 'expired', due);
end
$$;

comment on function billing.expire_invoice(uuid) is
  'Expires an invoice that is pending and past its time; any other is left as it is: {invoice_id, state, expired}. Idempotent. Definer: see billing.open_invoice.';

grant execute on function billing.due_invoices(integer) to service_role;
grant execute on function billing.expire_invoice(uuid) to service_role;
