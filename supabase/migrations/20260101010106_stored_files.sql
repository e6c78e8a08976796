-- What Storage knows of a stored file.

create function private.stored_file(bucket text, path text)
returns jsonb
language sql
stable
security definer
set search_path = ''
begin atomic
  select jsonb_build_object(
    'object_id', o.id,
    'etag', coalesce(o.metadata ->> 'eTag', ''),
    'size', coalesce((o.metadata ->> 'size')::bigint, 0),
    'mimetype', coalesce(o.metadata ->> 'mimetype', ''))
  from storage.objects o
  where o.bucket_id = bucket and o.name = path;
end;

comment on function private.stored_file(text, text) is
  'What Storage knows of a file: {object_id, etag, size, mimetype}, or null. Definer: callers'' policies must not decide whether an object exists.';
