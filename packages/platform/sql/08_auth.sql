-- What a hosted project has around Auth's tables, which @supabase/lite has just made: their owner, the
-- grants, and auth.uid() and its like reading the request's claims.

alter schema auth owner to supabase_auth_admin;

do $$
declare
  item record;
begin
  for item in
    select c.oid::regclass as relation from pg_class c
    where c.relnamespace = 'auth'::regnamespace and c.relkind in ('r', 'v', 'p')
  loop
    execute format('alter table %s owner to supabase_auth_admin', item.relation);
    execute format('alter table %s enable row level security', item.relation);
  end loop;
  for item in
    select p.oid::regprocedure as routine from pg_proc p where p.pronamespace = 'auth'::regnamespace
  loop
    execute format('alter function %s owner to supabase_auth_admin', item.routine);
  end loop;
end
$$;

create or replace function auth.uid() returns uuid language sql stable set search_path = '' as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
  )::uuid
$$;

create or replace function auth.role() returns text language sql stable set search_path = '' as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.role', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'
  )
$$;

create or replace function auth.email() returns text language sql stable set search_path = '' as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.email', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email'
  )
$$;

create or replace function auth.jwt() returns jsonb language sql stable set search_path = '' as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')
  )::jsonb
$$;

grant usage on schema auth to anon, authenticated, service_role, postgres;
-- The Data API looks up whom a token names, with its own login role.
grant usage on schema auth to authenticator;
grant select on auth.users to authenticator;
grant all on all tables in schema auth to postgres;
grant all on all sequences in schema auth to postgres;
grant execute on all functions in schema auth to postgres;
