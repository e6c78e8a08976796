-- DTF Editor: uploading, listing, changing, deleting and downloading pictures.

create function private.dtf_image_answer(image dtf.images)
returns jsonb
language sql
stable
set search_path = ''
return jsonb_build_object(
  'image_id', image.id, 'filename', image.original_filename, 'status', image.processing_status, 'error', image.processing_error,
  'type', image.original_file_type, 'size', image.original_file_size, 'width', image.width, 'height', image.height,
  'has_alpha', image.has_alpha, 'dpi', image.dpi, 'print_width_cm', image.print_width_cm, 'print_height_cm', image.print_height_cm,
  'sha256', encode(image.sha256, 'hex'), 'is_favorite', image.is_favorite, 'download_count', image.download_count,
  'path', image.final_url, 'thumbnail_path', image.thumbnail_url,
  'created_at', image.created_at, 'expires_at', image.expires_at);

comment on function private.dtf_image_answer(dtf.images) is 'A picture as its owner is shown it.';

create function private.dtf_is_there(image dtf.images)
returns boolean
language sql
stable
set search_path = ''
return coalesce(image.expires_at > private.now(), true);

comment on function private.dtf_is_there(dtf.images) is 'Whether a picture is still shown: one whose time is over is not, deleted or not yet.';

create function private.dtf_lock_image(image_id uuid, owner uuid)
returns dtf.images
language plpgsql
volatile
set search_path = ''
as $$
declare
  image dtf.images;
begin
  select i.* into image from dtf.images i where i.id = image_id and i.user_id = owner for no key update;
  if not found or not private.dtf_is_there(image) then
    perform private.raise_problem(404, 'not_found', 'You have no picture with this id.', '{"field": "image_id"}');
  end if;
  return image;
end
$$;

comment on function private.dtf_lock_image(uuid, uuid) is
  'Locks a person''s picture until the transaction ends; another''s, or one whose time is over: not_found. Lock order: image, ledger account.';

