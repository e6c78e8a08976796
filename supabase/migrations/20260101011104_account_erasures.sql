-- Erasures: asked for by the person, done by a job after 30 days of grace, step by step, each of which may be run again.

create type private.erasure_state as enum ('requested', 'cancelled', 'running', 'done');
comment on type private.erasure_state is 'requested: in its grace, and can be cancelled. running: cannot be stopped any more.';

insert into private.transitions (machine, from_state, to_state) values
  ('private.account_erasures.state', 'requested', 'cancelled'),
  ('private.account_erasures.state', 'requested', 'running'),
  ('private.account_erasures.state', 'running', 'done');

create function private.erasure_grace()
returns interval
language sql
immutable
set search_path = ''
return interval '30 days';

comment on function private.erasure_grace() is 'How long a person can still cancel the erasure of their account.';

create table private.account_erasures (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null,
  state private.erasure_state not null default 'requested',
  requested_at timestamptz not null default private.now(),
  due_at timestamptz not null default private.now() + private.erasure_grace(),
  cancelled_at timestamptz,
  started_at timestamptz,
  done_at timestamptz,
  constraint erasures_grace check (due_at > requested_at),
  constraint erasures_cancelled check ((state = 'cancelled') = (cancelled_at is not null)),
  constraint erasures_started check ((state in ('running', 'done')) = (started_at is not null)),
  constraint erasures_done check ((state = 'done') = (done_at is not null))
);

create unique index account_erasures_open on private.account_erasures (user_id) where state in ('requested', 'running');
create index account_erasures_of_user on private.account_erasures (user_id, requested_at desc);
create index account_erasures_due on private.account_erasures (due_at) where state in ('requested', 'running');

alter table private.account_erasures enable row level security;

create policy closed on private.account_erasures for all to anon, authenticated using (false) with check (false);

create trigger account_erasures_move_legally before update of state on private.account_erasures
  for each row execute function private.guard_transition('state');
create trigger account_erasures_are_kept before delete or truncate on private.account_erasures
  for each statement execute function private.refuse_change();

comment on table private.account_erasures is
  'Erasures that people asked for, one open at a time each. Rows are kept: they prove what was done, to an id that is nobody''s any more.';
comment on column private.account_erasures.user_id is 'No foreign key: the row outlives the Auth user.';

create function private.is_leaving(user_id uuid)
returns boolean
language sql
stable
security definer
set search_path = ''
begin atomic
  select exists (
    select from private.account_erasures e where e.user_id = is_leaving.user_id and e.state in ('requested', 'running'));
end;

comment on function private.is_leaving(uuid) is
  'Whether somebody asked for their account to be erased: nothing is charged to them by itself any more. Definer: no API role reads erasures.';

create function private.require_staying(user_id uuid)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  if private.is_leaving(user_id) then
    perform private.raise_problem(409, 'account_leaving', 'Your account is about to be erased. Keep it first.');
  end if;
end
$$;

comment on function private.require_staying(uuid) is
  'Raises account_leaving (409) for somebody who asked for their account to be erased: nothing new is sold to them.';

create function private.leaving_at(user_id uuid)
returns timestamptz
language sql
stable
security definer
set search_path = ''
begin atomic
  select e.due_at from private.account_erasures e
  where e.user_id = leaving_at.user_id and e.state in ('requested', 'running')
    and (e.user_id = (select auth.uid()) or private.caller_role() <> 'authenticated');
end;

comment on function private.leaving_at(uuid) is
  'When somebody''s account will be erased, as they asked; null: it stays. A user learns only their own. Definer: see private.is_leaving.';

grant execute on function private.leaving_at(uuid) to authenticated, service_role;

create function private.erasure_answer(erasure private.account_erasures)
returns jsonb
language sql
stable
set search_path = ''
return jsonb_build_object('erasure_id', erasure.id, 'state', erasure.state, 'requested_at', erasure.requested_at,
  'due_at', erasure.due_at, 'cancelled_at', erasure.cancelled_at);

comment on function private.erasure_answer(private.account_erasures) is
  'How an erasure stands: {erasure_id, state, requested_at, due_at, cancelled_at}.';

