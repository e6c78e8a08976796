-- Exports: everything about a person as an archive, made by a job, kept for seven days.

create type private.export_state as enum ('queued', 'ready', 'failed', 'deleted');
comment on type private.export_state is 'queued: being made. deleted: its time is over.';

insert into private.transitions (machine, from_state, to_state) values
  ('private.account_exports.state', 'queued', 'ready'),
  ('private.account_exports.state', 'queued', 'failed'),
  ('private.account_exports.state', 'ready', 'deleted');

create table private.account_exports (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  key text not null,
  state private.export_state not null default 'queued',
  size bigint check (size >= 0),
  failure text,
  created_at timestamptz not null default private.now(),
  ready_at timestamptz,
  expires_at timestamptz,
  unique (user_id, key),
  constraint exports_ready check ((state in ('ready', 'deleted')) = (ready_at is not null and expires_at is not null and size is not null)),
  constraint exports_failed check ((state = 'failed') = (failure is not null))
);

create unique index account_exports_open on private.account_exports (user_id) where state = 'queued';
create index account_exports_due on private.account_exports (expires_at) where state = 'ready';

alter table private.account_exports enable row level security;

create policy closed on private.account_exports for all to anon, authenticated using (false) with check (false);

create trigger account_exports_move_legally before update of state on private.account_exports
  for each row execute function private.guard_transition('state');

comment on table private.account_exports is
  'Exports that people asked for, one at a time each. The archive is in the bucket account-exports as <user>/<id>.zip.';
comment on column private.account_exports.size is 'Bytes of the archive.';
comment on column private.account_exports.failure is 'Why there is no archive, for people.';

insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types) values
  ('account-exports', 'account-exports', false, 2147483648, array['application/zip'])
on conflict (id) do update set
  public = excluded.public, file_size_limit = excluded.file_size_limit, allowed_mime_types = excluded.allowed_mime_types;

create function private.export_answer(export private.account_exports, replayed boolean default false)
returns jsonb
language sql
stable
set search_path = ''
return jsonb_build_object(
  'export_id', export.id,
  'state', case when export.state = 'ready' and export.expires_at <= private.now() then 'deleted' else export.state::text end,
  'path', case when export.state = 'ready' and export.expires_at > private.now() then format('%s/%s.zip', export.user_id, export.id) end,
  'size', export.size, 'failure', export.failure, 'created_at', export.created_at, 'ready_at', export.ready_at,
  'expires_at', export.expires_at, 'replayed', replayed);

comment on function private.export_answer(private.account_exports, boolean) is
  'How an export stands: {export_id, state, path, size, failure, created_at, ready_at, expires_at, replayed}.';

