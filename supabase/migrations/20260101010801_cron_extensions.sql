-- Turns on pg_cron, pg_net and pgcrypto (which signs the ledger's seals) where the server has them. Elsewhere (a plain Postgres, or a platform that brings the
-- schemas cron, net and vault itself) nothing happens, and what follows looks for the functions when it runs.

do $$
declare
  extension record;
begin
  for extension in
    select e.name, wanted.place
    from (values ('pg_cron', 'pg_catalog', 'cron'), ('pg_net', 'extensions', 'net'), ('pgcrypto', 'extensions', null)) as wanted (name, place, brings)
    join pg_catalog.pg_available_extensions e on e.name = wanted.name
    where e.installed_version is null and (wanted.brings is null or to_regnamespace(wanted.brings) is null) and to_regnamespace(wanted.place) is not null
  loop
    begin
      execute format('create extension %I with schema %I', extension.name, extension.place);
    exception when others then
      raise warning 'extension % was not created: %', extension.name, sqlerrm;
    end;
  end loop;
end
$$;
