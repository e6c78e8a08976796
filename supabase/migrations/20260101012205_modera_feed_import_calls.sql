-- MODERA: asking for a feed import, and reading what became of it.

create function private.modera_feed_import_as_json(feed modera.feed_imports)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
  select jsonb_build_object('product', 'modera', 'import_id', feed.id, 'partner', p.code, 'path', feed.path, 'mode', case when feed.is_full then 'full' else 'partial' end,
    'status', feed.status, 'rows_read', feed.rows_read, 'rows_imported', feed.rows_imported, 'rows_refused', feed.rows_refused,
    'made_unavailable', feed.made_unavailable, 'created_at', feed.created_at, 'started_at', feed.started_at,
    'finished_at', feed.finished_at,
    'failure', case when feed.failure_code is not null
      then jsonb_build_object('code', feed.failure_code, 'message', feed.failure_message) end)
  from modera.partners p where p.id = feed.partner_id;
end;

comment on function private.modera_feed_import_as_json(modera.feed_imports) is 'An import as admins see it.';

create function private.modera_give_up_dead_imports()
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  given_up integer;
begin
  update modera.feed_imports f
  set status = 'failed', finished_at = private.now(), failure_code = 'import_interrupted',
    failure_message = 'The work was interrupted too often. What was imported stays; start the import again.'
  from jobs.queue q
  where f.status in ('queued', 'running') and q.kind = 'modera.feed-import' and q.dedupe_key = f.id::text and q.state = 'dead';
  get diagnostics given_up = row_count;
  return given_up;
end
$$;

comment on function private.modera_give_up_dead_imports() is
  'Fails the imports whose job is dead, so that the partner''s next feed can be imported, and returns their number.';

select private.define_job('modera-dead-imports', '*/10 * * * *', '10 minutes', 'select private.modera_give_up_dead_imports()');
select private.schedule_jobs();

create function private.modera_feed_file(partner text, path text)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  file jsonb;
begin
  if not coalesce(path ~* '\.(csv|json|jsonl|ndjson)$' and length(path) <= 1024, false) then
    perform private.raise_problem(415, 'unsupported_media_type', 'A feed is a .csv, .json, .jsonl or .ndjson file.', '{"field": "path"}');
  end if;
  if starts_with(path, partner || '/') then
    file := private.stored_file('modera-feeds', path);
  end if;
  if file is null then
    perform private.raise_problem(404, 'input_not_found', 'There is no such file in the partner''s folder of modera-feeds.', '{"field": "path"}');
  end if;
  return file;
end
$$;

comment on function private.modera_feed_file(text, text) is
  'What Storage knows of a partner''s feed, or a problem: unsupported_media_type, input_not_found.';

