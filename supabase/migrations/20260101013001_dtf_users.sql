-- DTF Editor: the schema, and who the person is to this product. Credits, purchases and plans are the kernel's; dtf.profiles shows
-- both together.

create schema dtf;
comment on schema dtf is 'DTF Editor: pictures made ready for direct-to-film printing, sold by plans and credits.';
grant usage on schema dtf to anon, authenticated, service_role;

create function dtf.update_updated_at_column()
returns trigger
language plpgsql
volatile
set search_path = ''
as $$
begin
  new.updated_at := private.now();
  return new;
end
$$;

comment on function dtf.update_updated_at_column() is 'Trigger: sets updated_at before an update.';

create table dtf.users (
  id uuid primary key,
  auth_user_id uuid unique references auth.users (id) on delete set null,
  first_name text check (length(first_name) between 1 and 100),
  last_name text check (length(last_name) between 1 and 100),
  company text check (length(company) between 1 and 200),
  phone text check (phone ~ '^\+[1-9][0-9]{6,14}$'),
  avatar_url text,
  is_active boolean not null default true,
  last_activity_at timestamptz not null default private.now(),
  created_at timestamptz not null default private.now(),
  updated_at timestamptz not null default private.now(),
  constraint users_keep_their_id check (auth_user_id = id),
  constraint users_avatar check (starts_with(avatar_url, id::text || '/') and length(avatar_url) <= 300)
);

create index users_by_creation on dtf.users (created_at);

alter table dtf.users enable row level security;

create policy users_read_own on dtf.users for select to authenticated
  using (auth_user_id = (select auth.uid()));
create policy users_update_own on dtf.users for update to authenticated
  using (auth_user_id = (select auth.uid()))
  with check (auth_user_id = (select auth.uid()));

grant select on dtf.users to authenticated, service_role;
grant update (first_name, last_name, company, phone, avatar_url) on dtf.users to authenticated;

create trigger update_profiles_updated_at before update on dtf.users
  for each row execute function dtf.update_updated_at_column();

comment on table dtf.users is
  'One row a person, made on first contact. People change what they said of themselves, column by column; nothing of value is stored here.';
comment on column dtf.users.id is 'The person in the ledger and everywhere else: the Auth user''s id, kept after that user is gone.';
comment on column dtf.users.auth_user_id is 'The Auth user. Null once erased: the row stays as the anonymous owner of logs.';
comment on column dtf.users.phone is 'In E.164: + and at most 15 digits.';
comment on column dtf.users.avatar_url is 'A path in the person''s folder of the bucket dtf-images.';

create function private.dtf_anonymise_user()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  new.first_name := null;
  new.last_name := null;
  new.company := null;
  new.phone := null;
  new.avatar_url := null;
  new.is_active := false;
  perform ledger.anonymise_holder('dtf', old.id);
  return new;
end
$$;

comment on function private.dtf_anonymise_user() is
  'Trigger: when the Auth user is deleted, forgets the person and keeps what the accounts need. Definer: the deletion comes from Auth''s own role.';

create trigger users_forget_the_erased before update of auth_user_id on dtf.users
  for each row when (old.auth_user_id is not null and new.auth_user_id is null)
  execute function private.dtf_anonymise_user();
