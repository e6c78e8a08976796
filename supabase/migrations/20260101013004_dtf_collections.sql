-- DTF Editor: collections of pictures.

create table dtf.image_collections (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references dtf.users (id),
  name text not null check (length(name) between 1 and 200),
  description text check (length(description) between 1 and 2000),
  is_public boolean not null default false,
  created_at timestamptz not null default private.now(),
  updated_at timestamptz not null default private.now(),
  unique (id, user_id)
);

create index image_collections_of_user on dtf.image_collections (user_id, created_at desc);

alter table dtf.image_collections enable row level security;

create policy image_collections_read_own on dtf.image_collections for select to authenticated
  using (user_id = (select auth.uid()));

grant select on dtf.image_collections to authenticated, service_role;

create trigger update_image_collections_updated_at before update on dtf.image_collections
  for each row execute function dtf.update_updated_at_column();

comment on table dtf.image_collections is 'Collections of a person''s pictures. Written by the functions of dtf that are for their owner.';
comment on column dtf.image_collections.is_public is
  'True: whoever knows the id may see the pictures, and nothing else, through the function image-collections. No policy opens a row.';

create table dtf.image_collection_items (
  id uuid primary key default gen_random_uuid(),
  collection_id uuid not null,
  image_id uuid not null,
  user_id uuid not null references dtf.users (id),
  added_at timestamptz not null default private.now(),
  unique (collection_id, image_id),
  foreign key (collection_id, user_id) references dtf.image_collections (id, user_id) on delete cascade,
  foreign key (image_id, user_id) references dtf.images (id, user_id) on delete cascade
);

create index image_collection_items_by_owner on dtf.image_collection_items (collection_id, user_id);
create index image_collection_items_of_image on dtf.image_collection_items (image_id, user_id);
create index image_collection_items_of_user on dtf.image_collection_items (user_id);

alter table dtf.image_collection_items enable row level security;

create policy image_collection_items_read_own on dtf.image_collection_items for select to authenticated
  using (user_id = (select auth.uid()));

grant select on dtf.image_collection_items to authenticated, service_role;

comment on table dtf.image_collection_items is
  'Which pictures are in which collection, each once. Both are of one owner: the foreign keys carry the owner''s id.';