create function private.request_export(key text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  caller constant uuid := auth.uid();
  export private.account_exports;
begin
  -- GUARD
  if caller is null then
    perform private.raise_problem(401, 'unauthorized', 'Sign in to export your data.');
  end if;
  perform private.require_key(key);

  -- WRITE: one is open at a time, and one stands for a key.
  insert into private.account_exports (user_id, key)
  select u.id, request_export.key from auth.users u where u.id = caller
  on conflict do nothing returning * into export;
  if found then
    perform jobs.enqueue('account.export', jsonb_build_object('export_id', export.id), export.id::text);
    perform audit.record('account.exported', 'export:' || export.id);
    return private.export_answer(export);
  end if;
  select e.* into export from private.account_exports e where e.user_id = caller and e.key = request_export.key;
  if found then
    return private.export_answer(export, true);
  end if;
  select e.* into export from private.account_exports e where e.user_id = caller and e.state = 'queued';
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no such user any more.');
  end if;
  perform private.raise_problem(409, 'export_in_progress', 'An export is being made already.', jsonb_build_object('export_id', export.id));
end
$$;

comment on function private.request_export(text) is
  'See api.request_export. Definer: exports are written by functions alone; the person is auth.uid().';

create function private.read_export(export_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  export private.account_exports;
begin
  select e.* into export from private.account_exports e where e.id = export_id and e.user_id = auth.uid();
  if not found then
    perform private.raise_problem(404, 'not_found', 'You have no export with this id.');
  end if;
  return private.export_answer(export);
end
$$;

comment on function private.read_export(uuid) is 'See api.read_export. Definer: see private.request_export.';

create function private.export_scope(export_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  export private.account_exports;
begin
  select e.* into export from private.account_exports e where e.id = export_id;
  if not found then
    -- Its person was erased while it waited.
    return jsonb_build_object('state', 'deleted');
  end if;
  return jsonb_build_object('state', export.state, 'path', format('%s/%s.zip', export.user_id, export.id), 'sections', (
    select jsonb_agg(jsonb_build_object('name', d.exported_as, 'table', d.table_name) order by d.exported_as)
    from private.personal_data d where d.exported_as is not null));
end
$$;

comment on function private.export_scope(uuid) is 'See api.export_scope. Definer: reads for the service what no role reads.';

create function private.export_rows(export_id uuid, table_name text, page_size integer, skip integer)
returns jsonb
language sql
stable
security definer
set search_path = ''
begin atomic
  select private.personal_rows(export_rows.table_name, e.user_id, page_size, skip)
  from private.account_exports e where e.id = export_rows.export_id and e.state = 'queued';
end;

comment on function private.export_rows(uuid, text, integer, integer) is 'See api.export_rows. Definer: reads everybody''s rows, for the service.';

create function private.export_files(export_id uuid, after_bucket text, after_path text, max integer)
returns jsonb
language sql
stable
security definer
set search_path = ''
begin atomic
  select private.personal_objects(e.user_id, max, '{exported}', after_bucket, after_path)
  from private.account_exports e where e.id = export_files.export_id and e.state = 'queued';
end;

comment on function private.export_files(uuid, text, text, integer) is 'See api.export_files. Definer: reads Storage''s rows for the service.';

create function private.conclude_export(export_id uuid, size bigint, failure text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  export private.account_exports;
begin
  update private.account_exports e set
    state = case when conclude_export.failure is null then 'ready' else 'failed' end::private.export_state,
    size = conclude_export.size, failure = conclude_export.failure,
    ready_at = case when conclude_export.failure is null then private.now() end,
    expires_at = case when conclude_export.failure is null then private.now() + interval '7 days' end
  where e.id = export_id and e.state = 'queued' returning e.* into export;
  if found then
    perform private.publish_about(export.user_id, case when failure is null then 'account.export_ready' else 'account.export_failed' end,
      jsonb_build_object('export_id', export.id, 'expires_at', export.expires_at), 'account.export:' || export.id);
  end if;
  return jsonb_build_object('concluded', found);
end
$$;

comment on function private.conclude_export(uuid, bigint, text) is 'See api.conclude_export. Definer: see private.request_export.';

create function private.due_exports(max integer)
returns jsonb
language sql
stable
security definer
set search_path = ''
begin atomic
  select coalesce(jsonb_agg(jsonb_build_object('export_id', d.id, 'path', format('%s/%s.zip', d.user_id, d.id))), '[]')
  from (
    select e.id, e.user_id from private.account_exports e
    where e.state = 'ready' and e.expires_at <= private.now() order by e.expires_at limit max
  ) d;
end;

comment on function private.due_exports(integer) is 'See api.due_exports. Definer: see private.request_export.';

create function private.drop_export(export_id uuid)
returns void
language sql
volatile
security definer
set search_path = ''
begin atomic
  update private.account_exports e set state = 'deleted' where e.id = drop_export.export_id and e.state = 'ready';
end;

comment on function private.drop_export(uuid) is 'See api.drop_export. Definer: see private.request_export.';

create function api.request_export(key text)
returns jsonb
language sql
volatile
set search_path = ''
return private.request_export(key);

comment on function api.request_export(text) is
  'The caller asks for everything about them, once for each key: {export_id, state, path, size, failure, created_at, ready_at, expires_at, replayed}. While another is being made: export_in_progress (409).';

create function api.read_export(export_id uuid)
returns jsonb
language sql
stable
set search_path = ''
return private.read_export(export_id);

comment on function api.read_export(uuid) is
  'How an export of the caller stands: see api.request_export. state: queued, ready (path names the archive in account-exports until expires_at), failed, deleted.';

create function api.export_scope(export_id uuid)
returns jsonb
language sql
stable
set search_path = ''
return private.export_scope(export_id);

comment on function api.export_scope(uuid) is 'What an export is made of: {state, path, sections: [{name, table}]}.';

create function api.export_rows(export_id uuid, table_name text, page_size integer, skip integer)
returns jsonb
language sql
stable
set search_path = ''
return private.export_rows(export_id, table_name, page_size, skip);

comment on function api.export_rows(uuid, text, integer, integer) is 'A page of the rows of one section; null when the export is not being made.';

create function api.export_files(export_id uuid, after_bucket text, after_path text, max integer)
returns jsonb
language sql
stable
set search_path = ''
return private.export_files(export_id, after_bucket, after_path, max);

comment on function api.export_files(uuid, text, text, integer) is
  'Up to `max` files that belong into an export, after the given one: [{bucket, path, size, created_at}]; null when it is not being made.';

create function api.conclude_export(export_id uuid, size bigint default null, failure text default null)
returns jsonb
language sql
volatile
set search_path = ''
return private.conclude_export(export_id, size, failure);

comment on function api.conclude_export(uuid, bigint, text) is
  'The archive of `size` bytes is in Storage, for seven days; or there will be none, because of `failure`: {concluded}. Once.';

create function api.due_exports(max integer default 100)
returns jsonb
language sql
stable
set search_path = ''
return private.due_exports(max);

comment on function api.due_exports(integer) is 'Exports past their time, whose archives are to be deleted: [{export_id, path}].';

create function api.drop_export(export_id uuid)
returns void
language sql
volatile
set search_path = ''
return private.drop_export(export_id);

comment on function api.drop_export(uuid) is 'The archive of an export is gone. Idempotent.';

grant execute on function private.request_export(text) to authenticated;
grant execute on function private.read_export(uuid) to authenticated;
grant execute on function private.export_scope(uuid) to service_role;
grant execute on function private.export_rows(uuid, text, integer, integer) to service_role;
grant execute on function private.export_files(uuid, text, text, integer) to service_role;
grant execute on function private.conclude_export(uuid, bigint, text) to service_role;
grant execute on function private.due_exports(integer) to service_role;
grant execute on function private.drop_export(uuid) to service_role;
grant execute on function api.request_export(text) to authenticated;
grant execute on function api.read_export(uuid) to authenticated;
grant execute on function api.export_scope(uuid) to service_role;
grant execute on function api.export_rows(uuid, text, integer, integer) to service_role;
grant execute on function api.export_files(uuid, text, text, integer) to service_role;
grant execute on function api.conclude_export(uuid, bigint, text) to service_role;
grant execute on function api.due_exports(integer) to service_role;
grant execute on function api.drop_export(uuid) to service_role;

create function private.sweep_exports()
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  if exists (select from private.account_exports e where e.state = 'ready' and e.expires_at <= private.now()) then
    perform jobs.enqueue('account.export-expiry', '{}', to_char(private.now() at time zone 'UTC', 'YYYY-MM-DD HH24'));
  end if;
  -- A job that died leaves nobody waiting.
  perform private.conclude_export(e.id, null, 'It could not be made. Please ask again.')
  from private.account_exports e join jobs.queue q on q.kind = 'account.export' and q.dedupe_key = e.id::text
  where e.state = 'queued' and q.state = 'dead';
end
$$;

comment on function private.sweep_exports() is
  'Hourly: has archives past their time deleted, and fails exports whose job is dead.';

select private.define_job('account-exports', '23 * * * *', '1 hour', 'select private.sweep_exports()');

select events.subscribe('account.export_ready', 'notices.send');
select events.subscribe('account.export_failed', 'notices.send');
