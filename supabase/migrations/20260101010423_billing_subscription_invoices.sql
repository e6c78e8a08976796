-- Invoices of subscriptions: the provider makes them, period by period; here they are booked when they are paid, and grant the period's
-- credits. Refunds and disputes of them are those of any invoice.

create table billing.subscription_invoices (
  invoice_id uuid primary key references billing.invoices (id),
  subscription_id uuid not null references billing.subscriptions (id),
  provider text not null,
  provider_invoice_id text not null check (provider_invoice_id <> ''),
  reason text,
  unique (provider, provider_invoice_id)
);

create index subscription_invoices_by_subscription on billing.subscription_invoices (subscription_id);

alter table billing.subscription_invoices enable row level security;

create trigger subscription_invoices_are_append_only before update or delete or truncate on billing.subscription_invoices
  for each statement execute function private.refuse_change();

comment on table billing.subscription_invoices is
  'Which invoice of ours is which of the provider''s: each is booked once, however often and by whom it is told.';
comment on column billing.subscription_invoices.reason is 'The provider''s word for why it was made, such as subscription_cycle.';

create function billing.renewal_allowance()
returns interval
language sql
immutable
set search_path = ''
return interval '1 day';

comment on function billing.renewal_allowance() is
  'How long a period''s credits outlast it beside the plan''s rule, so that nobody is without any while the next invoice is drawn up and paid: Stripe takes about an hour.';

create function billing.credits_of_lines(subscription billing.subscriptions, lines jsonb, out credits bigint, out spendable_until timestamptz, out price_id uuid)
language sql
stable
set search_path = ''
begin atomic
  with priced as (
    select p.id, p.credits * line.amount / p.amount::numeric as credits, line.amount,
      line.period_end + plan.rolls_over + billing.renewal_allowance() as until, line.period_end - line.period_start as length
    from jsonb_to_recordset(credits_of_lines.lines) as line (provider_price_id text, amount bigint, period_start timestamptz, period_end timestamptz)
    cross join lateral billing.plan_price(subscription.product, line.provider_price_id) p
    join billing.plans plan on plan.offer_id = p.offer_id
  )
  select greatest(0, ceil(coalesce(sum(l.credits), 0)))::bigint,
    -- Money that comes after its period is over buys as long a time from now.
    max(case when l.until > private.now() then l.until else private.now() + l.length + billing.renewal_allowance() end)
      filter (where l.amount > 0),
    coalesce((array_agg(l.id order by l.amount desc))[1], (credits_of_lines.subscription).price_id)
  from priced l;
end;

comment on function billing.credits_of_lines(billing.subscriptions, jsonb) is
  'What the lines of an invoice grant, until when it can be spent, and the price that it mostly is of. A line grants credits x amount / price, so a proration grants what its money is worth: for an upgrade, the difference for the rest of the period. Rounded up; lines that are not plans grant nothing.';

create function billing.apply_subscription_invoice(subscription billing.subscriptions, effect jsonb)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  told constant jsonb := effect -> 'invoice';
  terms record;
  price billing.prices;
  invoice billing.invoices;
  provider_id constant text := told ->> 'provider_invoice_id';
begin
  -- GUARD
  if (told ->> 'paid')::boolean is not true then
    if told ->> 'failed_attempt' is not null then
      perform events.publish('subscription.payment_failed', billing.subscription_event(subscription) || jsonb_build_object(
        'amount', told -> 'amount', 'currency', told -> 'currency', 'next_attempt_at', told -> 'next_attempt_at'),
        format('subscription.payment_failed:%s:%s', provider_id, told ->> 'failed_attempt'));
    end if;
    return billing.verdict('applied') || jsonb_build_object('state', subscription.state);
  end if;
  if exists (
    select from billing.subscription_invoices l where l.provider = subscription.provider and l.provider_invoice_id = provider_id
  ) then
    return billing.verdict('ignored', 'already_paid');
  end if;
  select * into terms from billing.credits_of_lines(subscription, told -> 'lines');
  select * into price from billing.prices p where p.id = terms.price_id;
  if upper(told ->> 'currency') is distinct from price.currency then
    return billing.verdict('dead', 'currency_mismatch');
  end if;

  -- WRITE
  insert into billing.invoices (product, holder, provider, key, fingerprint, price_id, offer_code, offer_title, amount, currency, credits,
    billed_by_provider)
  select subscription.product, subscription.holder, subscription.provider, 'subscription:' || provider_id,
    private.fingerprint(jsonb_build_array('subscription', provider_id)), price.id, o.code, o.title, (told ->> 'amount')::bigint,
    price.currency, terms.credits, true
  from billing.offers o where o.id = price.offer_id
  returning * into invoice;
  insert into billing.subscription_invoices (invoice_id, subscription_id, provider, provider_invoice_id, reason)
  values (invoice.id, subscription.id, subscription.provider, provider_id, told ->> 'reason');
  perform billing.honour(invoice, jsonb_build_object('payment_intent_id', effect -> 'payment_intent_id'), 'subscription',
    terms.spendable_until);
  perform billing.apply_deferred(invoice.id);
  return billing.verdict('applied') || jsonb_build_object('invoice_id', invoice.id, 'state', 'paid');
end
$$;

comment on function billing.apply_subscription_invoice(billing.subscriptions, jsonb) is
  'Books a paid invoice of a subscription, once, and grants its credits; says of one that could not be paid that it was not. The caller locks the subscription.';
