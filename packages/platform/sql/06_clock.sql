-- A clock that tests and the demo can move. The migrations ask private.now(), which the platform
-- makes read this one once they are applied (10_after_migrations.sql).

create schema platform;

create table platform.clock (
  only_row boolean primary key default true check (only_row),
  shift interval not null default '0'
);
insert into platform.clock default values;
alter table platform.clock enable row level security;
create policy everyone on platform.clock for select using (true);
comment on table platform.clock is 'How far the platform''s time is ahead of the real one.';

create function platform.now()
returns timestamptz
language sql
stable
set search_path = ''
as $$ select pg_catalog.now() + (select c.shift from platform.clock c) $$;
comment on function platform.now() is 'The platform''s time: the transaction''s, moved by the clock''s shift.';

create function platform.advance_clock(by interval)
returns timestamptz
language plpgsql
security definer
set search_path = ''
as $$
begin
  update platform.clock c set shift = c.shift + by;
  perform pg_notify('platform_clock', '');
  return platform.now();
end
$$;
comment on function platform.advance_clock(interval) is
  'Moves the clock forward (or back) and returns the new time; jobs that became due run once. Definer: the clock is moved by these functions alone.';

create function platform.set_clock(to_time timestamptz)
returns timestamptz
language sql
security definer
set search_path = ''
as $$ select platform.advance_clock(to_time - platform.now()) $$;
comment on function platform.set_clock(timestamptz) is 'Moves the clock to a time and returns it. Definer: see advance_clock.';

create function platform.reset_clock()
returns timestamptz
language sql
security definer
set search_path = ''
as $$ select platform.advance_clock(-(select c.shift from platform.clock c)) $$;
comment on function platform.reset_clock() is 'Back to the real time. Definer: see advance_clock.';

revoke execute on all functions in schema platform from public;
grant usage on schema platform to public;
grant select on platform.clock to public;
grant execute on function platform.now() to public;
grant execute on function platform.advance_clock, platform.set_clock, platform.reset_clock to postgres, service_role;
