-- MODERA: style analyses and the products they recommend.

create function private.modera_valid_feedback(feedback jsonb)
returns boolean
language sql
immutable
set search_path = ''
return jsonb_typeof(feedback) = 'object'
  and feedback - array['rating', 'text', 'saved'] = '{}'
  and coalesce(feedback ->> 'rating' ~ '^[1-5]$' and jsonb_typeof(feedback -> 'rating') = 'number', not feedback ? 'rating')
  and coalesce(length(feedback ->> 'text') <= 2000 and jsonb_typeof(feedback -> 'text') = 'string', not feedback ? 'text')
  and coalesce(jsonb_typeof(feedback -> 'saved') = 'boolean', not feedback ? 'saved');

comment on function private.modera_valid_feedback(jsonb) is
  'Whether feedback is {rating: 1 to 5, text: up to 2000 characters, saved: true or false}, each of which may be left out.';

-- The check of a value runs with the rights of whoever changes it.
grant execute on function private.modera_valid_feedback(jsonb) to authenticated, service_role;

create table modera.style_analyses (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null,
  user_id bigint not null references modera.profiles (id),
  session_type text not null generated always as ('styling') stored,
  input_image_url text not null check (input_image_url ~ '^[0-9a-f-]{36}/[^/]'),
  input_image_metadata jsonb not null default '{}',
  user_preferences jsonb not null default '{}',
  style_profile jsonb not null default '{}',
  body_analysis jsonb not null default '{}',
  color_analysis jsonb not null default '{}',
  style_recommendations jsonb not null default '{}',
  confidence_scores jsonb not null default '{}',
  analysis_version text check (length(analysis_version) <= 50),
  user_feedback jsonb not null default '{}' check (private.modera_valid_feedback(user_feedback)),
  user_accepted_recommendations integer not null default 0 check (user_accepted_recommendations between 0 and 1000),
  credits_used integer not null default 0 check (credits_used >= 0),
  processing_time integer check (processing_time >= 0),
  created_at timestamptz not null default private.now(),
  completed_at timestamptz,
  unique (id, user_id),
  foreign key (session_id, user_id, session_type)
    references modera.fashion_sessions (id, user_id, session_type) on delete cascade,
  constraint analyses_end check (completed_at >= created_at),
  constraint analyses_charged_when check (credits_used = 0 or completed_at is not null),
  constraint analyses_rated_when check (
    completed_at is not null or user_feedback = '{}' and user_accepted_recommendations = 0
  )
);

create index style_analyses_of_session on modera.style_analyses (session_id, user_id, session_type);
create index style_analyses_of_user on modera.style_analyses (user_id, created_at desc);

alter table modera.style_analyses enable row level security;

create policy style_analyses_read_own on modera.style_analyses for select to authenticated
  using (user_id = (select private.modera_user_id()));
create policy style_analyses_update_own on modera.style_analyses for update to authenticated
  using (user_id = (select private.modera_user_id()))
  with check (user_id = (select private.modera_user_id()));

grant select on modera.style_analyses to authenticated, service_role;
grant update (user_feedback, user_accepted_recommendations) on modera.style_analyses to authenticated;

comment on table modera.style_analyses is 'AI style analyses and their results. Users give feedback on their own.';
comment on column modera.style_analyses.session_type is 'Ties the row to a styling session of the same user.';
comment on column modera.style_analyses.input_image_url is 'Path in the bucket modera-inputs, in the owner''s folder.';
comment on column modera.style_analyses.style_profile is 'Comprehensive AI-generated style profile.';
comment on column modera.style_analyses.body_analysis is 'Body type and measurement analysis.';
comment on column modera.style_analyses.color_analysis is 'Personal colour palette analysis.';
comment on column modera.style_analyses.style_recommendations is 'AI-generated style recommendations.';
comment on column modera.style_analyses.user_feedback is 'What the person thinks of it: {rating, text, saved}.';
comment on column modera.style_analyses.user_accepted_recommendations is 'How many of its recommendations the person says they took.';
comment on column modera.style_analyses.credits_used is 'What the ledger captured for it: nothing unless it completed.';
comment on column modera.style_analyses.processing_time is 'Seconds.';

