-- MODERA: products that a style analysis recommends.

create table modera.recommendation_requests (
  id uuid primary key default gen_random_uuid(),
  user_id bigint not null references modera.profiles (id),
  style_analysis_id uuid not null,
  key text not null check (length(key) between 1 and 300),
  fingerprint bytea not null,
  credits_used integer not null check (credits_used >= 0),
  created_at timestamptz not null default private.now(),
  unique (user_id, key),
  foreign key (style_analysis_id, user_id) references modera.style_analyses (id, user_id) on delete cascade
);

create index recommendation_requests_of_analysis on modera.recommendation_requests (style_analysis_id, user_id);

alter table modera.recommendation_requests enable row level security;

create policy closed on modera.recommendation_requests for all to anon, authenticated using (false) with check (false);

comment on table modera.recommendation_requests is 'What people asked and paid for: the recommendations that were made under one idempotency key.';
comment on column modera.recommendation_requests.credits_used is 'What the ledger debited for it.';

create table modera.recommendations (
  id uuid primary key default gen_random_uuid(),
  request_id uuid not null references modera.recommendation_requests (id) on delete cascade,
  style_analysis_id uuid not null,
  user_id bigint not null references modera.profiles (id),
  partner_id uuid not null references modera.partners (id),
  product_id text not null check (length(product_id) between 1 and 255),
  product_url text not null check (product_url ~ '^https://[a-z0-9.-]+(/|$)'),
  product_data jsonb not null default '{}' check (jsonb_typeof(product_data) = 'object'),
  recommendation_score numeric(5, 4) not null check (recommendation_score between 0 and 1),
  recommendation_reason text not null check (length(recommendation_reason) between 1 and 1000),
  category text check (length(category) <= 100),
  subcategory text check (length(subcategory) <= 100),
  user_saved boolean not null default false,
  created_at timestamptz not null default private.now(),
  first_viewed_at timestamptz,
  clicked_at timestamptz,
  search tsvector not null generated always as (
    to_tsvector('pg_catalog.english', lower(coalesce(product_data ->> 'title', '') || ' ' || coalesce(product_data ->> 'brand', '')))
    || to_tsvector('pg_catalog.russian', lower(coalesce(product_data ->> 'title', '') || ' ' || coalesce(product_data ->> 'brand', '')))
  ) stored,
  unique (style_analysis_id, partner_id, product_id),
  foreign key (style_analysis_id, user_id) references modera.style_analyses (id, user_id) on delete cascade,
  constraint recommendations_order check (
    first_viewed_at >= created_at and coalesce(clicked_at >= first_viewed_at, clicked_at is null)
  )
);

create index recommendations_of_request on modera.recommendations (request_id);
create index recommendations_of_analysis on modera.recommendations (style_analysis_id, user_id);
create index recommendations_of_user on modera.recommendations (user_id, created_at desc, recommendation_score desc, id desc);
create index recommendations_of_partner on modera.recommendations (partner_id, product_id);
create index recommendations_search on modera.recommendations using gin (search);

alter table modera.recommendations enable row level security;

create policy recommendations_read_own on modera.recommendations for select to authenticated
  using (user_id = (select private.modera_user_id()));
create policy recommendations_update_own on modera.recommendations for update to authenticated
  using (user_id = (select private.modera_user_id()))
  with check (user_id = (select private.modera_user_id()));

grant select on modera.recommendations to authenticated, service_role;
grant update (user_saved) on modera.recommendations to authenticated;

comment on table modera.recommendations is
  'Products that a style analysis recommends, each once for each partner. Users save them; what was viewed and clicked is told by its time. modera.product_recommendations adds what was bought.';
comment on column modera.recommendations.product_id is 'The partner''s own name of it.';
comment on column modera.recommendations.product_url is 'https at the partner''s domain, without credentials or a port.';
comment on column modera.recommendations.product_data is 'The product as it was when it was recommended: {title, brand, colour, lab, sizes, price, currency, image_url}.';
comment on column modera.recommendations.recommendation_score is 'How well it fits, 0 to 1.';
comment on column modera.recommendations.recommendation_reason is 'Explanation for people.';
comment on column modera.recommendations.search is 'Words of title and brand, stemmed as English and as Russian.';
