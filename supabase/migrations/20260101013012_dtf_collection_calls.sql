-- DTF Editor: collections: made, filled and shown by their owner; shown to everybody once public, pictures and nothing else.

create function private.dtf_collection_answer(collection dtf.image_collections)
returns jsonb
language sql
stable
set search_path = ''
return jsonb_build_object(
  'collection_id', collection.id, 'name', collection.name, 'description', collection.description, 'is_public', collection.is_public,
  'pictures', (select count(*) from dtf.image_collection_items m where m.collection_id = collection.id),
  'created_at', collection.created_at, 'updated_at', collection.updated_at);

comment on function private.dtf_collection_answer(dtf.image_collections) is 'A collection as its owner is shown it.';

create function private.dtf_lock_collection(collection_id uuid)
returns dtf.image_collections
language plpgsql
volatile
set search_path = ''
as $$
declare
  collection dtf.image_collections;
begin
  select c.* into collection from dtf.image_collections c
  where c.id = collection_id and c.user_id = auth.uid() for no key update;
  if not found then
    perform private.raise_problem(404, 'not_found', 'You have no collection with this id.', '{"field": "collection_id"}');
  end if;
  return collection;
end
$$;

comment on function private.dtf_lock_collection(uuid) is 'Locks one of the caller''s collections; another''s: not_found. Lock order: collection, image.';