create function private.dtf_reserve_image(filename text, file_size bigint, content_type text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  owner constant uuid := private.dtf_ensure_profile();
  terms constant dtf.plan_terms := private.dtf_terms(owner);
  image dtf.images;
begin
  -- GUARD
  if not coalesce(content_type in ('image/png', 'image/jpeg', 'image/webp', 'image/tiff', 'image/svg+xml'), false) then
    perform private.raise_problem(415, 'unsupported_media_type', 'A picture is PNG, JPEG, WebP, TIFF or SVG.', '{"field": "content_type"}');
  end if;
  if not coalesce(length(filename) between 1 and 255 and filename !~ '[\x01-\x1f\x7f/\\]', false) then
    perform private.raise_problem(422, 'invalid_request', 'A name has 1 to 255 characters and no slash.', '{"field": "filename"}');
  end if;
  if not coalesce(file_size > 0, false) then
    perform private.raise_problem(422, 'invalid_request', 'A file has at least one byte.', '{"field": "size"}');
  end if;
  if file_size > terms.max_file_bytes then
    perform private.raise_problem(413, 'payload_too_large', format('Your plan takes files of up to %s MB.', terms.max_file_bytes / 1048576),
      jsonb_build_object('field', 'size', 'max_bytes', terms.max_file_bytes));
  end if;
  -- LOCK: the person, so that reservations at once are counted.
  perform from dtf.users u where u.id = owner for no key update;
  if (select count(*) from dtf.images i where i.user_id = owner and private.dtf_is_there(i)) >= terms.max_pictures then
    perform private.raise_problem(409, 'too_many_pictures', format('Your plan keeps up to %s pictures. Delete one first.', terms.max_pictures),
      jsonb_build_object('max_pictures', terms.max_pictures));
  end if;

  -- WRITE: what is not confirmed within two hours was not uploaded.
  image.id := gen_random_uuid();
  insert into dtf.images (id, user_id, original_filename, original_url, expires_at)
  values (image.id, owner, filename, owner || '/' || image.id || '/original', private.now() + interval '2 hours')
  returning * into image;
  return private.dtf_image_answer(image) || jsonb_build_object('path', image.original_url);
end
$$;

comment on function private.dtf_reserve_image(text, bigint, text) is
  'See dtf.reserve_image. Definer: pictures are written by functions alone; the owner is auth.uid().';

create function private.dtf_uploaded_image(image_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  image constant dtf.images := private.dtf_lock_image(image_id, auth.uid());
  file constant jsonb := private.stored_file('dtf-images', image.original_url);
  terms constant dtf.plan_terms := private.dtf_terms(image.user_id);
begin
  if image.processing_status = 'pending' and file is null then
    perform private.raise_problem(409, 'input_not_found', 'The file is not in Storage yet.', '{"field": "image_id"}');
  end if;
  return jsonb_build_object('user_id', image.user_id, 'path', image.original_url, 'file', file, 'max_bytes', terms.max_file_bytes,
    'image', private.dtf_image_answer(image));
end
$$;

comment on function private.dtf_uploaded_image(uuid) is 'See dtf.uploaded_image. Definer: Storage''s rows are read for the caller''s own picture.';

create function private.dtf_delete_files(folder text)
returns void
language sql
volatile
set search_path = ''
begin atomic
  select jobs.enqueue('dtf.delete-files', jsonb_build_object('folder', folder), max_attempts => 12);
end;

comment on function private.dtf_delete_files(text) is 'Has the files of a picture deleted, by the folder <user>/<image>, or one of them by its path.';

create function private.dtf_confirm_image(image_id uuid, user_id uuid, etag text, facts jsonb)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  image dtf.images := private.dtf_lock_image(image_id, user_id);
  kept constant text := coalesce(facts ->> 'path', image.original_url);
begin
  if image.processing_status <> 'pending' then
    return private.dtf_image_answer(image);
  end if;
  if (private.stored_file('dtf-images', image.original_url) ->> 'etag') is distinct from etag then
    perform private.raise_problem(409, 'illegal_transition', 'The file was replaced while it was looked at. Confirm again.');
  end if;
  -- What was noted in the file, as the place where a photo was taken, is kept nowhere.
  if kept <> image.original_url then
    perform private.dtf_delete_files(image.original_url);
  end if;
  update dtf.images i set processing_status = 'completed', original_url = kept, final_url = kept,
    original_file_type = facts ->> 'type', original_file_size = (facts ->> 'size')::bigint,
    width = (facts ->> 'width')::integer, height = (facts ->> 'height')::integer, has_alpha = (facts ->> 'has_alpha')::boolean,
    dpi = coalesce((facts ->> 'dpi')::integer, i.dpi), sha256 = decode(facts ->> 'sha256', 'hex'),
    expires_at = i.created_at + (private.dtf_terms(i.user_id)).pictures_kept_for
  where i.id = image.id returning i.* into image;
  perform private.dtf_record_activity(user_id, 'upload', jsonb_build_object('image_id', image.id, 'size', image.original_file_size));
  perform jobs.enqueue('dtf.thumbnail', jsonb_build_object('image_id', image.id), image.id::text, max_attempts => 3);
  return private.dtf_image_answer(image);
end
$$;

comment on function private.dtf_confirm_image(uuid, uuid, text, jsonb) is
  'See dtf.confirm_image. Definer: see private.dtf_reserve_image.';

create function private.dtf_refuse_image(image_id uuid, user_id uuid, code text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  image dtf.images := private.dtf_lock_image(image_id, user_id);
begin
  if image.processing_status = 'pending' then
    update dtf.images i set processing_status = 'failed', processing_error = code, original_url = null
    where i.id = image.id returning i.* into image;
    perform private.dtf_delete_files(image.user_id || '/' || image.id);
  end if;
  return private.dtf_image_answer(image);
end
$$;

comment on function private.dtf_refuse_image(uuid, uuid, text) is 'See dtf.refuse_image. Definer: see private.dtf_reserve_image.';

create function private.dtf_own_images(before timestamptz, before_id uuid, page_size integer, favorite boolean, status text)
returns jsonb
language sql
stable
security definer
set search_path = ''
begin atomic
  select coalesce(jsonb_agg(private.dtf_image_answer(page) order by page.created_at desc, page.id desc), '[]')
  from (
    select i.* from dtf.images i
    where i.user_id = (select auth.uid()) and coalesce(i.expires_at > private.now(), true)
      and (before is null or (i.created_at, i.id) < (before, before_id))
      and (favorite is null or i.is_favorite = favorite)
      and (dtf_own_images.status is null or i.processing_status = dtf_own_images.status)
    order by i.created_at desc, i.id desc limit least(greatest(page_size, 1), 100)
  ) page;
end;

comment on function private.dtf_own_images(timestamptz, uuid, integer, boolean, text) is
  'See dtf.own_images. Definer: the form of the answer is the functions''; the owner is auth.uid().';

create function private.dtf_own_image(image_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  image dtf.images;
begin
  select i.* into image from dtf.images i where i.id = image_id and i.user_id = auth.uid();
  if not found or not private.dtf_is_there(image) then
    perform private.raise_problem(404, 'not_found', 'You have no picture with this id.', '{"field": "image_id"}');
  end if;
  return private.dtf_image_answer(image);
end
$$;

comment on function private.dtf_own_image(uuid) is 'See dtf.own_image. Definer: see private.dtf_own_images.';

create function private.dtf_change_image(image_id uuid, filename text, is_favorite boolean, dpi integer, print_width_cm numeric)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  image dtf.images := private.dtf_lock_image(image_id, auth.uid());
  resolution constant integer := coalesce(dpi, round(image.width * 2.54 / nullif(print_width_cm, 0))::integer, image.dpi);
begin
  if resolution not between 36 and 2400 then
    perform private.raise_problem(422, 'invalid_request', 'A print has from 36 to 2400 pixels per inch.',
      jsonb_build_object('field', case when dpi is null then 'print_width_cm' else 'dpi' end));
  end if;
  update dtf.images i set original_filename = coalesce(filename, i.original_filename),
    is_favorite = coalesce(dtf_change_image.is_favorite, i.is_favorite), dpi = resolution
  where i.id = image.id returning i.* into image;
  return private.dtf_image_answer(image);
end
$$;

comment on function private.dtf_change_image(uuid, text, boolean, integer, numeric) is 'See dtf.change_image. Definer: see private.dtf_own_images.';

create function private.dtf_delete_image(image_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  image dtf.images;
begin
  select i.* into image from dtf.images i where i.id = image_id and i.user_id = auth.uid() for update;
  if not found then
    perform private.raise_problem(404, 'not_found', 'You have no picture with this id.', '{"field": "image_id"}');
  end if;
  if image.processing_status = 'processing' or exists (
    select from dtf.image_operations o where o.image_id = image.id and o.status in ('pending', 'processing')
  ) then
    perform private.raise_problem(409, 'illegal_transition', 'Something is being done to the picture. Wait for its end.',
      '{"field": "image_id", "state": "processing"}');
  end if;
  delete from dtf.images i where i.id = image.id;
  perform private.dtf_delete_files(image.user_id || '/' || image.id);
  perform private.dtf_record_activity(image.user_id, 'delete', jsonb_build_object('image_id', image.id));
  return jsonb_build_object('image_id', image.id, 'deleted', true);
end
$$;

comment on function private.dtf_delete_image(uuid) is 'See dtf.delete_image. Definer: see private.dtf_reserve_image.';

create function private.dtf_open_download(image_id uuid, dpi integer)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  image dtf.images := private.dtf_lock_image(image_id, auth.uid());
begin
  if image.final_url is null then
    perform private.raise_problem(409, 'illegal_transition', 'There is no file to download.',
      jsonb_build_object('field', 'image_id', 'state', image.processing_status));
  end if;
  update dtf.images i set download_count = i.download_count + 1, dpi = coalesce(dtf_open_download.dpi, i.dpi)
  where i.id = image.id returning i.* into image;
  perform private.dtf_record_activity(image.user_id, 'download', jsonb_build_object('image_id', image.id));
  return private.dtf_image_answer(image) || jsonb_build_object('folder', image.user_id || '/' || image.id,
    'stored_type', private.stored_file('dtf-images', image.final_url) ->> 'mimetype');
end
$$;

comment on function private.dtf_open_download(uuid, integer) is 'See dtf.open_download. Definer: see private.dtf_own_images.';

create function private.dtf_picture_file(image_id uuid)
returns jsonb
language sql
stable
security definer
set search_path = ''
begin atomic
  select jsonb_build_object('user_id', i.user_id, 'path', i.final_url, 'type', i.original_file_type, 'width', i.width, 'height', i.height,
    'folder', i.user_id || '/' || i.id)
  from dtf.images i where i.id = dtf_picture_file.image_id and i.final_url is not null;
end;

comment on function private.dtf_picture_file(uuid) is 'See dtf.picture_file. Definer: reads any picture, for the service.';

create function private.dtf_keep_thumbnail(image_id uuid, path text)
returns void
language sql
volatile
security definer
set search_path = ''
begin atomic
  update dtf.images i set thumbnail_url = path where i.id = dtf_keep_thumbnail.image_id;
end;

comment on function private.dtf_keep_thumbnail(uuid, text) is 'See dtf.keep_thumbnail. Definer: see private.dtf_reserve_image.';

create function private.dtf_files_of(folder text, max integer)
returns jsonb
language sql
stable
security definer
set search_path = ''
begin atomic
  select coalesce(jsonb_agg(jsonb_build_object('bucket', found.bucket_id, 'path', found.name)), '[]')
  from (
    select o.bucket_id, o.name from storage.objects o
    where o.bucket_id = 'dtf-images' and (o.name = folder or starts_with(o.name, folder || '/')) order by o.name limit max
  ) found;
end;

comment on function private.dtf_files_of(text, integer) is 'See dtf.files_of. Definer: reads Storage''s rows for the service.';