create function private.request_erasure()
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  erasure private.account_erasures;
begin
  if auth.uid() is null then
    perform private.raise_problem(401, 'unauthorized', 'Sign in to have your account erased.');
  end if;
  insert into private.account_erasures (user_id)
  select u.id from auth.users u where u.id = auth.uid()
  on conflict do nothing returning * into erasure;
  if found then
    perform audit.record('account.erasure_requested', 'erasure:' || erasure.id);
    perform private.publish_about(erasure.user_id, 'account.erasure_requested', jsonb_build_object('due_at', erasure.due_at),
      'account.erasure_requested:' || erasure.id);
    return private.erasure_answer(erasure);
  end if;
  select e.* into erasure from private.account_erasures e
  where e.user_id = auth.uid() and e.state in ('requested', 'running');
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no such user any more.');
  end if;
  return private.erasure_answer(erasure);
end
$$;

comment on function private.request_erasure() is
  'See api.request_erasure. Definer: erasures are written by functions alone; the person is auth.uid().';

create function private.cancel_erasure()
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  erasure private.account_erasures;
begin
  -- LOCK
  select e.* into erasure from private.account_erasures e
  where e.user_id = auth.uid() order by e.requested_at desc limit 1 for no key update;

  -- GUARD
  if not found then
    perform private.raise_problem(404, 'not_found', 'You have not asked for your account to be erased.');
  end if;
  if erasure.state = 'cancelled' then
    return private.erasure_answer(erasure);
  end if;
  if erasure.state <> 'requested' then
    perform private.raise_problem(409, 'illegal_transition', 'The erasure has begun.', jsonb_build_object('state', erasure.state));
  end if;

  -- WRITE
  update private.account_erasures e set state = 'cancelled', cancelled_at = private.now() where e.id = erasure.id returning e.* into erasure;
  perform audit.record('account.erasure_cancelled', 'erasure:' || erasure.id);
  perform private.publish_about(erasure.user_id, 'account.erasure_cancelled', '{}', 'account.erasure_cancelled:' || erasure.id);
  return private.erasure_answer(erasure);
end
$$;

comment on function private.cancel_erasure() is 'See api.cancel_erasure. Definer: see private.request_erasure.';

create function private.read_erasure()
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  erasure private.account_erasures;
begin
  select e.* into erasure from private.account_erasures e where e.user_id = auth.uid() order by e.requested_at desc limit 1;
  if not found then
    perform private.raise_problem(404, 'not_found', 'You have not asked for your account to be erased.');
  end if;
  return private.erasure_answer(erasure);
end
$$;

comment on function private.read_erasure() is 'See api.read_erasure. Definer: see private.request_erasure.';

