-- Money that goes back: unspent credits are taken back in proportion, the rest is recorded as owed.

create function billing.credits_due_back(invoice billing.invoices, money_back bigint)
returns bigint
language sql
immutable
set search_path = ''
return trunc(invoice.credits::numeric * least(invoice.amount, money_back) / invoice.amount)::bigint;

comment on function billing.credits_due_back(billing.invoices, bigint) is
  'How many of an invoice''s credits correspond to the money that went back, rounded in the buyer''s favour; never more than all.';

create function billing.move_back(
  invoice billing.invoices, kind billing.refund_kind, reference text, amount bigint, money_back bigint
)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  so_far constant record := billing.returned(invoice.id);
  change constant bigint := billing.credits_due_back(invoice, money_back) - so_far.credits_back;
  key constant text := format('invoice:%s:%s:%s', invoice.id, kind,
    (select count(*) from billing.refunds r where r.invoice_id = invoice.id));
  movement jsonb := '{}';
  taken bigint := 0;
  owed bigint := 0;
begin
  if change > 0 then
    movement := ledger.revoke_grant(invoice.grant_id, change, key, kind::text);
    taken := (movement ->> 'taken')::bigint;
    owed := (movement ->> 'owed')::bigint;
  elsif change < 0 then
    -- What was owed is forgiven before anything is given back: it was spent, and is paid for again.
    owed := -least(so_far.credits_owed, -change);
    taken := change - owed;
    if taken < 0 then
      movement := ledger.reinstate_grant(invoice.grant_id, -taken, key, kind::text);
    end if;
  end if;

  insert into billing.refunds (invoice_id, kind, reference, amount, credits_taken, credits_owed)
  values (invoice.id, kind, reference, amount, taken, owed);
  perform audit.record('invoice.' || kind, 'invoice:' || invoice.number, jsonb_build_object(
    'reference', reference, 'amount', amount, 'currency', invoice.currency, 'credits_taken', taken, 'credits_owed', owed));
  perform events.publish('invoice.' || kind, billing.invoice_event(invoice) || jsonb_build_object(
    'returned', amount, 'credits_taken', taken, 'credits_owed', owed), key);
  return billing.verdict('applied');
end
$$;

comment on function billing.move_back(billing.invoices, billing.refund_kind, text, bigint, bigint) is
  'Records a step of money going back and brings the credits in line with `money_back`, all the money of the invoice that is back after it. Because the target is a total, no order of refunds and disputes takes a credit twice.';

create function billing.mark_refunded(invoice_id uuid)
returns void
language sql
volatile
set search_path = ''
begin atomic
  update billing.invoices i set state = 'refunded', refunded_at = private.now()
  where i.id = invoice_id and i.state = 'paid'
    and i.amount <= (select so_far.refunded + so_far.lost from billing.returned(invoice_id) so_far);
end;

comment on function billing.mark_refunded(uuid) is
  'A paid invoice whose money went back for good, all of it, is refunded. An open dispute is not for good.';

create function billing.refund_payment(invoice billing.invoices, effect jsonb)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  so_far constant record := billing.returned(invoice.id);
  reference constant text := coalesce(effect ->> 'refund_id', effect ->> 'payment_intent_id', invoice.number);
  refunded bigint := (effect ->> 'amount_refunded_total')::bigint;
  verdict jsonb;
begin
  -- GUARD
  if upper(effect ->> 'currency') <> invoice.currency then
    return billing.verdict('dead', 'currency_mismatch');
  end if;
  if refunded is null and not exists (
    select from billing.refunds r where r.invoice_id = invoice.id and r.kind = 'refund' and r.reference = effect ->> 'refund_id'
  ) then
    refunded := so_far.refunded + (effect ->> 'amount')::bigint;
  end if;
  if refunded > invoice.amount then
    return billing.verdict('dead', 'refund_exceeds_payment');
  end if;
  if refunded is null or refunded <= so_far.refunded then
    return billing.verdict('ignored', 'already_refunded');
  end if;

  -- WRITE
  verdict := billing.move_back(invoice, 'refund', reference, refunded - so_far.refunded, refunded + so_far.disputed);
  perform billing.mark_refunded(invoice.id);
  return verdict;
end
$$;

comment on function billing.refund_payment(billing.invoices, jsonb) is
  'Money was given back. amount_refunded_total counts all refunds of the payment, so that partial ones may come in any order; without it, amount is counted once for each refund_id.';

create function billing.dispute_payment(invoice billing.invoices, effect jsonb)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  so_far constant record := billing.returned(invoice.id);
  dispute constant text := coalesce(effect ->> 'dispute_id', effect ->> 'payment_intent_id', invoice.number);
  outcome constant billing.refund_kind := case
    when effect ->> 'kind' = 'dispute_opened' then 'dispute'
    when (effect ->> 'dispute_won')::boolean then 'dispute_won'
    else 'dispute_lost'
  end;
  amount bigint := least(invoice.amount, (effect ->> 'amount')::bigint);
  counted bigint;
  closed boolean;
  verdict jsonb;
begin
  -- GUARD
  if upper(effect ->> 'currency') <> invoice.currency then
    return billing.verdict('dead', 'currency_mismatch');
  end if;
  if effect ->> 'kind' = 'dispute_closed' and effect ->> 'dispute_won' is null then
    return billing.verdict('dead', 'dispute_without_result');
  end if;
  select max(r.amount), coalesce(bool_or(r.kind <> 'dispute'), false) into counted, closed
  from billing.refunds r
  where r.invoice_id = invoice.id and r.kind <> 'refund' and r.reference = dispute;
  if closed or (counted is not null and outcome = 'dispute') then
    return billing.verdict('ignored', 'already_known');
  end if;

  -- WRITE
  amount := coalesce(counted, amount, invoice.amount);
  verdict := billing.move_back(invoice, outcome, dispute, amount, so_far.refunded + so_far.disputed - coalesce(counted, 0)
    + case when outcome = 'dispute_won' then 0 else amount end);
  perform billing.mark_refunded(invoice.id);
  return verdict;
end
$$;

comment on function billing.dispute_payment(billing.invoices, jsonb) is
  'A dispute takes credits back when it is opened; won, it reinstates them; lost, it stays so. A result that arrives before the opening settles the dispute, and the opening changes nothing any more.';
