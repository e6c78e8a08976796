-- MODERA: partners' feeds: where the files are, and what became of each import.

insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types) values
  ('modera-feeds', 'modera-feeds', false, 52428800,
    array['text/csv', 'application/json', 'application/x-ndjson', 'application/jsonl', 'application/vnd.ms-excel', 'text/plain'])
on conflict (id) do update set
  public = excluded.public, file_size_limit = excluded.file_size_limit, allowed_mime_types = excluded.allowed_mime_types;

create function private.modera_is_admin()
returns boolean
language sql
stable
set search_path = ''
return private.is_admin('modera');

comment on function private.modera_is_admin() is 'Whether the caller administers MODERA; for policies, which ask it once a query.';

grant execute on function private.modera_is_admin() to authenticated, service_role;

create policy modera_feeds_read_admin on storage.objects for select to authenticated
  using (bucket_id = 'modera-feeds' and (select private.modera_is_admin()));
create policy modera_feeds_insert_admin on storage.objects for insert to authenticated
  with check (bucket_id = 'modera-feeds' and (select private.modera_is_admin()));
create policy modera_feeds_delete_admin on storage.objects for delete to authenticated
  using (bucket_id = 'modera-feeds' and (select private.modera_is_admin()));

create table modera.feed_imports (
  id uuid primary key default gen_random_uuid(),
  partner_id uuid not null references modera.partners (id),
  key text not null unique check (length(key) between 1 and 300),
  fingerprint bytea not null,
  path text not null check (path ~ '^[a-z][a-z0-9-]{1,31}/[^/]' and length(path) <= 1024),
  etag text not null,
  format text not null check (format in ('csv', 'json')),
  is_full boolean not null,
  status text not null default 'queued' check (status in ('queued', 'running', 'completed', 'failed')),
  rows_read integer not null default 0,
  rows_imported integer not null default 0,
  rows_refused integer not null default 0,
  made_unavailable integer not null default 0 check (made_unavailable >= 0),
  failure_code text,
  failure_message text,
  created_at timestamptz not null default private.now(),
  started_at timestamptz,
  finished_at timestamptz,
  constraint feed_imports_counts check (rows_imported >= 0 and rows_refused >= 0 and rows_read = rows_imported + rows_refused),
  constraint feed_imports_end check ((status in ('completed', 'failed')) = (finished_at is not null)),
  constraint feed_imports_failed_why check ((status = 'failed') = (failure_code is not null))
);

create index feed_imports_of_partner on modera.feed_imports (partner_id, created_at desc);
-- A full feed says what a partner no longer has: two at a time would contradict each other.
create unique index feed_imports_one_at_a_time on modera.feed_imports (partner_id) where status in ('queued', 'running');

alter table modera.feed_imports enable row level security;

create policy closed on modera.feed_imports for all to anon, authenticated using (false) with check (false);

insert into private.transitions (machine, from_state, to_state) values
  ('modera.feed_imports.status', 'queued', 'running'),
  ('modera.feed_imports.status', 'queued', 'failed'),
  ('modera.feed_imports.status', 'running', 'completed'),
  ('modera.feed_imports.status', 'running', 'failed');

create trigger feed_imports_move_legally before update of status on modera.feed_imports
  for each row execute function private.guard_transition('status');

comment on table modera.feed_imports is
  'Imports of feeds, one at a time for each partner. Written and read through the functions of feed imports alone.';
comment on column modera.feed_imports.key is 'The idempotency key it was asked for with, below the id of who asked.';
comment on column modera.feed_imports.path is 'In the bucket modera-feeds, in the partner''s folder.';
comment on column modera.feed_imports.etag is 'Of the file that was there when the import was asked for; another is not imported.';
comment on column modera.feed_imports.format is 'json: one array of objects, or an object a line.';
comment on column modera.feed_imports.is_full is 'True: what the feed does not have becomes unavailable.';
comment on column modera.feed_imports.rows_read is 'Rows done, in the order of the file: where an interrupted import goes on.';

create table modera.feed_import_errors (
  id bigint generated always as identity primary key,
  import_id uuid not null references modera.feed_imports (id) on delete cascade,
  line integer not null check (line > 0),
  field text not null check (length(field) <= 100),
  code text not null check (code ~ '^[a-z_]{1,50}$'),
  message text not null check (length(message) <= 500)
);

create index feed_import_errors_of_import on modera.feed_import_errors (import_id, id);

alter table modera.feed_import_errors enable row level security;

create policy closed on modera.feed_import_errors for all to anon, authenticated using (false) with check (false);

comment on table modera.feed_import_errors is 'Why rows of a feed were refused: a row for each field that was wrong.';
comment on column modera.feed_import_errors.line is 'Where the row begins in the file; the first line is 1.';
comment on column modera.feed_import_errors.field is 'The column, or empty for the row as a whole.';
