-- MODERA: finding partners' products by words.

create function private.modera_search_products(words text, wanted jsonb, cursor uuid, page_size integer)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  size constant integer := least(greatest(coalesce(page_size, 20), 1), 100);
  query constant tsquery := websearch_to_tsquery('pg_catalog.english', lower(words)) || websearch_to_tsquery('pg_catalog.russian', lower(words));
begin
  return (
    with found as (
      select p.id, p.product_id, s.name as partner, p.title, p.brand, p.category, p.subcategory, p.colour, p.sizes, p.price, p.currency,
        p.image_url, ts_rank(p.search, query) as rank
      from modera.partner_products p join modera.partners s on s.id = p.partner_id and s.active
      where p.search @@ query and p.available
        and (wanted ->> 'category' is null or lower(wanted ->> 'category') in (p.category, p.subcategory))
        and (wanted ->> 'size' is null or p.sizes @> array[upper(wanted ->> 'size')])
        and (wanted ->> 'currency' is null or p.currency = wanted ->> 'currency')
        and (wanted ->> 'max_price' is null or p.price <= (wanted ->> 'max_price')::bigint)
    ),
    page as (
      select f.* from found f
      where cursor is null or (f.rank, f.id) < (
        select ts_rank(p.search, query), p.id from modera.partner_products p where p.id = cursor)
      order by f.rank desc, f.id desc limit size + 1
    ),
    shown as (select p.* from page p order by p.rank desc, p.id desc limit size)
    select jsonb_build_object(
      'products', coalesce(jsonb_agg(to_jsonb(s) - '{id,rank}'::text[] order by s.rank desc, s.id desc), '[]'),
      'next_cursor', case when (select count(*) from page) > size then (select l.id from shown l order by l.rank, l.id limit 1) end)
    from shown s
  );
end
$$;

comment on function private.modera_search_products(text, jsonb, uuid, integer) is
  'See modera.search_products. Definer: products are closed to users, whose policies would keep the index of words from being used.';

create function modera.search_products(words text, wanted jsonb default '{}', cursor uuid default null, page_size integer default 20)
returns jsonb
language sql
stable
set search_path = ''
return private.modera_search_products(words, wanted, cursor, page_size);

comment on function modera.search_products(text, jsonb, uuid, integer) is
  'Products for sale whose title or brand has the words, in English or Russian, the best match first: {products, next_cursor}. `wanted` is {category, size, currency, max_price}.';

grant execute on function private.modera_search_products(text, jsonb, uuid, integer) to authenticated;
grant execute on function modera.search_products(text, jsonb, uuid, integer) to authenticated;
