-- DTF Editor: pictures whose time is over, and uploads that never came.

create function private.dtf_expire_images(max integer default 1000)
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  due record;
  expired integer := 0;
begin
  for due in
    select i.id, i.user_id from dtf.images i
    where i.expires_at <= private.now()
      -- What is under way ends first.
      and i.processing_status <> 'processing' and not exists (
        select from dtf.image_operations o where o.image_id = i.id and o.status in ('pending', 'processing'))
    order by i.expires_at limit max for update of i skip locked
  loop
    delete from dtf.images i where i.id = due.id;
    perform private.dtf_delete_files(due.user_id || '/' || due.id);
    expired := expired + 1;
  end loop;
  return expired;
end
$$;

comment on function private.dtf_expire_images(integer) is
  'Deletes up to `max` pictures whose time is over, and has their files deleted; what is worked on waits. Returns how many. Idempotent.';

select private.define_job('dtf-image-expiry', '*/10 * * * *', '10 minutes', 'select private.dtf_expire_images()');
select private.schedule_jobs();
