-- DTF Editor: what it knows of a person, and what becomes of it.

insert into private.personal_buckets (bucket, kind, because) values
  ('dtf-images', 'exported', null);

-- Pictures take their operations and their places in collections with them.
insert into private.personal_data (table_name, rows_of, exported_as, exported_columns, sorted_by, erased_by, position, because) values
  ('dtf.images', 't.user_id = $1', 'images', null, 't.id', 'delete from dtf.images t where t.user_id = $1', 40, null),
  ('dtf.image_operations', 't.user_id = $1', 'image_operations',
    '{id,image_id,operation_type,status,input_data,output_data,error_code,credits_used,created_at,completed_at}', 't.id',
    'delete from dtf.image_operations t where t.user_id = $1', 30, null),
  ('dtf.image_collections', 't.user_id = $1', 'image_collections', null, 't.id',
    'delete from dtf.image_collections t where t.user_id = $1', 35, null),
  ('dtf.image_collection_items', 't.user_id = $1', 'image_collection_items', null, 't.id',
    'delete from dtf.image_collection_items t where t.user_id = $1', 30, null),
  ('dtf.api_usage_logs', 't.user_id = $1', 'api_usage', '{api_provider,operation_type,status_code,created_at}', '(t.created_at, t.id)', null, 50,
    'What providers cost us, of a profile that is anonymous; dropped after a year.'),
  ('dtf.user_activity_logs', 't.user_id = $1', 'activity', null, '(t.created_at, t.id)',
    'delete from dtf.user_activity_logs t where t.user_id = $1', 50, null),
  ('dtf.users', 't.id = $1', 'dtf_profile', null, 't.id',
    'update dtf.users t set auth_user_id = null where t.id = $1 and t.auth_user_id is not null', 90, null);