create function private.dtf_create_collection(name text, description text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  most constant integer := 200;
  owner constant uuid := private.dtf_ensure_profile();
  collection dtf.image_collections;
begin
  perform from dtf.users u where u.id = owner for no key update;
  if (select count(*) from dtf.image_collections c where c.user_id = owner) >= most then
    perform private.raise_problem(409, 'too_many_collections', format('There may be %s collections. Delete one first.', most));
  end if;
  insert into dtf.image_collections (user_id, name, description) values (owner, name, description) returning * into collection;
  return private.dtf_collection_answer(collection);
end
$$;

comment on function private.dtf_create_collection(text, text) is
  'See dtf.create_collection. Definer: collections are written by functions alone; the owner is auth.uid().';

create function private.dtf_change_collection(collection_id uuid, name text, description text, is_public boolean)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  collection dtf.image_collections := private.dtf_lock_collection(collection_id);
begin
  update dtf.image_collections c set name = coalesce(dtf_change_collection.name, c.name),
    description = coalesce(dtf_change_collection.description, c.description),
    is_public = coalesce(dtf_change_collection.is_public, c.is_public)
  where c.id = collection.id returning c.* into collection;
  return private.dtf_collection_answer(collection);
end
$$;

comment on function private.dtf_change_collection(uuid, text, text, boolean) is
  'See dtf.change_collection. Definer: see private.dtf_create_collection.';

create function private.dtf_delete_collection(collection_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  collection constant dtf.image_collections := private.dtf_lock_collection(collection_id);
begin
  delete from dtf.image_collections c where c.id = collection.id;
  return jsonb_build_object('collection_id', collection.id, 'deleted', true);
end
$$;

comment on function private.dtf_delete_collection(uuid) is 'See dtf.delete_collection. Definer: see private.dtf_create_collection.';

create function private.dtf_fill_collection(collection_id uuid, image_id uuid, present boolean)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  most constant integer := 500;
  collection constant dtf.image_collections := private.dtf_lock_collection(collection_id);
  image constant dtf.images := private.dtf_lock_image(image_id, collection.user_id);
begin
  if not present then
    delete from dtf.image_collection_items m where m.collection_id = collection.id and m.image_id = image.id;
    return private.dtf_collection_answer(collection);
  end if;
  if image.processing_status in ('pending', 'failed') then
    perform private.raise_problem(409, 'illegal_transition', 'The picture is not there yet.',
      jsonb_build_object('field', 'image_id', 'state', image.processing_status));
  end if;
  if (select count(*) from dtf.image_collection_items m where m.collection_id = collection.id) >= most then
    perform private.raise_problem(409, 'too_many_pictures', format('A collection holds up to %s pictures.', most),
      jsonb_build_object('max_pictures', most));
  end if;
  insert into dtf.image_collection_items (collection_id, image_id, user_id)
  values (collection.id, image.id, collection.user_id) on conflict do nothing;
  return private.dtf_collection_answer(collection);
end
$$;

comment on function private.dtf_fill_collection(uuid, uuid, boolean) is
  'See dtf.put_into_collection, dtf.take_from_collection. Definer: see private.dtf_create_collection.';

create function private.dtf_own_collections()
returns jsonb
language sql
stable
security definer
set search_path = ''
begin atomic
  select coalesce(jsonb_agg(private.dtf_collection_answer(c) order by c.created_at desc, c.id), '[]')
  from dtf.image_collections c where c.user_id = (select auth.uid());
end;

comment on function private.dtf_own_collections() is 'See dtf.own_collections. Definer: see private.dtf_own_images.';

create function private.dtf_pictures_in(collection_id uuid)
returns setof dtf.images
language sql
stable
set search_path = ''
begin atomic
  select i.* from dtf.image_collection_items m join dtf.images i on i.id = m.image_id
  where m.collection_id = dtf_pictures_in.collection_id and i.final_url is not null and coalesce(i.expires_at > private.now(), true)
  order by m.added_at, m.id;
end;

comment on function private.dtf_pictures_in(uuid) is 'The pictures of a collection that can be shown, in the order in which they came in.';

create function private.dtf_own_collection(collection_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  collection dtf.image_collections;
begin
  select c.* into collection from dtf.image_collections c
  where c.id = dtf_own_collection.collection_id and c.user_id = auth.uid();
  if not found then
    perform private.raise_problem(404, 'not_found', 'You have no collection with this id.', '{"field": "collection_id"}');
  end if;
  return private.dtf_collection_answer(collection) || jsonb_build_object('images', (
    select coalesce(jsonb_agg(private.dtf_image_answer(i)), '[]') from private.dtf_pictures_in(collection.id) i));
end
$$;

comment on function private.dtf_own_collection(uuid) is 'See dtf.own_collection. Definer: see private.dtf_own_images.';

create function private.dtf_public_pictures(collection_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  -- One that is private, or never was, is told in the same words.
  if not exists (
    select from dtf.image_collections c join dtf.users u on u.id = c.user_id
    where c.id = dtf_public_pictures.collection_id and c.is_public and u.is_active
  ) then
    perform private.raise_problem(404, 'not_found', 'There is no public collection with this id.');
  end if;
  return (select coalesce(jsonb_agg(coalesce(i.thumbnail_url, i.final_url)), '[]') from private.dtf_pictures_in(collection_id) i);
end
$$;

comment on function private.dtf_public_pictures(uuid) is 'See dtf.public_pictures. Definer: reads anybody''s public collection, for the service.';

create function dtf.create_collection(name text, description text default null)
returns jsonb
language sql
volatile
set search_path = ''
return private.dtf_create_collection(name, description);

comment on function dtf.create_collection(text, text) is 'Makes a collection of the caller''s, private and empty.';

create function dtf.change_collection(collection_id uuid, name text, description text, is_public boolean)
returns jsonb
language sql
volatile
set search_path = ''
return private.dtf_change_collection(collection_id, name, description, is_public);

comment on function dtf.change_collection(uuid, text, text, boolean) is
  'Renames, describes, publishes or hides one of the caller''s collections; nulls leave as it is.';

create function dtf.delete_collection(collection_id uuid)
returns jsonb
language sql
volatile
set search_path = ''
return private.dtf_delete_collection(collection_id);

comment on function dtf.delete_collection(uuid) is 'Deletes one of the caller''s collections; its pictures stay.';

create function dtf.put_into_collection(collection_id uuid, image_id uuid)
returns jsonb
language sql
volatile
set search_path = ''
return private.dtf_fill_collection(collection_id, image_id, true);

comment on function dtf.put_into_collection(uuid, uuid) is 'Puts one of the caller''s pictures into one of their collections, once.';

create function dtf.take_from_collection(collection_id uuid, image_id uuid)
returns jsonb
language sql
volatile
set search_path = ''
return private.dtf_fill_collection(collection_id, image_id, false);

comment on function dtf.take_from_collection(uuid, uuid) is 'Takes a picture out of one of the caller''s collections; the picture stays. Idempotent.';

create function dtf.own_collections()
returns jsonb
language sql
stable
set search_path = ''
return private.dtf_own_collections();

comment on function dtf.own_collections() is 'The caller''s collections, newest first.';

create function dtf.own_collection(collection_id uuid)
returns jsonb
language sql
stable
set search_path = ''
return private.dtf_own_collection(collection_id);

comment on function dtf.own_collection(uuid) is 'One of the caller''s collections with its pictures.';

create function dtf.public_pictures(collection_id uuid)
returns jsonb
language sql
stable
set search_path = ''
return private.dtf_public_pictures(collection_id);

comment on function dtf.public_pictures(uuid) is
  'The paths of the small pictures of a public collection, and nothing else of it; private or unknown: not_found. Service only.';

grant execute on function private.dtf_create_collection(text, text), dtf.create_collection(text, text),
  private.dtf_change_collection(uuid, text, text, boolean), dtf.change_collection(uuid, text, text, boolean),
  private.dtf_delete_collection(uuid), dtf.delete_collection(uuid),
  private.dtf_fill_collection(uuid, uuid, boolean), dtf.put_into_collection(uuid, uuid), dtf.take_from_collection(uuid, uuid),
  private.dtf_own_collections(), dtf.own_collections(), private.dtf_own_collection(uuid), dtf.own_collection(uuid) to authenticated;
grant execute on function private.dtf_public_pictures(uuid), dtf.public_pictures(uuid) to service_role;
