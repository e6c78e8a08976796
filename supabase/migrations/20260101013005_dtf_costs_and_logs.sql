-- DTF Editor: what providers cost, and the logs. Logs are append-only, kept by the month, and hold no picture and no key.

create table dtf.api_costs (
  id uuid primary key default gen_random_uuid(),
  api_provider text not null check (api_provider ~ '^[a-z][a-z0-9_-]{1,31}$'),
  operation_type text not null check (operation_type ~ '^[a-z][a-z0-9_]{0,63}$'),
  cost_per_operation bigint not null check (cost_per_operation >= 0),
  currency text not null default 'USD' references billing.currencies (code),
  effective_date date not null,
  is_active boolean not null default true,
  created_at timestamptz not null default private.now(),
  unique (api_provider, operation_type, effective_date)
);

create index api_costs_by_currency on dtf.api_costs (currency);

alter table dtf.api_costs enable row level security;

create policy closed on dtf.api_costs for all to anon, authenticated using (false) with check (false);

grant select on dtf.api_costs to service_role;

comment on table dtf.api_costs is
  'What a provider charges for an operation from a day on: private.dtf_api_cost reads the latest that is active. Written by dtf.put_cost.';
comment on column dtf.api_costs.cost_per_operation is 'In millionths of the currency.';
comment on column dtf.api_costs.is_active is 'False: taken back, as if it had never been written.';

create function private.dtf_api_cost(provider text, operation text, day date)
returns bigint
language sql
stable
set search_path = ''
begin atomic
  select c.cost_per_operation from dtf.api_costs c
  where c.api_provider = provider and c.operation_type = operation and c.effective_date <= day and c.is_active
  order by c.effective_date desc limit 1;
end;

comment on function private.dtf_api_cost(text, text, date) is
  'What an operation cost us at a provider on a day, in millionths of the currency of dtf.api_costs; null when nobody said.';

create table dtf.api_usage_logs (
  id uuid not null default gen_random_uuid(),
  user_id uuid references dtf.users (id),
  operation_id uuid,
  api_provider text not null,
  operation_type text not null,
  request_data jsonb check (length(request_data::text) <= 4096),
  response_data jsonb check (length(response_data::text) <= 4096),
  status_code integer check (status_code between 100 and 599),
  response_time numeric(10, 2) check (response_time >= 0),
  cost bigint check (cost >= 0),
  currency text not null default 'USD' references billing.currencies (code),
  error_message text check (length(error_message) <= 2000),
  created_at timestamptz not null default private.now(),
  primary key (id, created_at)
) partition by range (created_at);

create index api_usage_logs_of_user on dtf.api_usage_logs (user_id, created_at);
create index api_usage_logs_by_provider on dtf.api_usage_logs (api_provider, created_at);
create index api_usage_logs_by_time on dtf.api_usage_logs (created_at);
create index api_usage_logs_by_currency on dtf.api_usage_logs (currency);

alter table dtf.api_usage_logs enable row level security;

create policy closed on dtf.api_usage_logs for all to anon, authenticated using (false) with check (false);

create trigger api_usage_logs_are_append_only before update or delete or truncate on dtf.api_usage_logs
  for each statement execute function private.refuse_change();

comment on table dtf.api_usage_logs is
  'Every call of a provider: how it ended, how long it took, what it cost. Written by private.dtf_log_api_call in the transaction that settles the operation, so that its cost is the operation''s. Months are dropped after a year.';
comment on column dtf.api_usage_logs.operation_id is 'The operation that it was for. No foreign key: the log outlives the picture.';
comment on column dtf.api_usage_logs.request_data is 'Parameters, never pictures, addresses or keys; 4 kB at most.';
comment on column dtf.api_usage_logs.response_time is 'In milliseconds.';
comment on column dtf.api_usage_logs.cost is 'In millionths of the currency.';

select private.keep_by_month('dtf.api_usage_logs', 12);

create function private.dtf_log_api_call(
  operation dtf.image_operations,
  status_code integer,
  request_data jsonb default null,
  response_data jsonb default null,
  error_message text default null
)
returns void
language sql
volatile
set search_path = ''
begin atomic
  insert into dtf.api_usage_logs (user_id, operation_id, api_provider, operation_type, request_data, response_data, status_code,
    response_time, cost, currency, error_message)
  values (operation.user_id, operation.id, coalesce(operation.api_provider, 'none'), operation.operation_type, request_data, response_data,
    status_code, operation.processing_time * 1000, operation.api_cost, operation.api_cost_currency, left(error_message, 2000));
