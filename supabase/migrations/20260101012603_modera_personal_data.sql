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
  ('modera.product_recommendations', 't.user_id = (select p.id from modera.profiles p where p.holder = $1)', 'recommendations', null, 't.id',
    'delete from modera.product_recommendations t where t.user_id = (select p.id from modera.profiles p where p.holder = $1)', 20, null),
  ('modera.consents', 't.user_id = (select p.id from modera.profiles p where p.holder = $1)', 'consents', null, 't.id', null, 50,
    'That somebody agreed must be provable; the profile it points to is anonymous.'),
  ('modera.user_analytics', 't.user_id = (select p.id from modera.profiles p where p.holder = $1)', 'analytics', null, 't.id', null, 50,
    'Counts of the business, of a profile that is anonymous.'),
  ('modera.telegram_reservations', 't.user_id = $1', 'telegram_reservations', null, 't.telegram_id',
    'delete from modera.telegram_reservations t where t.user_id = $1', 50, null),
  ('modera.profiles', 't.holder = $1', 'profile', null, 't.id',
    'update modera.profiles t set auth_user_id = null where t.holder = $1 and t.auth_user_id is not null', 90, null);
