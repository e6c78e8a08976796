-- On a hosted project an extension lets postgres write policies on Storage's tables and nothing more. Here
-- postgres is a member of their owner for that, and these triggers refuse the rest.

create function platform.refuse_foreign_ddl()
returns event_trigger
language plpgsql
set search_path = ''
as $$
declare
  foreign_object text;
begin
  if session_user in ('supabase_admin', 'supabase_auth_admin', 'supabase_storage_admin') then
    return;
  elsif tg_event = 'sql_drop' then
    select d.object_identity into foreign_object
    from pg_event_trigger_dropped_objects() d
    where d.schema_name in ('auth', 'storage') and d.original
      and d.object_type in ('table', 'view', 'function', 'type', 'sequence', 'index', 'table column', 'table constraint');
  else
    select c.object_identity into foreign_object
    from pg_event_trigger_ddl_commands() c
    where c.schema_name in ('auth', 'storage')
      and c.command_tag not in ('CREATE POLICY', 'ALTER POLICY', 'CREATE TRIGGER', 'COMMENT', 'GRANT', 'REVOKE');
  end if;
  if foreign_object is not null then
    raise exception 'must be owner of %', foreign_object using errcode = 'insufficient_privilege';
  end if;
end
$$;
comment on function platform.refuse_foreign_ddl() is 'Event trigger: refuses what a hosted project refuses its postgres role in the schemas of Auth and Storage.';

create event trigger refuse_foreign_changes on ddl_command_end execute function platform.refuse_foreign_ddl();
create event trigger refuse_foreign_drops on sql_drop execute function platform.refuse_foreign_ddl();
