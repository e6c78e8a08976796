-- MODERA: pictures whose time is over. Rows of storage.objects go with their files, through the Storage API alone, so a job
-- deletes what this finds.

insert into modera.settings (setting_key, setting_value, setting_type, description, is_public) values
  ('input_retention_days', '30', 'system', 'Days after which photos that people uploaded are deleted', true);

create function private.modera_input_retention()
returns interval
language sql
stable
set search_path = ''
return make_interval(days => private.modera_number_setting('input_retention_days', 30));

comment on function private.modera_input_retention() is 'How long an input is kept, from the setting input_retention_days.';

create function private.modera_due_pictures(max integer)
returns jsonb
language sql
stable
security definer
set search_path = ''
begin atomic
  with pictures as (
    select o.bucket_id, o.name, o.created_at, private.personal_folder(o.name) as owner
    from storage.objects o where o.bucket_id in ('modera-inputs', 'modera-results')
  ),
  used as (
    -- Work that is under way keeps what it works on.
    select given #>> '{}' as path from modera.fashion_sessions s
    cross join lateral jsonb_path_query(s.input_data, '$.**') as given
    where s.status in ('active', 'processing') and s.expires_at > private.now() and jsonb_typeof(given) = 'string'
  ),
  due as (
    select p.bucket_id, p.name, case
      when p.bucket_id = 'modera-inputs' and p.created_at <= private.now() - private.modera_input_retention() then 'old'
      when p.bucket_id = 'modera-inputs' and not coalesce((
        select c.given from modera.consents c join modera.profiles m on m.id = c.user_id
        where m.auth_user_id = p.owner and c.purpose = 'photos' order by c.id desc limit 1
      ), false) then 'no_consent'
      when p.bucket_id = 'modera-results' and p.created_at <= private.now() - interval '1 day'
        and not exists (select from modera.virtual_tryons t where t.result_image_url = p.name) then 'no_result'
    end as reason
    from pictures p
  )
  select coalesce(jsonb_agg(jsonb_build_object('bucket', found.bucket_id, 'path', found.name, 'reason', found.reason)), '[]')
  from (
    select d.* from due d
    where d.reason is not null and (d.reason = 'no_result' or d.name not in (select used.path from used))
    order by d.bucket_id, d.name limit max
  ) as found;
end;

comment on function private.modera_due_pictures(integer) is
  'See modera.due_pictures. Definer: Storage''s rows and all people''s consents are read for the service.';

create function modera.due_pictures(max integer default 100)
returns jsonb
language sql
stable
set search_path = ''
return private.modera_due_pictures(max);

comment on function modera.due_pictures(integer) is
  'Up to `max` stored pictures that must go: [{bucket, path, reason}]. reason: old (an input past input_retention_days), no_consent (an input of somebody who withdrew, or never gave, consent), no_result (a day-old result that no try-on shows).';

grant execute on function private.modera_due_pictures(integer) to service_role;
grant execute on function modera.due_pictures(integer) to service_role;

create function private.modera_sweep_withdrawn()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  -- Now, and once more when what is under way has ended.
  perform jobs.enqueue('modera.retention', '{}', 'withdrawn/' || new.id);
  perform jobs.enqueue('modera.retention', '{}', 'withdrawn-later/' || new.id,
    private.now() + private.modera_session_timeout() + interval '1 minute');
  return null;
end
$$;

comment on function private.modera_sweep_withdrawn() is
  'Trigger: has the photos of somebody who withdrew consent deleted. Definer: the queue is not the caller''s to write.';

create trigger consents_withdrawn_sweep after insert on modera.consents
  for each row when (not new.given) execute function private.modera_sweep_withdrawn();

select private.define_job('modera-retention', '37 2 * * *', '1 day',
  $$select jobs.enqueue('modera.retention', '{}', to_char(private.now() at time zone 'UTC', 'YYYY-MM-DD'))$$);
select private.schedule_jobs();
