-- Where personal data is, and what export and erasure do with it. Every table that refers to a person has a row here; a test
-- walks the catalogue and says which lacks one.

create table private.personal_data (
  table_name text primary key check (table_name ~ '^[a-z_]+\.[a-z_]+$'),
  rows_of text not null check (rows_of <> ''),
  exported_as text unique check (exported_as ~ '^[a-z_]+$'),
  exported_columns text[],
  sorted_by text not null default 't.id',
  erased_by text,
  position integer not null default 50,
  because text,
  constraint personal_data_gives_reasons check (exported_as is not null and erased_by is not null or because <> '')
);

alter table private.personal_data enable row level security;

create policy closed on private.personal_data for all to anon, authenticated using (false) with check (false);

comment on table private.personal_data is
  'How each table with rows of a person is exported and erased. Written by migrations alone: what is here runs with the owner''s rights.';
comment on column private.personal_data.rows_of is 'SQL condition on the table as t: the rows of the person $1 (a uuid, the id of their Auth user).';
comment on column private.personal_data.exported_as is 'Name of the part of the export; null: not exported, because says why.';
comment on column private.personal_data.exported_columns is 'The columns that are exported; null: all.';
comment on column private.personal_data.sorted_by is 'SQL expression on t that is unique among a person''s rows: the order of the pages of an export.';
comment on column private.personal_data.erased_by is 'SQL statement that erases the person $1, and may run again; null: kept, because says why.';
comment on column private.personal_data.position is 'Erasure runs from low to high.';

create table private.personal_buckets (
  bucket text primary key,
  kind text not null check (kind in ('exported', 'erased_only', 'not_personal')),
  because text,
  constraint personal_buckets_give_reasons check (kind = 'exported' or because <> '')
);

alter table private.personal_buckets enable row level security;

create policy closed on private.personal_buckets for all to anon, authenticated using (false) with check (false);

comment on table private.personal_buckets is
  'What is in each bucket of Storage. Of those that are not not_personal, a person''s objects are in the folder that their id names, and erasure deletes them.';

create table private.farewells (
  name text primary key check (name ~ '^[a-z_.]+$'),
  position integer not null,
  statement text not null
);

alter table private.farewells enable row level security;

create policy closed on private.farewells for all to anon, authenticated using (false) with check (false);

comment on table private.farewells is
  'What is ended for a person before their data is erased: work, holds, invoices. Written by migrations alone.';
comment on column private.farewells.statement is 'SQL statement for the person $1, which may run again.';

create function private.personal_folder(name text)
returns uuid
language sql
immutable
set search_path = ''
return case
  when split_part(name, '/', 1) ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then split_part(name, '/', 1)::uuid
end;

comment on function private.personal_folder(text) is 'Whose folder an object of Storage is in; null when it is in nobody''s.';

create function private.personal_rows(table_name text, person uuid, page_size integer, skip integer)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  rule private.personal_data;
  found_rows jsonb;
begin
  select d.* into strict rule from private.personal_data d where d.table_name = personal_rows.table_name;
  execute format('select coalesce(jsonb_agg(to_jsonb(t)), ''[]'') from (select t.* from %s t where %s order by %s limit $2 offset $3) t',
    rule.table_name, rule.rows_of, rule.sorted_by)
  into found_rows using person, page_size, skip;
  if rule.exported_columns is null then
    return found_rows;
  end if;
  return (
    select coalesce(jsonb_agg((
      select jsonb_object_agg(member.key, member.value) from jsonb_each(found.value) member
      where member.key = any (rule.exported_columns)
    ) order by found.ordinality), '[]')
    from jsonb_array_elements(found_rows) with ordinality found
  );
end
$$;

comment on function private.personal_rows(text, uuid, integer, integer) is
  'A page of a person''s rows of a table, with the columns that are exported.';

create function private.personal_objects(person uuid, max integer, kinds text[] default '{exported,erased_only}', after_bucket text default '', after_name text default '')
returns jsonb
language sql
stable
set search_path = ''
begin atomic
  select coalesce(jsonb_agg(jsonb_build_object('bucket', o.bucket_id, 'path', o.name, 'size', o.size, 'created_at', o.created_at)), '[]')
  from (
    select s.bucket_id, s.name, coalesce((s.metadata ->> 'size')::bigint, 0) as size, s.created_at
    from storage.objects s join private.personal_buckets b on b.bucket = s.bucket_id
    where b.kind = any (kinds) and s.name like person::text || '/%' and (s.bucket_id, s.name) > (after_bucket, after_name)
    order by s.bucket_id, s.name limit max
  ) o;
end;

comment on function private.personal_objects(uuid, integer, text[], text, text) is
  'Up to `max` objects in a person''s folders, in the order of bucket and name: [{bucket, path, size, created_at}].';

create function private.bid_farewell(person uuid)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  farewell private.farewells;
begin
  for farewell in select * from private.farewells f order by f.position, f.name loop
    execute farewell.statement using person;
  end loop;
end
$$;

comment on function private.bid_farewell(uuid) is 'Ends what is under way for a person. Idempotent.';

create function private.erase_rows(person uuid)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  rule private.personal_data;
begin
  for rule in select * from private.personal_data d where d.erased_by is not null order by d.position, d.table_name loop
    execute rule.erased_by using person;
  end loop;
end
$$;

comment on function private.erase_rows(uuid) is 'Erases a person in every table that says how. Idempotent.';

create function private.publish_about(person uuid, topic text, facts jsonb, key text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  holder ledger.holders;
begin
  for holder in select * from ledger.holders h where h.holder = person loop
    perform events.publish(topic, jsonb_build_object('product', holder.product, 'holder', person) || facts, key || ':' || holder.product);
  end loop;
end
$$;

comment on function private.publish_about(uuid, text, jsonb, text) is
  'Publishes a fact about somebody''s account, which all products share: once for each product that knows them.';
