-- Once the migrations are there: their clock becomes the platform's, and the functions get a login.

do $$
begin
  if to_regprocedure('private.now()') is not null then
    create or replace function private.now()
    returns timestamptz
    language plpgsql
    stable
    set search_path = ''
    as 'begin return pg_catalog.now() + (select c.shift from platform.clock c); end';
  end if;
  if not exists (select from pg_roles where rolname = 'tessera_functions') then
    create role tessera_functions;
  end if;
end
$$;

alter role tessera_functions with login noinherit password 'postgres';
grant anon, authenticated, service_role to tessera_functions;