create function private.begin_erasure(erasure_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  erasure private.account_erasures;
begin
  select e.* into erasure from private.account_erasures e where e.id = erasure_id for no key update;
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no such erasure.');
  end if;
  if erasure.state = 'requested' and erasure.due_at <= private.now() then
    update private.account_erasures e set state = 'running', started_at = private.now() where e.id = erasure.id returning e.* into erasure;
  end if;
  if erasure.state = 'running' then
    perform private.bid_farewell(erasure.user_id);
  end if;
  return jsonb_build_object('state', erasure.state, 'user_id', erasure.user_id);
end
$$;

comment on function private.begin_erasure(uuid) is
  'See api.begin_erasure. Definer: work, holds and invoices are ended by functions alone. Lock order: erasure, session, prediction or invoice, ledger account.';

create function private.erasure_files(erasure_id uuid, max integer)
returns jsonb
language sql
stable
security definer
set search_path = ''
begin atomic
  select private.personal_objects(e.user_id, max) from private.account_erasures e
  where e.id = erasure_files.erasure_id and e.state = 'running';
end;

comment on function private.erasure_files(uuid, integer) is 'See api.erasure_files. Definer: reads Storage''s rows for the service.';

create function private.finish_erasure(erasure_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  erasure private.account_erasures;
begin
  -- LOCK
  select e.* into erasure from private.account_erasures e where e.id = erasure_id for no key update;

  -- GUARD
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no such erasure.');
  end if;
  if erasure.state = 'done' then
    return jsonb_build_object('state', 'done');
  end if;
  if erasure.state <> 'running' or exists (select from auth.users u where u.id = erasure.user_id)
    or private.personal_objects(erasure.user_id, 1) <> '[]' then
    perform private.raise_problem(409, 'illegal_transition', 'Something of the person is left.', jsonb_build_object('state', erasure.state));
  end if;

  -- WRITE
  perform private.bid_farewell(erasure.user_id);
  perform private.erase_rows(erasure.user_id);
  update private.account_erasures e set state = 'done', done_at = private.now() where e.id = erasure.id;
  perform audit.record('account.erased', 'erasure:' || erasure.id);
  return jsonb_build_object('state', 'done');
end
$$;

comment on function private.finish_erasure(uuid) is
  'See api.finish_erasure. Definer: erases in tables of every schema.';

create function api.request_erasure()
returns jsonb
language sql
volatile
set search_path = ''
return private.request_erasure();

comment on function api.request_erasure() is
  'The caller asks for their account to be erased after the grace: {erasure_id, state, requested_at, due_at, cancelled_at}. Asked before: that one.';

create function api.cancel_erasure()
returns jsonb
language sql
volatile
set search_path = ''
return private.cancel_erasure();

comment on function api.cancel_erasure() is
  'The caller keeps their account. Idempotent; once the erasure has begun: illegal_transition (409).';

create function api.read_erasure()
returns jsonb
language sql
stable
set search_path = ''
return private.read_erasure();

comment on function api.read_erasure() is 'How the caller''s latest erasure stands; none: not_found.';

create function api.begin_erasure(erasure_id uuid)
returns jsonb
language sql
volatile
set search_path = ''
return private.begin_erasure(erasure_id);

comment on function api.begin_erasure(uuid) is
  'Begins an erasure that is due, and ends what is under way for the person: {state, user_id}. state running: go on. Idempotent.';

create function api.erasure_files(erasure_id uuid, max integer default 100)
returns jsonb
language sql
stable
set search_path = ''
return private.erasure_files(erasure_id, max);

comment on function api.erasure_files(uuid, integer) is 'Up to `max` stored files of the person: [{bucket, path, size, created_at}].';

create function api.finish_erasure(erasure_id uuid)
returns jsonb
language sql
volatile
set search_path = ''
return private.finish_erasure(erasure_id);

comment on function api.finish_erasure(uuid) is
  'Erases what the database knows of a person whose files and Auth user are gone: {state: done}. Idempotent.';

grant execute on function private.request_erasure() to authenticated;
grant execute on function private.cancel_erasure() to authenticated;
grant execute on function private.read_erasure() to authenticated;
grant execute on function private.begin_erasure(uuid) to service_role;
grant execute on function private.erasure_files(uuid, integer) to service_role;
grant execute on function private.finish_erasure(uuid) to service_role;
grant execute on function api.request_erasure() to authenticated;
grant execute on function api.cancel_erasure() to authenticated;
grant execute on function api.read_erasure() to authenticated;
grant execute on function api.begin_erasure(uuid) to service_role;
grant execute on function api.erasure_files(uuid, integer) to service_role;
grant execute on function api.finish_erasure(uuid) to service_role;

create function private.wake_erasures()
returns void
language sql
volatile
set search_path = ''
begin atomic
  -- One job a day for as long as it takes: the dead of yesterday are tried again.
  select jobs.enqueue('account.erasure', jsonb_build_object('erasure_id', e.id),
    e.id || '/' || to_char(private.now() at time zone 'UTC', 'YYYY-MM-DD'))
  from private.account_erasures e
  where e.state in ('requested', 'running') and e.due_at <= private.now() order by e.due_at limit 100;
end;

comment on function private.wake_erasures() is 'Queues the erasures that are due or were not finished.';

select private.define_job('account-erasures', '*/10 * * * *', '10 minutes', 'select private.wake_erasures()');
select private.schedule_jobs();

select events.subscribe('account.erasure_requested', 'notices.send');
select events.subscribe('account.erasure_cancelled', 'notices.send');
