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

create function billing.note_refund(invoice billing.invoices, effect jsonb)
returns bigint
language plpgsql
volatile
set search_path = ''
as $$
declare
  result constant billing.refund_state := case effect ->> 'kind' when 'refund_failed' then 'failed' else 'accepted' end;
  refund_id constant text := effect ->> 'refund_id';
  known billing.refund_orders;
  told bigint;
begin
  if refund_id is not null and effect ->> 'amount' is not null then
    select * into known from billing.refund_orders o
    where o.invoice_id = invoice.id
      and (o.provider_refund_id = refund_id or o.provider_refund_id is null and o.id = (effect ->> 'order_id')::uuid)
    order by o.provider_refund_id nulls last limit 1;
    if not found then
      insert into billing.refund_orders (invoice_id, amount, state, provider_refund_id)
      values (invoice.id, (effect ->> 'amount')::bigint, result, refund_id);
    elsif known.state <> 'failed' then
      update billing.refund_orders o set state = result, provider_refund_id = refund_id, refusal = null where o.id = known.id;
    end if;
  end if;
  update billing.invoices i
  set refunds_told = greatest(i.refunds_told, (effect ->> 'amount_refunded_total')::bigint)
  where i.id = invoice.id returning i.refunds_told into told;
  return (
    select greatest(told, coalesce(sum(o.amount), 0)) - coalesce(sum(o.amount) filter (where o.state = 'failed'), 0)
    from billing.refund_orders o where o.invoice_id = invoice.id and o.state in ('accepted', 'failed'));
end
$$;

comment on function billing.note_refund(billing.invoices, jsonb) is
  'Notes what the provider told of a refund and returns how much of the invoice is refunded after it. Providers tell a total, each refund by its id, or both, in any order: the larger of the largest total and the sum of all refunds counts, less those that failed.';

create function billing.refund_payment(invoice billing.invoices, effect jsonb)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  so_far constant record := billing.returned(invoice.id);
  reference constant text := coalesce(effect ->> 'refund_id', effect ->> 'payment_intent_id', invoice.number);
  refunded bigint;
  verdict jsonb;
begin
  -- GUARD
  if upper(effect ->> 'currency') <> invoice.currency then
    return billing.verdict('dead', 'currency_mismatch');
  end if;
  refunded := billing.note_refund(invoice, effect);
  if refunded > invoice.amount then
    -- Undone with all that was noted; the event is dead with this name.
    perform private.raise_problem(409, 'refund_exceeds_payment', 'More would be refunded than was paid.');
  end if;
  if refunded = so_far.refunded then
    return billing.verdict('ignored', 'already_refunded');
  end if;

  -- WRITE
  if refunded > so_far.refunded then
    verdict := billing.move_back(invoice, 'refund', reference, refunded - so_far.refunded, refunded + so_far.disputed);
    perform billing.mark_refunded(invoice.id);
  else
    verdict := billing.move_back(invoice, 'refund_failed', reference, so_far.refunded - refunded, refunded + so_far.disputed);
    update billing.invoices i set state = 'paid', refunded_at = null
    where i.id = invoice.id and i.state = 'refunded' and i.amount > refunded + so_far.lost;
  end if;
  return verdict;
end
$$;

comment on function billing.refund_payment(billing.invoices, jsonb) is
  'Money was given back, or what was given back came to us again (refund_failed): the credits follow what is refunded now.';

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
  where r.invoice_id = invoice.id and r.kind in ('dispute', 'dispute_won', 'dispute_lost') and r.reference = dispute;
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
