-- Files of nobody: what is left in a folder when its user is gone, whatever way they went.

create function private.orphaned_files(max integer)
returns jsonb
language sql
stable
security definer
set search_path = ''
begin atomic
  select coalesce(jsonb_agg(jsonb_build_object('bucket', o.bucket_id, 'path', o.name)), '[]')
  from (
    select s.bucket_id, s.name
    from storage.objects s join private.personal_buckets b on b.bucket = s.bucket_id and b.kind <> 'not_personal'
    where not exists (select from auth.users u where u.id = private.personal_folder(s.name))
    order by s.bucket_id, s.name limit max
  ) o;
end;

comment on function private.orphaned_files(integer) is
  'See api.orphaned_files. Definer: reads Storage''s rows and Auth''s users for the service.';

create function api.orphaned_files(max integer default 100)
returns jsonb
language sql
stable
set search_path = ''
return private.orphaned_files(max);

comment on function api.orphaned_files(integer) is
  'Up to `max` files of buckets that hold what is personal, in folders of no user: [{bucket, path}].';

grant execute on function private.orphaned_files(integer) to service_role;
grant execute on function api.orphaned_files(integer) to service_role;

select private.define_job('orphaned-files', '7 3 * * *', '1 day',
  $$select jobs.enqueue('account.orphans', '{}', to_char(private.now() at time zone 'UTC', 'YYYY-MM-DD'))$$);
select private.schedule_jobs();
