-- MODERA: what the job of a feed import does, batch by batch.

create function private.modera_begin_feed_import(import_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  feed modera.feed_imports := private.modera_feed_import(import_id);
  file constant jsonb := private.stored_file('modera-feeds', feed.path);
begin
  update modera.feed_imports f set status = 'running', started_at = coalesce(f.started_at, private.now())
  where f.id = feed.id and f.status = 'queued';
  return (
    select jsonb_build_object('import_id', feed.id, 'done', feed.status in ('completed', 'failed'),
      'path', feed.path, 'format', feed.format, 'rows_read', feed.rows_read,
      'input', case when file is null then 'missing' when file ->> 'etag' <> feed.etag then 'changed' else 'intact' end,
      'domains', p.domains, 'currency', p.currency,
      'currencies', (select jsonb_object_agg(c.code, c.exponent) from billing.currencies c))
    from modera.partners p where p.id = feed.partner_id
  );
end
$$;

comment on function private.modera_begin_feed_import(uuid) is
  'See modera.begin_feed_import. Definer: see private.modera_start_feed_import; for the service.';

create function private.modera_import_products(feed modera.feed_imports, products jsonb)
returns integer
language sql
volatile
set search_path = ''
begin atomic
  with sent as (
    select r.*, row_number() over (partition by r.product_id order by r.line) as place
    from jsonb_to_recordset(products) as r (line integer, product_id text, title text, brand text, category text, subcategory text,
      sizes text[], colour text, lab_l real, lab_a real, lab_b real, price bigint, currency text, url text, image_url text,
      available boolean)
  ), written as (
    insert into modera.partner_products as p (partner_id, import_id, product_id, title, brand, category, subcategory, sizes, colour,
      lab_l, lab_a, lab_b, price, currency, url, image_url, available)
    select feed.partner_id, feed.id, s.product_id, s.title, s.brand, s.category, s.subcategory, s.sizes, s.colour,
      s.lab_l, s.lab_a, s.lab_b, s.price, s.currency, s.url, s.image_url, s.available
    from sent s where s.place = 1
    on conflict (partner_id, product_id) do update set
      import_id = excluded.import_id, title = excluded.title, brand = excluded.brand, category = excluded.category,
      subcategory = excluded.subcategory, sizes = excluded.sizes, colour = excluded.colour, lab_l = excluded.lab_l,
      lab_a = excluded.lab_a, lab_b = excluded.lab_b, price = excluded.price, currency = excluded.currency, url = excluded.url,
      image_url = excluded.image_url, available = excluded.available
    -- A feed that has a product twice has it as it came first.
    where p.import_id <> excluded.import_id
    returning p.product_id
  ), refused as (
    insert into modera.feed_import_errors (import_id, line, field, code, message)
    select feed.id, s.line, 'product_id', 'duplicate', 'An earlier row has this product.'
    from sent s left join written w on w.product_id = s.product_id
    where s.place > 1 or w.product_id is null
    order by s.line
  )
  select count(*)::integer from written;
end;

comment on function private.modera_import_products(modera.feed_imports, jsonb) is
  'Writes one batch of valid rows of an import and returns how many were written; the others repeat a product and are recorded as errors.';

create function private.modera_import_feed_rows(import_id uuid, first_row integer, rows integer, batch jsonb)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  feed modera.feed_imports;
  written integer;
begin
  -- LOCK
  select f.* into feed from modera.feed_imports f where f.id = import_id for no key update;
  if not found or feed.status <> 'running' or feed.rows_read <> first_row then
    perform private.raise_problem(409, 'lease_lost', 'These rows are not the import''s next ones.');
  end if;

  -- WRITE
  written := private.modera_import_products(feed, batch -> 'products');
  insert into modera.feed_import_errors (import_id, line, field, code, message)
  select feed.id, e.line, e.field, e.code, e.message
  from jsonb_to_recordset(batch -> 'errors') as e (line integer, field text, code text, message text);
  update modera.feed_imports f
  set rows_read = f.rows_read + rows, rows_imported = f.rows_imported + written, rows_refused = f.rows_refused + rows - written
  where f.id = feed.id
  returning f.* into feed;
  return jsonb_build_object('rows_read', feed.rows_read);
end
$$;

comment on function private.modera_import_feed_rows(uuid, integer, integer, jsonb) is
  'See modera.import_feed_rows. Definer: see private.modera_start_feed_import; for the service.';

create function private.modera_fail_feed_import(import_id uuid, code text, message text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  feed modera.feed_imports;
begin
  update modera.feed_imports f
  set status = 'failed', finished_at = private.now(), failure_code = code, failure_message = left(message, 500)
  where f.id = import_id and f.status in ('queued', 'running')
  returning f.* into feed;
  return private.modera_feed_import_as_json(private.modera_feed_import(import_id));
end
$$;

comment on function private.modera_fail_feed_import(uuid, text, text) is
  'See modera.fail_feed_import. Definer: see private.modera_start_feed_import; for the service.';

create function private.modera_finish_feed_import(import_id uuid, rows integer)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  feed modera.feed_imports;
  gone integer := 0;
begin
  -- LOCK
  select f.* into feed from modera.feed_imports f where f.id = import_id for no key update;
  if not found or feed.status <> 'running' or feed.rows_read <> rows then
    perform private.raise_problem(409, 'lease_lost', 'The import is not at its end.');
  end if;
  -- A feed of which nothing could be used says nothing about what the partner still has.
  if feed.rows_imported = 0 then
    return private.modera_fail_feed_import(import_id, 'no_valid_rows', 'No row of the feed could be imported.');
  end if;

  -- WRITE
  if feed.is_full then
    update modera.partner_products p set available = false
    where p.partner_id = feed.partner_id and p.import_id <> feed.id and p.available;
    get diagnostics gone = row_count;
  end if;
  update modera.feed_imports f set status = 'completed', finished_at = private.now(), made_unavailable = gone
  where f.id = feed.id
  returning f.* into feed;
  return private.modera_feed_import_as_json(feed);
end
$$;

comment on function private.modera_finish_feed_import(uuid, integer) is
  'See modera.finish_feed_import. Definer: see private.modera_start_feed_import; for the service.';

create function modera.begin_feed_import(import_id uuid)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_begin_feed_import(import_id);

comment on function modera.begin_feed_import(uuid) is
  'What an import works on, and where it stands: {import_id, done, path, format, rows_read, input: intact | changed | missing, domains, currency, currencies: {code: exponent}}.';

create function modera.import_feed_rows(import_id uuid, first_row integer, rows integer, batch jsonb)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_import_feed_rows(import_id, first_row, rows, batch);

comment on function modera.import_feed_rows(uuid, integer, integer, jsonb) is
  'Takes the import''s next `rows` rows in one transaction, the valid ones as products: {products, errors: [{line, field, code, message}]}. Answers {rows_read}. Rows that are not the next ones: lease_lost, and nothing changes.';

create function modera.finish_feed_import(import_id uuid, rows integer)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_finish_feed_import(import_id, rows);

comment on function modera.finish_feed_import(uuid, integer) is
  'Completes an import whose `rows` rows were all taken; after a full feed, what it did not have is unavailable. Without one valid row it fails. Answers as modera.read_feed_import.';

create function modera.fail_feed_import(import_id uuid, code text, message text)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_fail_feed_import(import_id, code, message);

comment on function modera.fail_feed_import(uuid, text, text) is 'Ends an import that cannot go on. Answers as modera.read_feed_import.';

grant execute on function private.modera_begin_feed_import(uuid) to service_role;
grant execute on function private.modera_import_feed_rows(uuid, integer, integer, jsonb) to service_role;
grant execute on function private.modera_finish_feed_import(uuid, integer) to service_role;
grant execute on function private.modera_fail_feed_import(uuid, text, text) to service_role;
grant execute on function modera.begin_feed_import(uuid) to service_role;
grant execute on function modera.import_feed_rows(uuid, integer, integer, jsonb) to service_role;
grant execute on function modera.finish_feed_import(uuid, integer) to service_role;
grant execute on function modera.fail_feed_import(uuid, text, text) to service_role;
