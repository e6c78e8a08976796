-- DTF Editor: what becomes of operations. Lock order everywhere: picture, predictions, ledger account. A chain is charged when its last
-- step is done, and for all of it; when a step fails nothing is charged and nothing of it is kept.

create function private.dtf_lock_operation(prediction_id uuid)
returns dtf.image_operations
language plpgsql
volatile
set search_path = ''
as $$
declare
  operation dtf.image_operations;
begin
  perform from dtf.images i join dtf.image_operations o on o.image_id = i.id
  where o.prediction_id = dtf_lock_operation.prediction_id for no key update of i;
  select o.* into operation from dtf.image_operations o where o.prediction_id = dtf_lock_operation.prediction_id;
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no operation with this prediction.');
  end if;
  return operation;
end
$$;

comment on function private.dtf_lock_operation(uuid) is
  'Locks the picture of a prediction, and with it all operations on it, until the transaction ends; returns the operation.';

create function private.dtf_operation_input(operation dtf.image_operations)
returns text
language sql
stable
set search_path = ''
return case when (operation).position = 1
  then (select i.final_url from dtf.images i where i.id = (operation).image_id)
  else (select o.result_url from dtf.image_operations o
    where o.chain_id = (operation).chain_id and o.position = (operation).position - 1) end;

comment on function private.dtf_operation_input(dtf.image_operations) is 'The file that an operation works on: the picture, or what the step before it made.';

