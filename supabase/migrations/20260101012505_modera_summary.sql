-- MODERA: what a range of days came to, for admins. Computed from the facts at each call; nothing is kept.

create function private.modera_summary(first_day date, last_day date, zone text)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  range record;
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
  select * into strict range from private.range_of_days(first_day, last_day, zone);

  -- READ
  select coalesce(jsonb_agg(jsonb_build_object('currency', r.currency, 'invoices', r.invoices, 'credits', r.credits, 'gross', r.gross,
    'refunded', r.refunded, 'net', r.gross - r.refunded) order by r.currency), '[]')
  into revenue from private.revenue('modera', range.starts, range.ends) r;

  select coalesce(jsonb_agg(to_jsonb(c) order by c.currency), '[]') into commissions from (
    select c.currency, coalesce(sum(c.amount) filter (where c.purchased_at >= range.starts), 0) as booked,
      coalesce(sum(c.amount) filter (where c.reversed_at >= range.starts and c.reversed_at < range.ends), 0) as reversed
    from modera.commissions c
    where c.purchased_at >= range.starts - interval '15 days' and c.purchased_at < range.ends
      and (c.purchased_at >= range.starts or c.reversed_at >= range.starts and c.reversed_at < range.ends)
    group by c.currency
  ) c;

  select * into credit_value from private.credit_value('modera', range.starts, range.ends);
  select coalesce(jsonb_agg(jsonb_build_object('feature', f.feature, 'uses', f.uses, 'credits', f.credits,
    'value_micros', round(f.credits * credit_value.micros), 'predictions', f.predictions, 'priced_predictions', f.priced,
    'cost_micros', f.cost_micros, 'margin_micros', round(f.credits * credit_value.micros) - f.cost_micros) order by f.feature), '[]')
  into features from private.feature_costs('modera', range.starts, range.ends) f;

  select jsonb_build_object('opened', count(*), 'completed', count(*) filter (where s.status = 'completed'),
    'failed', count(*) filter (where s.status = 'failed'), 'expired', count(*) filter (where private.modera_session_status(s) = 'expired'))
  into sessions from modera.fashion_sessions s where s.created_at >= range.starts and s.created_at < range.ends;

  select jsonb_build_object(
    'active', (
      select count(*) from (
        select p.holder from modera.fashion_sessions s join modera.profiles p on p.id = s.user_id
        where s.created_at >= range.starts and s.created_at < range.ends
        union
        select a.holder from ledger.entries e join ledger.accounts a on a.id = e.account_id and a.product = 'modera' and a.unit = 'credits'
        where e.kind in ('debit', 'capture') and e.created_at >= range.starts and e.created_at < range.ends
        union
        select i.holder from billing.invoices i where i.product = 'modera' and i.paid_at >= range.starts and i.paid_at < range.ends
      ) active),
    'new', (select count(*) from modera.profiles p where p.created_at >= range.starts and p.created_at < range.ends))
  into people;

  with buyers as (
    select i.holder, min(i.paid_at) as since from billing.invoices i
    where i.product = 'modera' and i.paid_at >= range.starts and i.paid_at < range.ends group by i.holder
  ),
  tried as (
    select b.holder from buyers b join modera.profiles p on p.holder = b.holder
    where exists (
      select from modera.virtual_tryons t where t.user_id = p.id and t.completed_at >= b.since and t.completed_at < range.ends
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
