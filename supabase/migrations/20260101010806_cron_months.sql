-- Logs that grow for ever are kept by the month: what is too old is dropped with its table, not deleted row by row.

create schema months;
comment on schema months is 'The months of logs that are kept by the month, one table each. Reachable through their parents alone.';

create table private.monthly_logs (
  table_name text primary key check (table_name ~ '^[a-z_]+\.[a-z_]+$'),
  months_kept integer not null check (months_kept > 0)
);

alter table private.monthly_logs enable row level security;

create policy closed on private.monthly_logs for all to anon, authenticated using (false) with check (false);

comment on table private.monthly_logs is
  'Tables that are partitioned by the month of a time (UTC), and how many whole months of the past each keeps. Written by private.keep_by_month.';

create function private.month_table(log text, month date)
returns text
language sql
immutable
set search_path = ''
return replace(log, '.', '_') || to_char(month, '_YYYY_MM');

comment on function private.month_table(text, date) is 'The table in months that holds a month of a log.';

create function private.close_month(child text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  execute format('alter table months.%I enable row level security', child);
  execute format('create policy closed on months.%I for all to anon, authenticated using (false) with check (false)', child);
end
$$;

comment on function private.close_month(text) is 'Lets nobody into the table of a month but through its log.';

create function private.open_month(log text, month date)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  child constant text := private.month_table(log, month);
  parent constant regclass := log::regclass;
  place constant text := replace(log, '.', '_') || '_other';
  by_time constant text := (
    select a.attname from pg_catalog.pg_partitioned_table p
    join pg_catalog.pg_attribute a on a.attrelid = p.partrelid and a.attnum = p.partattrs[0]
    where p.partrelid = parent);
  starts constant timestamptz := month::timestamp at time zone 'UTC';
  ends constant timestamptz := (month + interval '1 month') at time zone 'UTC';
begin
  if to_regclass('months.' || quote_ident(child)) is not null then
    return;
  end if;
  execute format('create table months.%I (like %s including defaults including constraints)', child, parent);
  perform private.close_month(child);
  execute format('comment on table months.%I is %L', child, format('%s, %s.', log, to_char(month, 'YYYY-MM')));
  -- What came before its month was made is in the table for everything else.
  execute format('with moved as (delete from months.%I where %I >= $1 and %2$I < $2 returning *) insert into months.%I select * from moved',
    place, by_time, child) using starts, ends;
  execute format('alter table %s attach partition months.%I for values from (%L) to (%L)', parent, child, starts, ends);
end
$$;

comment on function private.open_month(text, date) is
  'Makes the table of a month (its first day), takes over what was written for it before, and attaches it to the log. Idempotent.';

create function private.turn_months()
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  log private.monthly_logs;
  this_month constant date := date_trunc('month', private.now() at time zone 'UTC')::date;
  old record;
begin
  for log in select * from private.monthly_logs l order by l.table_name loop
    for ahead in 0 .. 2 loop
      perform private.open_month(log.table_name, (this_month + make_interval(months => ahead))::date);
    end loop;
    for old in
      select c.relname from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
      where i.inhparent = log.table_name::regclass and c.relname ~ '_[0-9]{4}_[0-9]{2}$'
        and c.relname < private.month_table(log.table_name, (this_month - make_interval(months => log.months_kept))::date)
    loop
      execute format('drop table months.%I', old.relname);
    end loop;
  end loop;
end
$$;

comment on function private.turn_months() is
  'Nightly: makes this month and the next two of each log, and drops the months that are not kept any more. Idempotent.';

create function private.keep_by_month(log text, months_kept integer)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  place constant text := replace(log, '.', '_') || '_other';
begin
  execute format('create table months.%I partition of %s default', place, log::regclass);
  perform private.close_month(place);
  execute format('comment on table months.%I is %L', place, log || ': what was written for a month before its table was made.');
  insert into private.monthly_logs (table_name, months_kept) values (log, months_kept);
  perform private.turn_months();
end
$$;

comment on function private.keep_by_month(text, integer) is
  'For migrations: has a table that is partitioned by range of a time kept by the month from now on, with so many whole months of the past.';

select private.define_job('log-months', '27 2 * * *', '1 day', 'select private.turn_months()');
select private.schedule_jobs();