create function private.dtf_operation_submission(prediction_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  answer jsonb;
begin
  select jsonb_build_object(
    'operation_id', o.id,
    'operation', o.operation_type,
    'user_id', o.user_id,
    'image_id', o.image_id,
    'options', o.input_data -> 'options',
    'path', i.path,
    'found', private.stored_file('dtf-images', i.path) is not null,
    'state', case when p.deadline_at <= private.now() and p.settled_at is null then 'failed' else o.status end,
    'provider', p.provider,
    'provider_prediction_id', p.provider_prediction_id
  ) into answer
  from dtf.image_operations o
  join jobs.predictions p on p.id = o.prediction_id
  cross join lateral (select private.dtf_operation_input(o) as path) i
  where o.prediction_id = dtf_operation_submission.prediction_id;
  if answer is null then
    perform private.raise_problem(404, 'not_found', 'There is no operation with this prediction.');
  end if;
  return answer;
end
$$;

comment on function private.dtf_operation_submission(uuid) is
  'See dtf.operation_submission. Definer: reads the kernel''s tables for the service.';

create function private.dtf_mark_operation_submitted(prediction_id uuid, provider text, provider_prediction_id text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  operation dtf.image_operations;
begin
  -- LOCK
  operation := private.dtf_lock_operation(prediction_id);

  -- WRITE
  perform jobs.mark_submitted(prediction_id, provider, provider_prediction_id);
  update dtf.image_operations o set status = 'processing', progress = 10, started_at = greatest(private.now(), o.created_at),
    api_provider = provider
  where o.id = operation.id and o.status = 'pending';
  return jsonb_build_object('state', case operation.status when 'pending' then 'processing' else operation.status end);
end
$$;

comment on function private.dtf_mark_operation_submitted(uuid, text, text) is
  'See dtf.mark_operation_submitted. Definer: operations and predictions are written by functions alone.';

create function private.dtf_publish_chain_end(last dtf.image_operations, topic text)
returns void
language sql
volatile
set search_path = ''
begin atomic
  select events.publish(topic, jsonb_build_object('product', 'dtf', 'user_id', last.user_id, 'chain_id', last.chain_id,
    'image_id', last.image_id, 'credits_used', (select sum(o.credits_used) from dtf.image_operations o where o.chain_id = last.chain_id)),
    'dtf.chain/' || last.chain_id);
end;

comment on function private.dtf_publish_chain_end(dtf.image_operations, text) is
  'Publishes, once, that a chain has ended: image_operations.completed or image_operations.failed, with whose it is and what it cost them.';

create function private.dtf_end_chain(last dtf.image_operations)
returns bigint
language plpgsql
volatile
set search_path = ''
as $$
declare
  charged bigint;
  shown dtf.image_operations;
begin
  select h.captured into charged from jobs.predictions p join ledger.holds h on h.id = p.hold_id where p.id = last.prediction_id;
  if charged > 0 then
    update dtf.image_operations o set credits_used = (o.input_data ->> 'price')::bigint where o.chain_id = last.chain_id;
  end if;
  -- The white layer is a file of its own: it does not take the picture's place.
  select o.* into shown from dtf.image_operations o
  where o.chain_id = last.chain_id and o.operation_type <> 'underbase' order by o.position desc limit 1;
  update dtf.images i set processing_status = 'completed',
    processed_url = coalesce(shown.result_url, i.processed_url), final_url = coalesce(shown.result_url, i.final_url),
    width = coalesce((shown.output_data -> 'measures' ->> 'width')::integer, i.width),
    height = coalesce((shown.output_data -> 'measures' ->> 'height')::integer, i.height),
    has_alpha = coalesce((shown.output_data -> 'measures' ->> 'has_alpha')::boolean, i.has_alpha)
  where i.id = last.image_id;
  perform jobs.enqueue('dtf.thumbnail', jsonb_build_object('image_id', last.image_id), 'dtf.chain/' || last.chain_id, max_attempts => 3);
  perform private.dtf_publish_chain_end(last, 'image_operations.completed');
  return charged;
end
$$;

comment on function private.dtf_end_chain(dtf.image_operations) is
  'Records what a chain was charged, its last step being settled, and puts its result in the picture''s place. Returns the charge.';

create function private.dtf_complete_operation(prediction_id uuid, output jsonb, result_path text, preview_path text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  operation dtf.image_operations;
  next dtf.image_operations;
  charged bigint := 0;
  cost bigint;
begin
  -- LOCK
  operation := private.dtf_lock_operation(prediction_id);

  -- GUARD
  if operation.status = 'completed' then
    return jsonb_build_object('status', 'completed', 'late', false, 'replayed', true);
  end if;
  perform jobs.settle_prediction(prediction_id, 'succeeded', output, null, null);
  if operation.status = 'failed' then
    -- Late: recorded, and not charged.
    return jsonb_build_object('status', 'failed', 'late', true, 'replayed', false);
  end if;

  -- WRITE
  if operation.status = 'pending' then
    perform private.dtf_mark_operation_submitted(prediction_id, 'unknown', 'unknown:' || prediction_id);
  end if;
  select p.provider_cost_micros into cost from jobs.predictions p where p.id = prediction_id;
  update dtf.image_operations o set
    status = 'completed', progress = 100, result_url = result_path,
    output_data = jsonb_strip_nulls(jsonb_build_object('engine', output ->> 'engine', 'measures', output -> 'measures', 'preview_path', preview_path)),
    completed_at = greatest(private.now(), o.started_at),
    processing_time = round(greatest(0, extract(epoch from private.now() - o.started_at)), 2),
    api_cost = coalesce(cost, private.dtf_api_cost(o.api_provider, o.operation_type, private.now()::date))
  where o.id = operation.id returning o.* into operation;
  perform private.dtf_log_api_call(operation, 200, operation.input_data -> 'options', output -> 'measures');
  select o.* into next from dtf.image_operations o where o.chain_id = operation.chain_id and o.position = operation.position + 1;
  if next.id is not null then
    perform private.dtf_enqueue_operation(next);
  else
    charged := private.dtf_end_chain(operation);
  end if;
  return jsonb_build_object('status', 'completed', 'late', false, 'replayed', false, 'credits_used', charged);
end
$$;

comment on function private.dtf_complete_operation(uuid, jsonb, text, text) is
  'See dtf.complete_operation. Definer: operations, pictures and predictions are written by functions alone.';

create function private.dtf_fail_operation(prediction_id uuid, code text, message text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  failed dtf.image_operations;
  later dtf.image_operations;
  reason constant text := case when code ~ '^[a-z_]{1,64}$' then code else 'prediction_failed' end;
begin
  -- LOCK
  failed := private.dtf_lock_operation(prediction_id);

  -- GUARD
  if failed.status in ('completed', 'failed') then
    return jsonb_build_object('status', failed.status, 'replayed', true);
  end if;

  -- WRITE: what comes after it is given up; the last step has the hold, which is released with it.
  perform jobs.settle_prediction(prediction_id, 'failed', null, reason, message);
  for later in select o.* from dtf.image_operations o
    where o.chain_id = failed.chain_id and o.position >= failed.position order by o.position
  loop
    if later.id <> failed.id then
      perform jobs.settle_prediction(later.prediction_id, 'canceled', null, 'chain_stopped', 'A step before it failed.');
    end if;
    update dtf.image_operations o set status = 'failed', completed_at = greatest(private.now(), o.created_at, o.started_at),
      error_code = case when o.id = failed.id then reason else 'chain_stopped' end,
      error_message = left(case when o.id = failed.id then message else 'A step before it failed.' end, 500),
      processing_time = round(greatest(0, extract(epoch from private.now() - o.started_at)), 2)
    where o.id = later.id;
  end loop;
  -- Nobody pays for the steps that were done, so nobody is given them, whoever failed the chain: an engine or the clock.
  perform private.dtf_delete_files(o.result_url) from dtf.image_operations o
  where o.chain_id = failed.chain_id and o.result_url is not null;
  update dtf.image_operations o set result_url = null where o.chain_id = failed.chain_id and o.result_url is not null;
  update dtf.images i set
    processing_status = case when i.final_url is null then 'failed' else 'completed' end,
    processing_error = case when i.final_url is null then reason end
  where i.id = failed.image_id;
  select o.* into failed from dtf.image_operations o where o.id = failed.id;
  perform private.dtf_log_api_call(failed, null, failed.input_data -> 'options', null, reason);
  perform private.dtf_publish_chain_end(failed, 'image_operations.failed');
  return jsonb_build_object('status', 'failed', 'replayed', false);
end
$$;

comment on function private.dtf_fail_operation(uuid, text, text) is
  'See dtf.fail_operation. Definer: operations, pictures and predictions are written by functions alone.';

create function dtf.operation_submission(prediction_id uuid)
returns jsonb
language sql
stable
set search_path = ''
return private.dtf_operation_submission(prediction_id);

comment on function dtf.operation_submission(uuid) is
  'What a provider is asked for: {operation_id, operation, user_id, image_id, options, path, found, state, provider, provider_prediction_id}. Service only.';

create function dtf.mark_operation_submitted(prediction_id uuid, provider text, provider_prediction_id text)
returns jsonb
language sql
volatile
set search_path = ''
return private.dtf_mark_operation_submitted(prediction_id, provider, provider_prediction_id);

comment on function dtf.mark_operation_submitted(uuid, text, text) is
  'Records who took the operation, and that it is under way: {state}. Idempotent. Service only.';

create function dtf.complete_operation(prediction_id uuid, output jsonb, result_path text default null, preview_path text default null)
returns jsonb
language sql
volatile
set search_path = ''
return private.dtf_complete_operation(prediction_id, output, result_path, preview_path);

comment on function dtf.complete_operation(uuid, jsonb, text, text) is
  'Records a result that is in Storage; the next step of the chain is begun, or after the last one the hold captured: {status, credits_used, late, replayed}. After a failure it is recorded as late and nothing is charged. Idempotent. Service only.';

create function dtf.fail_operation(prediction_id uuid, code text, message text)
returns jsonb
language sql
volatile
set search_path = ''
return private.dtf_fail_operation(prediction_id, code, message);

comment on function dtf.fail_operation(uuid, text, text) is
  'Records a failure, gives up the rest of the chain, releases its hold and has the files deleted that its steps made: {status, replayed}. Idempotent. Service only.';

create function private.dtf_expire_operations()
returns integer
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  due uuid;
  expired integer := 0;
begin
  for due in
    select distinct on (o.chain_id) o.prediction_id
    from dtf.image_operations o join jobs.predictions p on p.id = o.prediction_id
    where o.status in ('pending', 'processing') and p.deadline_at <= private.now()
    order by o.chain_id, o.position limit 100
  loop
    perform private.dtf_fail_operation(due, 'operation_expired', 'It was not done in time.');
    expired := expired + 1;
  end loop;
  return expired;
end
$$;

comment on function private.dtf_expire_operations() is
  'Fails chains whose time is over, 100 at a time; returns how many. Definer: the clock calls it.';

select private.define_job('dtf-operation-expiry', '* * * * *', '1 minute', 'select private.dtf_expire_operations()');
select private.schedule_jobs();

grant execute on function private.dtf_operation_submission(uuid) to service_role;
grant execute on function private.dtf_mark_operation_submitted(uuid, text, text) to service_role;
grant execute on function private.dtf_complete_operation(uuid, jsonb, text, text) to service_role;
grant execute on function private.dtf_fail_operation(uuid, text, text) to service_role;
grant execute on function dtf.operation_submission(uuid) to service_role;
grant execute on function dtf.mark_operation_submitted(uuid, text, text) to service_role;
grant execute on function dtf.complete_operation(uuid, jsonb, text, text) to service_role;
grant execute on function dtf.fail_operation(uuid, text, text) to service_role;
