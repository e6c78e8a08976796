-- How often each problem was answered, minute by minute: told by the functions, a few lines at a time.

create table private.problem_counts (
  minute timestamptz not null,
  function text not null check (length(function) between 1 and 63),
  code text not null check (length(code) between 1 and 63),
  status_code integer not null check (status_code between 400 and 599),
  count bigint not null check (count > 0),
  primary key (minute, function, code, status_code)
);

alter table private.problem_counts enable row level security;
create policy closed on private.problem_counts for all to anon, authenticated using (false) with check (false);

comment on table private.problem_counts is
  'Problem documents answered. An isolate tells every few seconds and forgets what it could not tell: for alarms, not for accounts.';

create function private.record_problems(counts jsonb)
returns void
language sql
volatile
security definer
set search_path = ''
begin atomic
  insert into private.problem_counts as p (minute, function, code, status_code, count)
  select date_trunc('minute', private.now()), c.function, c.code, c.status, sum(c.count)
  from jsonb_to_recordset(counts) as c (function text, code text, status integer, count bigint)
  group by c.function, c.code, c.status
  order by c.function, c.code, c.status
  on conflict on constraint problem_counts_pkey do update set count = p.count + excluded.count;
end;

comment on function private.record_problems(jsonb) is
  'Adds [{function, code, status, count}] to the current minute. Definer: no API role writes the table.';

create function api.record_problems(counts jsonb)
returns void
language sql
volatile
set search_path = ''
return private.record_problems(counts);

comment on function api.record_problems(jsonb) is 'Adds what functions answered to the counts of problems. See private.record_problems.';

grant execute on function private.record_problems(jsonb) to service_role;
grant execute on function api.record_problems(jsonb) to service_role;
