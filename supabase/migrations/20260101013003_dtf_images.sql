-- DTF Editor: pictures, and what was done to them. Files are in the bucket dtf-images; the columns named *_url hold their paths.

create table dtf.images (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references dtf.users (id),
  original_filename text not null,
  original_file_size bigint check (original_file_size > 0),
  original_file_type text check (original_file_type in ('image/png', 'image/jpeg', 'image/webp', 'image/tiff', 'image/svg+xml')),
  original_url text,
  processed_url text,
  thumbnail_url text,
  final_url text,
  sha256 bytea check (length(sha256) = 32),
  width integer check (width > 0),
  height integer check (height > 0),
  has_alpha boolean,
  dpi integer not null default 300 check (dpi between 36 and 2400),
  print_width_cm numeric(10, 2) generated always as (round(width * 2.54 / dpi, 2)) stored,
  print_height_cm numeric(10, 2) generated always as (round(height * 2.54 / dpi, 2)) stored,
  processing_status text not null default 'pending'
    check (processing_status in ('pending', 'processing', 'completed', 'failed')),
  processing_error text check (processing_error ~ '^[a-z][a-z0-9_]{0,63}$'),
  is_favorite boolean not null default false,
  download_count bigint not null default 0 check (download_count >= 0),
  metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object' and length(metadata::text) <= 16384),
  expires_at timestamptz,
  created_at timestamptz not null default private.now(),
  updated_at timestamptz not null default private.now(),
  unique (id, user_id),
  constraint images_name check (length(original_filename) between 1 and 255 and original_filename !~ '[\x01-\x1f\x7f/\\]'),
  constraint images_files_are_the_owners check (
    starts_with(original_url, user_id::text || '/') and starts_with(processed_url, user_id::text || '/')
    and starts_with(thumbnail_url, user_id::text || '/') and starts_with(final_url, user_id::text || '/')),
  constraint images_failure check (processing_status = 'failed' or processing_error is null),
  constraint images_are_known check (processing_status <> 'completed' or final_url is not null)
);

create index images_of_user on dtf.images (user_id, created_at desc);
create index images_by_status on dtf.images (processing_status, created_at) where processing_status in ('pending', 'processing');
create index images_by_expiry on dtf.images (expires_at) where expires_at is not null;

alter table dtf.images enable row level security;

create policy images_read_own on dtf.images for select to authenticated
  using (user_id = (select auth.uid()));
create policy images_update_own on dtf.images for update to authenticated
  using (user_id = (select auth.uid()))
  with check (user_id = (select auth.uid()));

grant select on dtf.images to authenticated, service_role;
grant update (original_filename, is_favorite, dpi) on dtf.images to authenticated;

create trigger update_images_updated_at before update on dtf.images
  for each row execute function dtf.update_updated_at_column();
create trigger images_move_legally before update of processing_status on dtf.images
  for each row execute function private.guard_transition('processing_status');

insert into private.transitions (machine, from_state, to_state) values
  ('dtf.images.processing_status', 'pending', 'processing'),
  ('dtf.images.processing_status', 'pending', 'completed'),
  ('dtf.images.processing_status', 'pending', 'failed'),
  ('dtf.images.processing_status', 'processing', 'completed'),
  ('dtf.images.processing_status', 'processing', 'failed'),
  -- Another operation on it.
  ('dtf.images.processing_status', 'completed', 'processing'),
  ('dtf.images.processing_status', 'failed', 'processing');

comment on table dtf.images is
  'Pictures. Rows are made by private.dtf_reserve_image (an upload) and by the operation generate; owners rename, mark and set the print''s resolution, column by column.';
comment on column dtf.images.original_filename is 'What the person calls it; theirs to change. No file is named by it.';
comment on column dtf.images.original_file_type is 'What the first bytes say, not what was claimed.';
comment on column dtf.images.original_url is 'Path of what was uploaded, without what a camera noted in it; null for a picture that was generated.';
comment on column dtf.images.processed_url is 'Path of what the latest operation made of it.';
comment on column dtf.images.thumbnail_url is 'Path of a small picture of it; null until the engine has made one.';
comment on column dtf.images.final_url is 'Path of what is downloaded: the latest result, else the original. The next operation begins with it.';
comment on column dtf.images.sha256 is 'Of the uploaded file: the same one is found again.';
comment on column dtf.images.width is 'Of final_url, in pixels; that of an SVG is its size in CSS pixels.';
comment on column dtf.images.dpi is 'The resolution that it is to be printed at, in pixels per inch; the print''s size in cm follows from it.';
comment on column dtf.images.processing_status is
  'pending: a file is expected. processing: an operation is under way. completed: it can be downloaded. failed: processing_error says why.';
