-- DTF Editor: how people are reached, which facts they are told of, and the facts that are its own.

create function private.dtf_contact(person uuid)
returns jsonb
language sql
stable
security definer
set search_path = ''
begin atomic
  select jsonb_build_object(
    'language', coalesce(left(u.raw_user_meta_data ->> 'language', 10), 'en'),
    'timezone', 'UTC',
    'addresses', jsonb_strip_nulls(jsonb_build_object('email', private.mail_address(u.email))))
  from dtf.users p join auth.users u on u.id = p.auth_user_id
  where p.id = dtf_contact.person and p.is_active;
end;

comment on function private.dtf_contact(uuid) is
  'See private.contact. The language is what the person said at sign-up. Definer: asked for the service, which reads no addresses itself.';

create function private.dtf_tell_welcome()
returns trigger
language plpgsql
volatile
set search_path = ''
as $$
begin
  perform events.publish('dtf.welcome', jsonb_build_object('product', 'dtf', 'holder', new.id), 'dtf.welcome:' || new.id);
  return null;
end
$$;

comment on function private.dtf_tell_welcome() is 'Trigger: publishes dtf.welcome, once for each person.';

create trigger users_are_welcomed after insert on dtf.users
  for each row execute function private.dtf_tell_welcome();

create function private.dtf_tell_operation()
returns trigger
language plpgsql
volatile
set search_path = ''
as $$
begin
  if new.status = 'completed' and exists (
    select from dtf.image_operations later where later.chain_id = new.chain_id and later.position > new.position
  ) then
    return null;
  end if;
  perform events.publish('dtf.operation_finished', jsonb_build_object('product', 'dtf', 'holder', new.user_id, 'operation_id', new.id,
    'image_id', new.image_id, 'operation_type', new.operation_type, 'status', new.status, 'error_code', new.error_code,
    'credits', new.credits_used), 'dtf.operation_finished:' || new.id);
  return null;
end
$$;

comment on function private.dtf_tell_operation() is 'Trigger: publishes dtf.operation_finished; of a chain for its last step, or the one that failed.';

-- Who waits for less looks themselves.
create trigger operations_are_told after update of status on dtf.image_operations
  for each row
  when (old.status is distinct from new.status and new.completed_at > new.created_at + interval '1 minute'
    and new.status in ('completed', 'failed'))
  execute function private.dtf_tell_operation();

select events.subscribe('dtf.welcome', 'notices.send');
select events.subscribe('dtf.operation_finished', 'notices.send');

select ledger.set_low_balance_alert('dtf', null, 2);