end;

comment on function private.dtf_log_api_call(dtf.image_operations, integer, jsonb, jsonb, text) is
  'Appends a provider''s call to dtf.api_usage_logs, with the time and cost that the operation''s row has.';

create table dtf.system_metrics (
  id uuid not null default gen_random_uuid(),
  metric_name text not null check (metric_name ~ '^[a-z][a-z0-9_.]{0,99}$'),
  metric_value numeric(15, 4),
  metric_unit text check (length(metric_unit) <= 20),
  tags jsonb not null default '{}' check (jsonb_typeof(tags) = 'object' and length(tags::text) <= 1024),
  recorded_at timestamptz not null default private.now(),
  primary key (id, recorded_at)
) partition by range (recorded_at);

create index system_metrics_by_name on dtf.system_metrics (metric_name, recorded_at);

alter table dtf.system_metrics enable row level security;

create policy closed on dtf.system_metrics for all to anon, authenticated using (false) with check (false);

create trigger system_metrics_are_append_only before update or delete or truncate on dtf.system_metrics
  for each statement execute function private.refuse_change();

comment on table dtf.system_metrics is
  'How the product does over time. Written by private.dtf_record_metrics, hourly. Months are dropped after a year.';

select private.keep_by_month('dtf.system_metrics', 12);

create function private.dtf_record_metrics()
returns void
language sql
volatile
set search_path = ''
begin atomic
  insert into dtf.system_metrics (metric_name, metric_value, metric_unit, tags)
  select 'operations', count(*), 'count', jsonb_build_object('status', o.status, 'operation_type', o.operation_type)
  from dtf.image_operations o where o.created_at > private.now() - interval '1 hour' group by o.status, o.operation_type
  union all
  select 'operation_seconds', percentile_cont(0.95) within group (order by o.processing_time), 's',
    jsonb_build_object('quantile', 0.95, 'operation_type', o.operation_type)
  from dtf.image_operations o
  where o.created_at > private.now() - interval '1 hour' and o.processing_time is not null group by o.operation_type
  union all
  select 'uploads', count(*), 'count', '{}' from dtf.images i where i.created_at > private.now() - interval '1 hour';
end;

comment on function private.dtf_record_metrics() is
  'Hourly: appends what happened within the hour to dtf.system_metrics: operations by state and type, their slow time, uploads.';

select private.define_job('dtf-metrics', '3 * * * *', '1 hour', 'select private.dtf_record_metrics()');
select private.schedule_jobs();

create table dtf.user_activity_logs (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null references dtf.users (id),
  activity_type text not null check (activity_type ~ '^[a-z][a-z0-9_.]{0,63}$'),
  activity_data jsonb not null default '{}' check (jsonb_typeof(activity_data) = 'object' and length(activity_data::text) <= 2048),
  ip_address inet,
  user_agent text check (length(user_agent) <= 400),
  created_at timestamptz not null default private.now(),
  primary key (id, created_at)
) partition by range (created_at);

create index user_activity_logs_of_user on dtf.user_activity_logs (user_id, created_at desc);
create index user_activity_logs_by_type on dtf.user_activity_logs (activity_type, created_at);

alter table dtf.user_activity_logs enable row level security;

create policy closed on dtf.user_activity_logs for all to anon, authenticated using (false) with check (false);

create trigger user_activity_logs_are_append_only before update or truncate on dtf.user_activity_logs
  for each statement execute function private.refuse_change();

comment on table dtf.user_activity_logs is
  'What people did: first contact, uploads, downloads. Written by private.dtf_record_activity, in the transaction of what it tells of. Rows go when the account is erased; months are dropped after six.';
comment on column dtf.user_activity_logs.ip_address is 'As the gateway saw it; null where the caller was no request.';

select private.keep_by_month('dtf.user_activity_logs', 6);

create function private.dtf_record_activity(user_id uuid, activity_type text, activity_data jsonb default '{}')
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  headers constant jsonb := nullif(current_setting('request.headers', true), '')::jsonb;
begin
  insert into dtf.user_activity_logs (user_id, activity_type, activity_data, user_agent)
  values (user_id, activity_type, activity_data, left(headers ->> 'user-agent', 400));
  update dtf.users u set last_activity_at = private.now()
  where u.id = dtf_record_activity.user_id and u.last_activity_at < private.now() - interval '1 minute';
end
$$;

comment on function private.dtf_record_activity(uuid, text, jsonb) is
  'Appends what a person did to dtf.user_activity_logs, and moves their last_activity_at, at most once a minute.';
