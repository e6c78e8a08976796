-- What a product's sales and features came to, for its admins. Computed from the facts at each call; nothing is kept.

create function private.range_of_days(first_day date, last_day date, zone text, out starts timestamptz, out ends timestamptz)
language plpgsql
stable
set search_path = ''
as $$
begin
  if zone is null or not private.is_time_zone(zone) then
    perform private.raise_problem(422, 'invalid_request', 'A time zone is UTC or a name such as Europe/Berlin.', '{"field": "time_zone"}');
  end if;
  if first_day is null or last_day is null or last_day < first_day or last_day - first_day > 365 then
    perform private.raise_problem(422, 'invalid_request', 'A range is one day to 366 days.', '{"field": "to"}');
  end if;
  starts := first_day::timestamp at time zone zone;
  ends := (last_day + 1)::timestamp at time zone zone;
end
$$;

comment on function private.range_of_days(date, date, text) is
  'When a range of days in a time zone begins and ends, both days included. Longer than 366 days, or no such zone: invalid_request (422).';

create function private.revenue(product text, starts timestamptz, ends timestamptz)
returns table (currency text, invoices bigint, credits bigint, gross bigint, refunded bigint)
language sql
stable
set search_path = ''
begin atomic
  with back as (
    select i.currency, r.kind, r.amount,
      (select max(d.amount) from billing.refunds d where d.invoice_id = r.invoice_id and d.reference = r.reference and d.kind = 'dispute') as disputed
    from billing.refunds r join billing.invoices i on i.id = r.invoice_id
    where i.product = revenue.product and r.created_at >= starts and r.created_at < ends
  ),
  moved as (
    select i.currency, 1 as invoices, i.credits, i.amount as gross, 0 as refunded
    from billing.invoices i
    where i.product = revenue.product and i.paid_at >= starts and i.paid_at < ends
    union all
    select b.currency, 0, 0, 0, case b.kind
      when 'refund' then b.amount
      when 'refund_failed' then -b.amount
      when 'dispute' then b.amount
      when 'dispute_won' then -coalesce(b.disputed, 0)
      when 'dispute_lost' then case when b.disputed is null then b.amount else 0 end
    end
    from back b
  )
  select m.currency, sum(m.invoices)::bigint, sum(m.credits)::bigint, sum(m.gross)::bigint, sum(m.refunded)::bigint
  from moved m group by m.currency;
end;

comment on function private.revenue(text, timestamptz, timestamptz) is
  'By currency, in minor units: what was paid in a range of time, and what went back in it (refunds and disputed money, less what came again).';

create function private.credit_value(product text, starts timestamptz, ends timestamptz, out micros numeric, out source text)
language sql
stable
set search_path = ''
begin atomic
  select v.micros, v.source from (
    select r.gross * 10000.0 / r.credits, 'sales', 1
    from private.revenue(credit_value.product, starts, ends) r where r.currency = 'USD' and r.credits > 0
    union all
    select min(p.amount * 10000.0 / p.credits), 'catalogue', 2
    from billing.offers o join billing.prices p on p.offer_id = o.id
    where o.product = credit_value.product and o.active and p.retired_at is null and p.currency = 'USD'
    having count(*) > 0
    union all
    select null, null, 3
  ) v (micros, source, rank)
  order by v.rank limit 1;
end;

comment on function private.credit_value(text, timestamptz, timestamptz) is
  'What a credit brings, in millionths of a US dollar: the average of the packs sold for dollars in the range, else the cheapest dollar price on sale, else null.';

