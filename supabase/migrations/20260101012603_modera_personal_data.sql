-- MODERA: what it knows of a person, and what becomes of it.

insert into private.personal_buckets (bucket, kind, because) values
  ('modera-inputs', 'exported', null),
  ('modera-results', 'exported', null),
  ('modera-feeds', 'not_personal', 'What partners sell.');

insert into private.farewells (name, position, statement) values
  ('modera.sessions', 10, $$
    select private.modera_end_session(s, 'failed', 'account_erased', 'The account is erased.') from (
      select s.* from modera.fashion_sessions s join modera.profiles p on p.id = s.user_id
      where p.holder = $1 and s.status in ('active', 'processing') for no key update of s
    ) s$$);

-- Sessions take their try-ons, analyses and recommendations with them.
insert into private.personal_data (table_name, rows_of, exported_as, exported_columns, sorted_by, erased_by, position, because) values
  ('modera.fashion_sessions', 't.user_id = (select p.id from modera.profiles p where p.holder = $1)', 'sessions', null, 't.id',
    'delete from modera.fashion_sessions t where t.user_id = (select p.id from modera.profiles p where p.holder = $1)', 40, null),
  ('modera.virtual_tryons', 't.user_id = (select p.id from modera.profiles p where p.holder = $1)', 'try_ons', null, 't.id',
    'delete from modera.virtual_tryons t where t.user_id = (select p.id from modera.profiles p where p.holder = $1)', 30, null),
  ('modera.style_analyses', 't.user_id = (select p.id from modera.profiles p where p.holder = $1)', 'analyses', null, 't.id',
    'delete from modera.style_analyses t where t.user_id = (select p.id from modera.profiles p where p.holder = $1)', 30, null),
  ('modera.shares', 't.user_id = (select p.id from modera.profiles p where p.holder = $1)', 'shares',
    '{id,try_on_id,created_at,expires_at,revoked_at}', 't.id',
    'delete from modera.shares t where t.user_id = (select p.id from modera.profiles p where p.holder = $1)', 20, null),
  ('modera.recommendations', 't.user_id = (select p.id from modera.profiles p where p.holder = $1)', 'recommendations', null, 't.id',
    'delete from modera.recommendations t where t.user_id = (select p.id from modera.profiles p where p.holder = $1)', 20, null),
  ('modera.recommendation_requests', 't.user_id = (select p.id from modera.profiles p where p.holder = $1)', 'recommendation_requests',
    '{id,style_analysis_id,credits_used,created_at}', 't.id',
    'delete from modera.recommendation_requests t where t.user_id = (select p.id from modera.profiles p where p.holder = $1)', 25, null),
  ('modera.commissions', $$t.recommendation_id in (
      select r.id from modera.recommendations r join modera.profiles p on p.id = r.user_id where p.holder = $1)$$, 'purchases',
    '{id,recommendation_id,product_id,order_amount,currency,status,purchased_at}', 't.id', null, 50,
    'What a partner owes us. It forgets whose recommendation it came from when that is deleted.'),
  ('modera.consents', 't.user_id = (select p.id from modera.profiles p where p.holder = $1)', 'consents', null, 't.id', null, 50,
    'That somebody agreed must be provable; the profile it points to is anonymous.'),
  ('modera.user_analytics', 't.user_id = (select p.id from modera.profiles p where p.holder = $1)', 'analytics', null, 't.id', null, 50,
    'Counts of the business, of a profile that is anonymous.'),
  ('modera.telegram_reservations', 't.user_id = $1', 'telegram_reservations', null, 't.telegram_id',
    'delete from modera.telegram_reservations t where t.user_id = $1', 50, null),
  ('modera.profiles', 't.holder = $1', 'profile', null, 't.id',
    'update modera.profiles t set auth_user_id = null where t.holder = $1 and t.auth_user_id is not null', 90, null);

-- The inbox is the kernel's; what people wrote to the bot is in it too. Their chat is known until the Auth user is gone.
update private.personal_data d set rows_of = d.rows_of || $$ or t.provider = 'telegram' and t.effect ->> 'chat_id' = (
  select p.telegram_id::text from modera.profiles p where p.holder = $1)$$
where d.table_name = 'events.inbox';

insert into private.farewells (name, position, statement) values
  ('modera.messages', 80, $$
    update events.inbox t set payload = '{}', effect = t.effect - 'chat_id'
    where t.provider = 'telegram' and t.effect ->> 'chat_id' = (
      select p.telegram_id::text from modera.profiles p where p.holder = $1)$$);