comment on column dtf.images.expires_at is 'From then on it is deleted with its files; readers do not show it any more. By the plan at upload.';

create table dtf.image_operations (
  id uuid primary key default gen_random_uuid(),
  image_id uuid not null,
  user_id uuid not null references dtf.users (id),
  chain_id uuid not null default gen_random_uuid(),
  position smallint not null default 1 check (position between 1 and 10),
  operation_type text not null check (operation_type in
    ('upscale', 'background_removal', 'vectorize', 'generate', 'halftone', 'color_knockout', 'underbase')),
  api_provider text check (api_provider ~ '^[a-z][a-z0-9_-]{1,31}$'),
  status text not null default 'pending' check (status in ('pending', 'processing', 'completed', 'failed')),
  progress smallint not null default 0 check (progress between 0 and 100),
  input_data jsonb not null default '{}' check (jsonb_typeof(input_data) = 'object' and length(input_data::text) <= 16384),
  output_data jsonb check (jsonb_typeof(output_data) = 'object' and length(output_data::text) <= 16384),
  result_url text check (starts_with(result_url, user_id::text || '/')),
  prediction_id uuid unique references jobs.predictions (id),
  error_code text check (error_code ~ '^[a-z][a-z0-9_]{0,63}$'),
  error_message text check (length(error_message) <= 2000),
  processing_time numeric(10, 2) check (processing_time >= 0),
  credits_used bigint not null default 0 check (credits_used >= 0),
  api_cost bigint check (api_cost >= 0),
  api_cost_currency text not null default 'USD' references billing.currencies (code),
  created_at timestamptz not null default private.now(),
  started_at timestamptz,
  completed_at timestamptz,
  foreign key (image_id, user_id) references dtf.images (id, user_id) on delete cascade,
  unique (chain_id, position),
  constraint image_operations_end check ((status in ('completed', 'failed')) = (completed_at is not null)),
  constraint image_operations_failure check ((status = 'failed') = (error_code is not null)),
  constraint image_operations_charge check (credits_used = 0 or status = 'completed')
);

create index image_operations_of_image on dtf.image_operations (image_id, user_id, created_at);
create index image_operations_of_user on dtf.image_operations (user_id, created_at desc);
create index image_operations_by_time on dtf.image_operations (created_at);
create index image_operations_open on dtf.image_operations (created_at) where status in ('pending', 'processing');
create index image_operations_by_cost_currency on dtf.image_operations (api_cost_currency);

alter table dtf.image_operations enable row level security;

create policy image_operations_read_own on dtf.image_operations for select to authenticated
  using (user_id = (select auth.uid()));

grant select (id, image_id, user_id, chain_id, position, operation_type, status, progress, input_data, output_data, result_url, error_code,
  error_message, processing_time, credits_used, created_at, started_at, completed_at) on dtf.image_operations to authenticated;
grant select on dtf.image_operations to service_role;

create trigger image_operations_move_legally before update of status on dtf.image_operations
  for each row execute function private.guard_transition('status');

insert into private.transitions (machine, from_state, to_state) values
  ('dtf.image_operations.status', 'pending', 'processing'),
  ('dtf.image_operations.status', 'pending', 'failed'),
  ('dtf.image_operations.status', 'processing', 'completed'),
  ('dtf.image_operations.status', 'processing', 'failed');

comment on table dtf.image_operations is
  'What was done to a picture, or is: one row a step. Written by the functions private.dtf_start_operations, private.dtf_complete_operation and private.dtf_fail_operation alone. The price is held in the ledger when a chain starts, and captured by the prediction''s settlement.';
comment on column dtf.image_operations.chain_id is 'The request that it is a step of: steps of one chain work on each other''s results, in the order of position.';
comment on column dtf.image_operations.api_provider is 'Who does it; null until somebody took it.';
comment on column dtf.image_operations.progress is 'In per cent.';
comment on column dtf.image_operations.prediction_id is 'What was asked of the provider; the hold that pays for it hangs on it. Null until its turn comes.';
comment on column dtf.image_operations.processing_time is 'Seconds at the provider.';
comment on column dtf.image_operations.credits_used is 'What was charged: the price of billing.rates on success, else nothing.';
comment on column dtf.image_operations.api_cost is 'What it cost us, in millionths of api_cost_currency. Not for users.';