create function private.feature_costs(product text, starts timestamptz, ends timestamptz)
returns table (feature text, uses bigint, credits bigint, predictions bigint, priced bigint, cost_micros bigint)
language sql
stable
set search_path = ''
begin atomic
  with facts as (
    select coalesce(e.feature, 'other') as feature, (e.kind in ('debit', 'capture'))::integer as uses, -e.amount as credits,
      0 as predictions, 0 as priced, 0::bigint as cost
    from ledger.entries e join ledger.accounts a on a.id = e.account_id and a.product = feature_costs.product and a.unit = 'credits'
    where e.kind in ('debit', 'capture', 'refund') and e.created_at >= starts and e.created_at < ends
    union all
    select coalesce(h.feature, 'other'), 0, 0, 1, (p.provider_cost_micros is not null)::integer, coalesce(p.provider_cost_micros, 0)
    from jobs.predictions p left join ledger.holds h on h.id = p.hold_id
    where p.product = feature_costs.product and p.created_at >= starts and p.created_at < ends and p.submitted_at is not null
  )
  select f.feature, sum(f.uses)::bigint, sum(f.credits)::bigint, sum(f.predictions)::bigint, sum(f.priced)::bigint, sum(f.cost)::bigint
  from facts f group by f.feature;
end;

comment on function private.feature_costs(text, timestamptz, timestamptz) is
  'By feature, in a range of time: how often it was charged, credits less what was given back, and what providers charged for what was asked of them (failures too), as far as that is known (priced of predictions).';

create function billing.gone_back(invoice_id uuid)
returns bigint
language sql
stable
security definer
set search_path = ''
begin atomic
  select coalesce((
    select b.refunded + b.disputed from billing.returned(gone_back.invoice_id) b
    where exists (select from billing.refunds f where f.invoice_id = gone_back.invoice_id)), 0);
end;

comment on function billing.gone_back(uuid) is
  'The money of an invoice that is not with us any more, refunded or disputed, in minor units. Definer: refunds are selectable by no API role.';

create view billing.revenue_by_month with (security_invoker = true) as
select
  i.product, date_trunc('month', i.paid_at, 'UTC') as month, i.currency,
  count(*) as invoices, sum(i.credits)::bigint as credits, sum(i.amount)::bigint as amount,
  sum(billing.gone_back(i.id))::bigint as refunded
from billing.invoices i
where i.paid_at is not null
group by i.product, 2, i.currency;

comment on view billing.revenue_by_month is
  'What was paid for a product each month (UTC), each currency apart, in minor units, from invoices that were paid; and what of it went back since (refunds and disputed money).';

grant select on billing.revenue_by_month to service_role;
grant execute on function billing.gone_back(uuid) to service_role;

create function private.revenue_by_month(product text, first_month date, last_month date)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform billing.require_publisher(product);
  if first_month is null or last_month is null or last_month < first_month or last_month > first_month + interval '5 years' then
    perform private.raise_problem(422, 'invalid_request', 'A range is one month to five years.', '{"field": "to"}');
  end if;
  return (
    select coalesce(jsonb_agg(jsonb_build_object('month', to_char(m.month at time zone 'UTC', 'YYYY-MM'), 'currency', m.currency,
      'invoices', m.invoices, 'credits', m.credits, 'gross', m.amount, 'refunded', m.refunded, 'net', m.amount - m.refunded)
      order by m.month desc, m.currency), '[]')
    from billing.revenue_by_month m
    where m.product = revenue_by_month.product
      and m.month >= date_trunc('month', first_month::timestamp) at time zone 'UTC' and m.month <= last_month::timestamp at time zone 'UTC'
  );
end
$$;

comment on function private.revenue_by_month(text, date, date) is
  'See api.revenue_by_month. Definer: invoices are not for API roles; the caller must be an admin of the product.';

create function api.revenue_by_month(product text, first_month date, last_month date)
returns jsonb
language sql
stable
set search_path = ''
return private.revenue_by_month(product, first_month, last_month);

comment on function api.revenue_by_month(text, date, date) is
  'For admins of a product: what was paid from the month of one day to that of another (UTC), each currency apart, latest first: [{month, currency, invoices, credits, gross, refunded, net}], in minor units.';

grant execute on function private.revenue_by_month(text, date, date) to authenticated;
grant execute on function api.revenue_by_month(text, date, date) to authenticated;