create function private.modera_start_feed_import(partner text, path text, mode text, key text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  named constant text := 'modera.feed/' || auth.uid() || '/' || modera_start_feed_import.key;
  request constant bytea := private.fingerprint(jsonb_build_array(partner, path, mode));
  owner modera.partners;
  feed modera.feed_imports;
  file jsonb;
begin
  -- GUARD
  perform private.require_admin('modera');
  perform private.require_key(modera_start_feed_import.key);
  if not coalesce(mode in ('full', 'partial'), false) then
    perform private.raise_problem(422, 'invalid_request', 'A feed is full or partial.', '{"field": "mode"}');
  end if;
  owner := private.modera_partner(partner);
  -- LOCK: one at a time asks for a partner's import.
  perform from modera.partners p where p.id = owner.id for no key update;
  select f.* into feed from modera.feed_imports f where f.key = named;
  if found then
    perform ledger.require_same(feed.fingerprint, request);
    return private.modera_feed_import_as_json(feed);
  end if;
  file := private.modera_feed_file(partner, path);
  perform private.modera_give_up_dead_imports();
  select f.* into feed from modera.feed_imports f where f.partner_id = owner.id and f.status in ('queued', 'running');
  if found then
    perform private.raise_problem(409, 'import_running', 'An import of this partner is not finished yet.',
      jsonb_build_object('import_id', feed.id));
  end if;

  -- WRITE
  insert into modera.feed_imports (partner_id, key, fingerprint, path, etag, format, is_full)
  values (owner.id, named, request, path, file ->> 'etag', case when path ~* '\.csv$' then 'csv' else 'json' end, mode = 'full')
  returning * into feed;
  perform jobs.enqueue('modera.feed-import', jsonb_build_object('import_id', feed.id), feed.id::text, max_attempts => 12);
  perform audit.record('feed.import_started', 'partner:' || partner, jsonb_build_object('product', 'modera', 'import_id', feed.id, 'path', path, 'mode', mode));
  return private.modera_feed_import_as_json(feed);
end
$$;

comment on function private.modera_start_feed_import(text, text, text, text) is
  'See modera.start_feed_import. Definer: imports and jobs are written by such functions alone; it asks for an admin.';

create function private.modera_feed_import(import_id uuid)
returns modera.feed_imports
language plpgsql
stable
set search_path = ''
as $$
declare
  feed modera.feed_imports;
begin
  select f.* into feed from modera.feed_imports f where f.id = import_id;
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no such import.');
  end if;
  return feed;
end
$$;

comment on function private.modera_feed_import(uuid) is 'An import, or not_found (404).';

create function private.modera_read_feed_import(import_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.require_admin('modera');
  return private.modera_feed_import_as_json(private.modera_feed_import(import_id));
end
$$;

comment on function private.modera_read_feed_import(uuid) is 'See modera.read_feed_import. Definer: imports are for admins, which it asks for.';

create function private.modera_list_feed_errors(import_id uuid, cursor text, page_size integer)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  size constant integer := least(greatest(coalesce(page_size, 100), 1), 500);
begin
  perform private.require_admin('modera');
  perform private.modera_feed_import(import_id);
  return (
    with page as (
      select e.id, e.line, e.field, e.code, e.message from modera.feed_import_errors e
      where e.import_id = modera_list_feed_errors.import_id and e.id > coalesce(cursor::bigint, 0)
      order by e.id limit size + 1
    )
    select jsonb_build_object(
      'errors', coalesce(jsonb_agg(to_jsonb(shown) - 'id' order by shown.id), '[]'),
      'next_cursor', case when (select count(*) from page) > size then max(shown.id)::text end)
    from (select * from page order by id limit size) shown
  );
end
$$;

comment on function private.modera_list_feed_errors(uuid, text, integer) is
  'See modera.list_feed_errors. Definer: imports are for admins, which it asks for.';

create function modera.start_feed_import(partner text, path text, mode text, key text)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_start_feed_import(partner, path, mode, key);

comment on function modera.start_feed_import(text, text, text, text) is
  'Begins to import a file of the partner''s folder in modera-feeds, once for each key; `mode` is full or partial. Answers as modera.read_feed_import does. While another of the partner''s is not finished: import_running. For admins.';

create function modera.read_feed_import(import_id uuid)
returns jsonb
language sql
stable
set search_path = ''
return private.modera_read_feed_import(import_id);

comment on function modera.read_feed_import(uuid) is
  'How an import stands: {import_id, partner, path, mode, status, rows_read, rows_imported, rows_refused, made_unavailable, failure, created_at, started_at, finished_at}. For admins.';

create function modera.list_feed_errors(import_id uuid, cursor text default null, page_size integer default 100)
returns jsonb
language sql
stable
set search_path = ''
return private.modera_list_feed_errors(import_id, cursor, page_size);

comment on function modera.list_feed_errors(uuid, text, integer) is
  'Why rows were refused, in the order of the file: {errors: [{line, field, code, message}], next_cursor}. For admins.';

grant execute on function private.modera_start_feed_import(text, text, text, text) to authenticated;
grant execute on function private.modera_read_feed_import(uuid) to authenticated;
grant execute on function private.modera_list_feed_errors(uuid, text, integer) to authenticated;
grant execute on function modera.start_feed_import(text, text, text, text) to authenticated;
grant execute on function modera.read_feed_import(uuid) to authenticated;
grant execute on function modera.list_feed_errors(uuid, text, integer) to authenticated;
