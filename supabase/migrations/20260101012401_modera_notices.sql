-- MODERA: how people are reached, and which facts they are told of.

create function private.modera_contact(person uuid)
returns jsonb
language sql
stable
security definer
set search_path = ''
begin atomic
  select jsonb_build_object(
    'language', p.language_code,
    'timezone', 'UTC',
    'addresses', jsonb_strip_nulls(jsonb_build_object(
      'telegram', case when p.telegram_blocked_at is null then p.telegram_id::text end,
      'email', private.mail_address(u.email))))
  from modera.profiles p join auth.users u on u.id = p.auth_user_id
  where p.holder = modera_contact.person and p.is_active;
end;

comment on function private.modera_contact(uuid) is
  'See private.contact. Definer: asked for the service, which reads no addresses itself.';

select events.subscribe('invoice.paid', 'notices.send');
select events.subscribe('invoice.payment_failed', 'notices.send');
select events.subscribe('invoice.refund', 'notices.send');
select events.subscribe('invoice.refund_failed', 'notices.send');
select events.subscribe('credits.low', 'notices.send');
select events.subscribe('top_up.failed', 'notices.send');
select events.subscribe('top_up.capped', 'notices.send');

select ledger.set_low_balance_alert('modera', null, 10);
