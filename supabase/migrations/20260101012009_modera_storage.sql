-- MODERA: where pictures are. Nothing is public; people reach their own folder, named by their Auth id.
-- Adding to it takes consent: the policy for that is where consent is.

insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types) values
  ('modera-inputs', 'modera-inputs', false, 10485760, array['image/png', 'image/jpeg', 'image/webp']),
  ('modera-results', 'modera-results', false, 20971520, array['image/png', 'image/jpeg', 'image/webp'])
on conflict (id) do update set
  public = excluded.public, file_size_limit = excluded.file_size_limit, allowed_mime_types = excluded.allowed_mime_types;

create policy modera_inputs_read_own on storage.objects for select to authenticated
  using (bucket_id = 'modera-inputs' and (storage.foldername(name))[1] = (select auth.uid())::text);
create policy modera_inputs_delete_own on storage.objects for delete to authenticated
  using (bucket_id = 'modera-inputs' and (storage.foldername(name))[1] = (select auth.uid())::text);
create policy modera_results_read_own on storage.objects for select to authenticated
  using (bucket_id = 'modera-results' and (storage.foldername(name))[1] = (select auth.uid())::text);

create function private.modera_input(owner uuid, path text, field text)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  picture jsonb;
  limit_mb constant integer := private.modera_number_setting('max_image_size_mb', 10);
  named constant jsonb := jsonb_build_object('field', field);
begin
  if path is null or length(path) > 1024 then
    perform private.raise_problem(422, 'invalid_request', 'Name the stored picture by its path.', named);
  end if;
  -- Another's picture and a missing one are told in the same words.
  if starts_with(path, owner::text || '/') then
    picture := private.stored_file('modera-inputs', path);
  end if;
  if picture is null then
    perform private.raise_problem(404, 'input_not_found', 'There is no such picture in your folder of modera-inputs.', named);
  end if;
  if (picture ->> 'size')::bigint > limit_mb * 1048576::bigint then
    perform private.raise_problem(413, 'payload_too_large', format('A picture may have %s MB.', limit_mb),
      named || jsonb_build_object('max_image_size_mb', limit_mb));
  end if;
  if picture ->> 'mimetype' not in ('image/png', 'image/jpeg', 'image/webp') then
    perform private.raise_problem(415, 'unsupported_media_type', 'A picture is PNG, JPEG or WebP.', named);
  end if;
  return picture;
end
$$;

comment on function private.modera_input(uuid, text, text) is
  'The picture that `owner` names as input, or a problem that names `field`: input_not_found, payload_too_large, unsupported_media_type.';
