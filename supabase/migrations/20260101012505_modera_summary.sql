-- MODERA: what a range of days came to, for admins. Computed from the facts at each call; nothing is kept.

create function private.modera_revenue(starts timestamptz, ends timestamptz)
returns table (currency text, invoices bigint, credits bigint, gross bigint, refunded bigint)
language sql
stable
set search_path = ''
begin atomic
  with back as (
    select i.currency, r.kind, r.amount,
      (select max(d.amount) from billing.refunds d where d.invoice_id = r.invoice_id and d.reference = r.reference and d.kind = 'dispute') as disputed
    from billing.refunds r join billing.invoices i on i.id = r.invoice_id
    where i.product = 'modera' and r.created_at >= starts and r.created_at < ends
  ),
  moved as (
    select i.currency, 1 as invoices, i.credits, i.amount as gross, 0 as refunded
    from billing.invoices i
    where i.product = 'modera' and i.paid_at >= starts and i.paid_at < ends
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

comment on function private.modera_revenue(timestamptz, timestamptz) is
  'By currency, in minor units: what was paid in a range of time, and what went back in it (refunds and disputed money, less what came again).';

create function private.modera_credit_value(starts timestamptz, ends timestamptz, out micros numeric, out source text)
language sql
stable
set search_path = ''
begin atomic
  select v.micros, v.source from (
    select r.gross * 10000.0 / r.credits, 'sales', 1
    from private.modera_revenue(starts, ends) r where r.currency = 'USD' and r.credits > 0
    union all
    select min(p.amount * 10000.0 / p.credits), 'catalogue', 2
    from billing.offers o join billing.prices p on p.offer_id = o.id
    where o.product = 'modera' and o.active and p.retired_at is null and p.currency = 'USD'
    having count(*) > 0
    union all
    select null, null, 3
  ) v (micros, source, rank)
  order by v.rank limit 1;
end;

comment on function private.modera_credit_value(timestamptz, timestamptz) is
  'What a credit brings, in millionths of a US dollar: the average of the packs sold for dollars in the range, else the cheapest dollar price on sale, else null.';

create function private.modera_feature_costs(starts timestamptz, ends timestamptz)
returns table (feature text, uses bigint, credits bigint, predictions bigint, priced bigint, cost_micros bigint)
language sql
stable
set search_path = ''
begin atomic
  with facts as (
    select coalesce(e.feature, 'other') as feature, (e.kind in ('debit', 'capture'))::integer as uses, -e.amount as credits,
      0 as predictions, 0 as priced, 0::bigint as cost
    from ledger.entries e join ledger.accounts a on a.id = e.account_id and a.product = 'modera' and a.unit = 'credits'
    where e.kind in ('debit', 'capture', 'refund') and e.created_at >= starts and e.created_at < ends
    union all
    select coalesce(h.feature, 'other'), 0, 0, 1, (p.provider_cost_micros is not null)::integer, coalesce(p.provider_cost_micros, 0)
    from jobs.predictions p left join ledger.holds h on h.id = p.hold_id
    where p.product = 'modera' and p.created_at >= starts and p.created_at < ends and p.submitted_at is not null
  )
  select f.feature, sum(f.uses)::bigint, sum(f.credits)::bigint, sum(f.predictions)::bigint, sum(f.priced)::bigint, sum(f.cost)::bigint
  from facts f group by f.feature;
end;

comment on function private.modera_feature_costs(timestamptz, timestamptz) is
  'By feature, in a range of time: how often it was charged, credits less what was given back, and what providers charged for what was asked of them (failures too), as far as that is known (priced of predictions).';

create function private.modera_summary(first_day date, last_day date, zone text)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  starts timestamptz;
  ends timestamptz;
  credit_value record;
  revenue jsonb;
  commissions jsonb;
  features jsonb;
  sessions jsonb;
  people jsonb;
  conversion jsonb;
begin
  -- GUARD
  perform private.require_admin('modera');
  if zone is null or not private.is_time_zone(zone) then
    perform private.raise_problem(422, 'invalid_request', 'A time zone is UTC or a name such as Europe/Berlin.', '{"field": "time_zone"}');
  end if;
  if first_day is null or last_day is null or last_day < first_day or last_day - first_day > 365 then
    perform private.raise_problem(422, 'invalid_request', 'A range is one day to 366 days.', '{"field": "to"}');
  end if;
  starts := first_day::timestamp at time zone zone;
  ends := (last_day + 1)::timestamp at time zone zone;

  -- READ
  select coalesce(jsonb_agg(jsonb_build_object('currency', r.currency, 'invoices', r.invoices, 'credits', r.credits, 'gross', r.gross,
    'refunded', r.refunded, 'net', r.gross - r.refunded) order by r.currency), '[]')
  into revenue from private.modera_revenue(starts, ends) r;

  select coalesce(jsonb_agg(to_jsonb(c) order by c.currency), '[]') into commissions from (
    select c.currency, coalesce(sum(c.amount) filter (where c.purchased_at >= starts), 0) as booked,
      coalesce(sum(c.amount) filter (where c.reversed_at >= starts and c.reversed_at < ends), 0) as reversed
    from modera.commissions c
    where c.purchased_at >= starts - interval '15 days' and c.purchased_at < ends
      and (c.purchased_at >= starts or c.reversed_at >= starts and c.reversed_at < ends)
    group by c.currency
  ) c;

  select * into credit_value from private.modera_credit_value(starts, ends);
  select coalesce(jsonb_agg(jsonb_build_object('feature', f.feature, 'uses', f.uses, 'credits', f.credits,
    'value_micros', round(f.credits * credit_value.micros), 'predictions', f.predictions, 'priced_predictions', f.priced,
    'cost_micros', f.cost_micros, 'margin_micros', round(f.credits * credit_value.micros) - f.cost_micros) order by f.feature), '[]')
  into features from private.modera_feature_costs(starts, ends) f;

  select jsonb_build_object('opened', count(*), 'completed', count(*) filter (where s.status = 'completed'),
    'failed', count(*) filter (where s.status = 'failed'), 'expired', count(*) filter (where private.modera_session_status(s) = 'expired'))
  into sessions from modera.fashion_sessions s where s.created_at >= starts and s.created_at < ends;

  select jsonb_build_object(
    'active', (
      select count(*) from (
        select p.holder from modera.fashion_sessions s join modera.profiles p on p.id = s.user_id
        where s.created_at >= starts and s.created_at < ends
        union
        select a.holder from ledger.entries e join ledger.accounts a on a.id = e.account_id and a.product = 'modera' and a.unit = 'credits'
        where e.kind in ('debit', 'capture') and e.created_at >= starts and e.created_at < ends
        union
        select i.holder from billing.invoices i where i.product = 'modera' and i.paid_at >= starts and i.paid_at < ends
      ) active),
    'new', (select count(*) from modera.profiles p where p.created_at >= starts and p.created_at < ends))
  into people;

  with buyers as (
    select i.holder, min(i.paid_at) as since from billing.invoices i
    where i.product = 'modera' and i.paid_at >= starts and i.paid_at < ends group by i.holder
  ),
  tried as (
    select b.holder from buyers b join modera.profiles p on p.holder = b.holder
    where exists (
      select from modera.virtual_tryons t where t.user_id = p.id and t.completed_at >= b.since and t.completed_at < ends
    )
  )
  select jsonb_build_object('buyers', b.n, 'tried', t.n, 'rate', round(t.n::numeric / nullif(b.n, 0), 4))
  into conversion from (select count(*) as n from buyers) b, (select count(*) as n from tried) t;

  return jsonb_build_object('from', first_day, 'to', last_day, 'time_zone', zone, 'revenue', revenue, 'commissions', commissions,
    'users', people, 'conversion', conversion, 'sessions', sessions, 'features', features,
    'credit_value', jsonb_build_object('micros', round(credit_value.micros), 'source', credit_value.source));
end
$$;

comment on function private.modera_summary(date, date, text) is
  'See modera.summary. Definer: reads what everybody did; the caller must be an admin.';

create function modera.summary(first_day date, last_day date, time_zone text default 'UTC')
returns jsonb
language sql
stable
set search_path = ''
return private.modera_summary(first_day, last_day, time_zone);

comment on function modera.summary(date, date, text) is
  'For admins, a range of days in a time zone, both included, 366 at most: {from, to, time_zone, revenue, commissions, users, conversion, sessions, features, credit_value}. Money in minor units, each currency apart; costs, values and margins in millionths of a US dollar. conversion: of those who bought a pack in the range, how many finished a try-on after it and in the range.';

grant execute on function private.modera_summary(date, date, text) to authenticated;
grant execute on function modera.summary(date, date, text) to authenticated;
