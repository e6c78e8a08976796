-- DTF Editor: how operations went in a range of days, for its admins. Computed from the logs and the books at each call, which outlive pictures.

create function private.dtf_operation_figures(starts timestamptz, ends timestamptz)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
  with ended as (
    select l.operation_type, count(*) as ended, count(*) filter (where l.error_message is null) as completed,
      count(*) filter (where l.error_message is not null) as failed,
      percentile_cont(0.5) within group (order by l.response_time) / 1000 as median,
      percentile_cont(0.95) within group (order by l.response_time) / 1000 as slow,
      count(l.cost) as priced, coalesce(sum(l.cost) filter (where l.currency = 'USD'), 0) as cost
    from dtf.api_usage_logs l
    where l.created_at >= dtf_operation_figures.starts and l.created_at < dtf_operation_figures.ends group by l.operation_type
  ),
  failures as (
    select f.operation_type, jsonb_object_agg(f.code, f.n order by f.n desc) as codes
    from (
      select l.operation_type, l.error_message as code, count(*) as n from dtf.api_usage_logs l
      where l.created_at >= dtf_operation_figures.starts and l.created_at < dtf_operation_figures.ends and l.error_message is not null
      group by 1, 2
    ) f
    group by f.operation_type
  ),
  charged as (
    select o.key as operation_type, sum(o.value::bigint) as credits
    from ledger.entries e
    join ledger.accounts a on a.id = e.account_id and a.product = 'dtf' and a.unit = 'credits'
    cross join lateral jsonb_each_text(e.metadata -> 'operations') o
    where e.kind = 'capture' and e.created_at >= dtf_operation_figures.starts and e.created_at < dtf_operation_figures.ends
    group by o.key
  )
  select coalesce(jsonb_agg(jsonb_build_object('operation', g.operation_type, 'ended', g.ended, 'completed', g.completed, 'failed', g.failed,
    'failures', coalesce(f.codes, '{}'), 'seconds', jsonb_build_object('median', round(g.median::numeric, 2), 'p95', round(g.slow::numeric, 2)),
    'credits', coalesce(c.credits, 0), 'value_micros', round(coalesce(c.credits, 0) * v.micros), 'priced', g.priced, 'cost_micros', g.cost,
    'margin_micros', round(coalesce(c.credits, 0) * v.micros) - g.cost) order by g.operation_type), '[]')
  from ended g left join failures f on f.operation_type = g.operation_type
  left join charged c on c.operation_type = g.operation_type
  cross join private.credit_value('dtf', dtf_operation_figures.starts, dtf_operation_figures.ends) v;
end;

comment on function private.dtf_operation_figures(timestamptz, timestamptz) is
  'Operations that ended in a range of time, type by type: how, with what failed; seconds; credits charged and their value, what providers took for those of known cost (priced) in US dollars, and what is left, in millionths of a dollar. From the logs and the books, which outlive pictures.';

create function private.dtf_metrics(first_day date, last_day date, zone text)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  range record;
begin
  perform private.require_admin('dtf');
  select * into strict range from private.range_of_days(first_day, last_day, zone);
  return jsonb_build_object(
    'from', first_day, 'to', last_day, 'time_zone', zone,
    'operations', private.dtf_operation_figures(range.starts, range.ends),
    'queue', (
      select jsonb_build_object('pending', count(*) filter (where o.status = 'pending'), 'processing', count(*) filter (where o.status = 'processing'),
        'oldest_seconds', floor(extract(epoch from private.now() - min(o.created_at)))::bigint)
      from dtf.image_operations o where o.status in ('pending', 'processing')),
    'spend', (
      select coalesce(jsonb_agg(jsonb_build_object('provider', s.api_provider, 'currency', s.currency, 'calls', s.calls, 'failed', s.failed,
        'cost_micros', s.cost) order by s.api_provider, s.currency), '[]')
      from (
        select l.api_provider, l.currency, count(*) as calls, count(*) filter (where l.error_message is not null) as failed,
          coalesce(sum(l.cost), 0) as cost
        from dtf.api_usage_logs l where l.created_at >= range.starts and l.created_at < range.ends group by l.api_provider, l.currency
      ) s),
    'uploads', (
      select count(*) from dtf.user_activity_logs a
      where a.activity_type = 'upload' and a.created_at >= range.starts and a.created_at < range.ends),
    'people', jsonb_build_object(
      'new', (select count(*) from dtf.users u where u.created_at >= range.starts and u.created_at < range.ends),
      'active', (
        select count(distinct a.user_id) from dtf.user_activity_logs a where a.created_at >= range.starts and a.created_at < range.ends)));
end
$$;

comment on function private.dtf_metrics(date, date, text) is
  'See dtf.metrics. Definer: reads what everybody did; the caller must be an admin.';

create function dtf.metrics(first_day date, last_day date, time_zone text default 'UTC')
returns jsonb
language sql
stable
set search_path = ''
return private.dtf_metrics(first_day, last_day, time_zone);

comment on function dtf.metrics(date, date, text) is
  'For admins, a range of days in a time zone, both included, 366 at most: {from, to, time_zone, operations, queue, spend, uploads, people}. queue is now; spend is what providers took, failures too; people are active who came, uploaded, downloaded or deleted something; that is known for six months.';

grant execute on function private.dtf_metrics(date, date, text) to authenticated;
grant execute on function dtf.metrics(date, date, text) to authenticated;
