-- MODERA: what partners sell.

create table modera.partner_products (
  id uuid primary key default gen_random_uuid(),
  partner_id uuid not null references modera.partners (id),
  import_id uuid not null references modera.feed_imports (id),
  product_id text not null check (length(product_id) between 1 and 255),
  title text not null check (length(title) between 1 and 300),
  brand text check (length(brand) between 1 and 200),
  category text not null check (length(category) between 1 and 100),
  subcategory text check (length(subcategory) between 1 and 100),
  sizes text[] not null default '{}' check (cardinality(sizes) <= 50),
  colour text not null check (length(colour) between 1 and 100),
  lab_l real not null check (lab_l between 0 and 100),
  lab_a real not null check (lab_a between -128 and 128),
  lab_b real not null check (lab_b between -128 and 128),
  price bigint not null check (price > 0),
  currency text not null references billing.currencies (code),
  url text not null check (url ~ '^https://[a-z0-9.-]+(/|$)' and length(url) <= 2048),
  image_url text check (image_url ~ '^https://[a-z0-9.-]+(/|$)' and length(image_url) <= 2048),
  available boolean not null default true,
  created_at timestamptz not null default private.now(),
  updated_at timestamptz not null default private.now(),
  search tsvector not null generated always as (
    to_tsvector('pg_catalog.english', lower(title || ' ' || coalesce(brand, '')))
    || to_tsvector('pg_catalog.russian', lower(title || ' ' || coalesce(brand, '')))
  ) stored,
  unique (partner_id, product_id)
);

create index partner_products_of_import on modera.partner_products (import_id);
create index partner_products_for_sale on modera.partner_products (currency, category, price);
create index partner_products_search on modera.partner_products using gin (search);

alter table modera.partner_products enable row level security;

create policy closed on modera.partner_products for all to anon, authenticated using (false) with check (false);

create trigger partner_products_touch before update on modera.partner_products
  for each row execute function private.touch_updated_at();

comment on table modera.partner_products is
  'Partners'' products as their feeds have them. Users meet them in recommendations and searches; written by feed imports alone.';
comment on column modera.partner_products.import_id is 'The feed that had it last.';
comment on column modera.partner_products.product_id is 'The partner''s own name of it.';
comment on column modera.partner_products.category is 'In lower case, as the partner says it.';
comment on column modera.partner_products.sizes is 'In capitals; none when it has no sizes.';
comment on column modera.partner_products.colour is 'As the partner names it; lab_l, lab_a and lab_b are what that is in CIELAB (D65).';
comment on column modera.partner_products.price is 'Minor units of currency.';
comment on column modera.partner_products.url is 'At one of the partner''s domains, https, without credentials or a port.';
comment on column modera.partner_products.search is 'Words of title and brand, stemmed as English and as Russian. lower(): the stemmers fold case by libc''s locale, which may be C.';
