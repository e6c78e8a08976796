-- The role that edge functions log in as: no rights of its own, only the choice of an API role for one transaction.
-- It cannot log in until somebody gives it a password: alter role tessera_functions login password '…'.

do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'tessera_functions') then
    create role tessera_functions nologin noinherit;
  end if;
  grant anon, authenticated, service_role to tessera_functions;
exception when insufficient_privilege then
  raise warning 'tessera_functions may not become the API roles; functions then use SUPABASE_DB_URL.';
end
$$;
