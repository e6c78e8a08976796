-- DTF Editor: what callers may do with pictures.

create function dtf.reserve_image(filename text, file_size bigint, content_type text)
returns jsonb
language sql
volatile
set search_path = ''
return private.dtf_reserve_image(filename, file_size, content_type);

comment on function dtf.reserve_image(text, bigint, text) is
  'Makes room for a picture of the caller, within their plan, for two hours: its answer with `path`, where the file goes. too_many_pictures, payload_too_large, unsupported_media_type.';

create function dtf.uploaded_image(image_id uuid)
returns jsonb
language sql
volatile
set search_path = ''
return private.dtf_uploaded_image(image_id);

comment on function dtf.uploaded_image(uuid) is
  'What is in Storage for a picture that the caller reserved: {user_id, path, file, max_bytes, image}; nothing yet: input_not_found (409).';

create function dtf.confirm_image(image_id uuid, user_id uuid, etag text, facts jsonb)
returns jsonb
language sql
volatile
set search_path = ''
return private.dtf_confirm_image(image_id, user_id, etag, facts);

comment on function dtf.confirm_image(uuid, uuid, text, jsonb) is
  'Records what a function read from the uploaded file, whose etag must still be this: {type, size, width, height, has_alpha, dpi, sha256}, and `path` when another file takes its place. Once; a repetition answers the same. Service only.';

create function dtf.refuse_image(image_id uuid, user_id uuid, code text)
returns jsonb
language sql
volatile
set search_path = ''
return private.dtf_refuse_image(image_id, user_id, code);

comment on function dtf.refuse_image(uuid, uuid, text) is
  'Records that the uploaded file is no picture that is taken, and has it deleted. Idempotent. Service only.';

create function dtf.own_images(before timestamptz, before_id uuid, page_size integer, favorite boolean, status text)
returns jsonb
language sql
stable
set search_path = ''
return private.dtf_own_images(before, before_id, page_size, favorite, status);

comment on function dtf.own_images(timestamptz, uuid, integer, boolean, text) is 'A page of the caller''s pictures, newest first; nulls do not filter.';

create function dtf.own_image(image_id uuid)
returns jsonb
language sql
stable
set search_path = ''
return private.dtf_own_image(image_id);

comment on function dtf.own_image(uuid) is 'One of the caller''s pictures; another''s: not_found.';

create function dtf.change_image(image_id uuid, filename text, is_favorite boolean, dpi integer, print_width_cm numeric)
returns jsonb
language sql
volatile
set search_path = ''
return private.dtf_change_image(image_id, filename, is_favorite, dpi, print_width_cm);

comment on function dtf.change_image(uuid, text, boolean, integer, numeric) is
  'Renames, marks, or sets how large one of the caller''s pictures is printed (by dpi, else by width in cm); nulls leave as it is.';

create function dtf.delete_image(image_id uuid)
returns jsonb
language sql
volatile
set search_path = ''
return private.dtf_delete_image(image_id);

comment on function dtf.delete_image(uuid) is
  'Deletes one of the caller''s pictures with its operations, places in collections and files (by a job); one that is worked on: illegal_transition (409).';

create function dtf.open_download(image_id uuid, dpi integer)
returns jsonb
language sql
volatile
set search_path = ''
return private.dtf_open_download(image_id, dpi);

comment on function dtf.open_download(uuid, integer) is
  'Counts a download of one of the caller''s pictures and keeps the resolution of the print: its answer with `folder` and `stored_type`.';

create function dtf.picture_file(image_id uuid)
returns jsonb
language sql
stable
set search_path = ''
return private.dtf_picture_file(image_id);

comment on function dtf.picture_file(uuid) is 'Where the file of a picture is: {user_id, path, type, width, height, folder}; null when there is none. Service only.';

create function dtf.keep_thumbnail(image_id uuid, path text)
returns void
language sql
volatile
set search_path = ''
return private.dtf_keep_thumbnail(image_id, path);

comment on function dtf.keep_thumbnail(uuid, text) is 'Records where the small picture of a picture is. Service only.';

create function dtf.files_of(folder text, max integer default 100)
returns jsonb
language sql
stable
set search_path = ''
return private.dtf_files_of(folder, max);

comment on function dtf.files_of(text, integer) is 'Up to `max` files in a picture''s folder, or the one of that path: [{bucket, path}]. Service only.';

grant execute on function private.dtf_reserve_image(text, bigint, text), dtf.reserve_image(text, bigint, text),
  private.dtf_uploaded_image(uuid), dtf.uploaded_image(uuid),
  private.dtf_own_images(timestamptz, uuid, integer, boolean, text), dtf.own_images(timestamptz, uuid, integer, boolean, text),
  private.dtf_own_image(uuid), dtf.own_image(uuid),
  private.dtf_change_image(uuid, text, boolean, integer, numeric), dtf.change_image(uuid, text, boolean, integer, numeric),
  private.dtf_delete_image(uuid), dtf.delete_image(uuid),
  private.dtf_open_download(uuid, integer), dtf.open_download(uuid, integer) to authenticated;
grant execute on function private.dtf_confirm_image(uuid, uuid, text, jsonb), dtf.confirm_image(uuid, uuid, text, jsonb),
  private.dtf_refuse_image(uuid, uuid, text), dtf.refuse_image(uuid, uuid, text),
  private.dtf_picture_file(uuid), dtf.picture_file(uuid), private.dtf_keep_thumbnail(uuid, text), dtf.keep_thumbnail(uuid, text),
  private.dtf_files_of(text, integer), dtf.files_of(text, integer) to service_role;