create table modera.product_recommendations (
  id uuid primary key default gen_random_uuid(),
  style_analysis_id uuid not null,
  user_id bigint not null references modera.profiles (id),
  product_id text not null check (length(product_id) between 1 and 255),
  partner_name text not null check (length(partner_name) between 1 and 100),
  product_url text not null check (product_url ~ '^https://[^/@\s]+(/[^\s]*)?$'),
  product_data jsonb not null default '{}' check (jsonb_typeof(product_data) = 'object'),
  recommendation_score numeric(5, 4) check (recommendation_score between 0 and 1),
  recommendation_reason text,
  category text check (length(category) <= 100),
  subcategory text check (length(subcategory) <= 100),
  user_viewed boolean not null generated always as (first_viewed_at is not null) stored,
  user_clicked boolean not null generated always as (clicked_at is not null) stored,
  user_saved boolean not null default false,
  user_purchased boolean not null generated always as (purchased_at is not null) stored,
  affiliate_commission bigint check (affiliate_commission >= 0),
  commission_currency text check (commission_currency ~ '^[A-Z]{3}$'),
  commission_rate numeric(5, 4) check (commission_rate between 0 and 1),
  created_at timestamptz not null default private.now(),
  first_viewed_at timestamptz,
  clicked_at timestamptz,
  purchased_at timestamptz,
  search tsvector not null generated always as (
    to_tsvector('pg_catalog.english', coalesce(product_data ->> 'title', '') || ' ' || coalesce(product_data ->> 'brand', ''))
    || to_tsvector('pg_catalog.russian', coalesce(product_data ->> 'title', '') || ' ' || coalesce(product_data ->> 'brand', ''))
  ) stored,
  unique (style_analysis_id, partner_name, product_id),
  foreign key (style_analysis_id, user_id) references modera.style_analyses (id, user_id) on delete cascade,
  constraint recommendations_commission check ((affiliate_commission is null) = (commission_currency is null)),
  constraint recommendations_commission_when check (affiliate_commission is null or purchased_at is not null),
  constraint recommendations_order check (
    first_viewed_at >= created_at and clicked_at >= created_at and purchased_at >= created_at
  )
);

create index product_recommendations_of_analysis on modera.product_recommendations (style_analysis_id, user_id);
create index product_recommendations_of_user on modera.product_recommendations (user_id, created_at desc);
create index product_recommendations_search on modera.product_recommendations using gin (search);

alter table modera.product_recommendations enable row level security;

create policy product_recommendations_read_own on modera.product_recommendations for select to authenticated
  using (user_id = (select private.modera_user_id()));
create policy product_recommendations_update_own on modera.product_recommendations for update to authenticated
  using (user_id = (select private.modera_user_id()))
  with check (user_id = (select private.modera_user_id()));

grant select on modera.product_recommendations to authenticated, service_role;
grant update (user_saved) on modera.product_recommendations to authenticated;

comment on table modera.product_recommendations is
  'Products that a style analysis recommends, each once for each partner. Users save them; what was viewed, clicked and bought is told by its time.';
comment on column modera.product_recommendations.product_data is 'Product information from the partner.';
comment on column modera.product_recommendations.product_url is 'https only, without credentials.';
comment on column modera.product_recommendations.recommendation_score is 'AI confidence in the recommendation, 0 to 1.';
comment on column modera.product_recommendations.recommendation_reason is 'Explanation for people.';
comment on column modera.product_recommendations.affiliate_commission is 'Minor units of commission_currency.';
comment on column modera.product_recommendations.search is 'Words of title and brand, stemmed as English and as Russian.';
