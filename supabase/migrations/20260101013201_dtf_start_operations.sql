-- DTF Editor: starting operations on a picture, one or a chain of them. One transaction: one hold for all, a row and a prediction a
-- step, and the job of the first.

create function private.dtf_operation_slug(operation_type text)
returns text
language sql
immutable
set search_path = ''
return replace(operation_type, '_', '-');

comment on function private.dtf_operation_slug(text) is
  'What a provider is asked to do for an operation: background-removal. The kind of its prediction and of its job is dtf.<slug>.';

create function private.dtf_enqueue_operation(operation dtf.image_operations)
returns void
language sql
volatile
set search_path = ''
begin atomic
  select jobs.enqueue('dtf.' || private.dtf_operation_slug(operation.operation_type),
    jsonb_build_object('prediction_id', operation.prediction_id), 'dtf.operation/' || operation.id, max_attempts => 12);
end;

comment on function private.dtf_enqueue_operation(dtf.image_operations) is 'Queues the job that asks a provider for an operation, once.';

create function private.dtf_started_chain(chain uuid, image uuid, steps jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  first dtf.image_operations;
  asked jsonb;
  held bigint;
begin
  select o.* into first from dtf.image_operations o where o.chain_id = chain and o.position = 1;
  if not found then
    return null;
  end if;
  select jsonb_agg(jsonb_build_object('operation', o.operation_type, 'options', o.input_data -> 'options') order by o.position)
  into asked from dtf.image_operations o where o.chain_id = chain;
  if asked is distinct from steps or (image is not null and first.image_id <> image) then
    perform private.raise_problem(409, 'idempotency_conflict', 'This idempotency key was used for another request.');
  end if;
  select h.amount into held from dtf.image_operations o
  join jobs.predictions p on p.id = o.prediction_id join ledger.holds h on h.id = p.hold_id
  where o.chain_id = chain;
  return jsonb_build_object('chain_id', chain, 'image_id', first.image_id, 'status', 'pending', 'credits_held', held, 'replayed', true);
end
$$;

comment on function private.dtf_started_chain(uuid, uuid, jsonb) is
  'The first answer to a retried start, or null. Another picture or other steps under the same key: idempotency_conflict.';

create function private.dtf_require_steps(steps jsonb)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
  count constant integer := case jsonb_typeof(steps) when 'array' then jsonb_array_length(steps) else 0 end;
  step record;
begin
  if count not between 1 and 10 then
    perform private.raise_problem(422, 'invalid_request', 'A chain has one to ten operations.', '{"field": "steps"}');
  end if;
  for step in select s.value, s.ordinality as position from jsonb_array_elements(steps) with ordinality s loop
    if not coalesce(step.value ->> 'operation' in
        ('upscale', 'background_removal', 'vectorize', 'generate', 'halftone', 'color_knockout', 'underbase'), false)
      or jsonb_typeof(step.value -> 'options') is distinct from 'object' or step.value - '{operation,options}'::text[] <> '{}' then
      perform private.raise_problem(422, 'invalid_request', 'There is no such operation.', '{"field": "steps"}');
    end if;
    if (step.value ->> 'operation' in ('vectorize', 'underbase') and step.position < count)
      or (step.value ->> 'operation' = 'generate' and step.position > 1) then
      perform private.raise_problem(422, 'chain_impossible',
        'A picture is generated first; nothing is done to a drawing or to a white layer.', '{"field": "then"}');
    end if;
  end loop;
end
$$;

comment on function private.dtf_require_steps(jsonb) is
  'Refuses what is no chain of operations: [{operation, options}], one to ten, in an order that can be done.';

create function private.dtf_require_artwork(image dtf.images)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  if image.processing_status in ('pending', 'processing') or image.final_url is null then
    perform private.raise_problem(409, 'illegal_transition', 'The picture is not there yet, or being worked on.',
      jsonb_build_object('field', 'image_id', 'state', image.processing_status));
  end if;
  if image.final_url like '%.svg' then
    perform private.raise_problem(422, 'chain_impossible', 'Nothing is done to a drawing: begin with a picture of pixels.', '{"field": "image_id"}');
  end if;
end
$$;

comment on function private.dtf_require_artwork(dtf.images) is 'Refuses a locked picture that cannot be worked on now.';

create function private.dtf_new_image(caller uuid, id uuid)
returns dtf.images
language sql
volatile
set search_path = ''
begin atomic
  insert into dtf.images (id, user_id, original_filename, expires_at)
  values (dtf_new_image.id, caller, 'Generated', private.now() + (private.dtf_terms(caller)).pictures_kept_for)
  returning *;
end;

comment on function private.dtf_new_image(uuid, uuid) is 'The picture that is to be generated.';

create function private.dtf_start_operations(image_id uuid, steps jsonb, key text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  caller constant uuid := auth.uid();
  chain uuid;
  image dtf.images;
  total bigint;
  -- What of the total is for which operation: the books say it when the picture is gone.
  prices jsonb;
  held jsonb;
  started jsonb;
  step record;
  operation dtf.image_operations;
  time_limit constant interval := '1 hour';
begin
  -- GUARD
  if caller is null then
    perform private.raise_problem(401, 'unauthorized', 'Sign in first.');
  end if;
  perform private.require_key(key);
  perform private.dtf_require_steps(steps);
  chain := private.row_of_key('dtf', 'operations', caller, key);
  started := private.dtf_started_chain(chain, image_id, steps);
  if started is not null then
    return started;
  end if;
  if (image_id is null) <> (steps -> 0 ->> 'operation' = 'generate') then
    perform private.raise_problem(422, 'invalid_request', 'A picture is named, unless one is generated.', '{"field": "image_id"}');
  end if;
  perform private.admit('dtf', caller);

  -- LOCK: the picture, then the ledger account, until the transaction ends.
  if image_id is not null then
    image := private.dtf_lock_image(image_id, caller);
    -- The same request may have been waited for.
    started := private.dtf_started_chain(chain, image_id, steps);
    if started is not null then
      return started;
    end if;
    perform private.dtf_require_artwork(image);
  end if;
  select sum(o.credits), jsonb_object_agg(o.operation, o.credits) into total, prices from (
    select s.value ->> 'operation' as operation, sum(billing.rate('dtf', s.value ->> 'operation')) as credits
    from jsonb_array_elements(steps) s group by 1
  ) o;
  held := ledger.hold('dtf', caller, total, 'dtf.operations/' || chain,
    case jsonb_array_length(steps) when 1 then steps -> 0 ->> 'operation' else 'chain' end, time_limit + interval '15 minutes', chain::text,
    jsonb_build_object('steps', encode(private.fingerprint(steps), 'hex'), 'operations', prices));
  if held ? 'refusal' then
    return held;
  end if;
  if (held ->> 'replayed')::boolean then
    return private.dtf_started_chain(chain, image_id, steps);
  end if;

  -- WRITE: the last step carries the hold, so that it is captured when all is done.
  if image.id is null then
    image := private.dtf_new_image(caller, private.row_of_key('dtf', 'generated', caller, key));
  end if;
  for step in select s.value, s.ordinality as position from jsonb_array_elements(steps) with ordinality s order by s.ordinality loop
    operation.id := gen_random_uuid();
    insert into dtf.image_operations (id, image_id, user_id, chain_id, position, operation_type, input_data, prediction_id)
    values (operation.id, image.id, caller, chain, step.position, step.value ->> 'operation',
      jsonb_build_object('options', step.value -> 'options', 'price', billing.rate('dtf', step.value ->> 'operation')),
      jobs.create_prediction('dtf', 'dtf.' || private.dtf_operation_slug(step.value ->> 'operation'), operation.id,
        case when step.position = jsonb_array_length(steps) then (held ->> 'hold_id')::uuid end, time_limit));
  end loop;
  update dtf.images i set processing_status = 'processing', processing_error = null where i.id = image.id;
  select o.* into operation from dtf.image_operations o where o.chain_id = chain and o.position = 1;
  perform private.dtf_enqueue_operation(operation);
  return private.dtf_started_chain(chain, image.id, steps) || '{"replayed": false}';
end
$$;

comment on function private.dtf_start_operations(uuid, jsonb, text) is
  'See dtf.start_operations. Definer: users may not write operations, holds and jobs; the caller is auth.uid(), and the picture must be theirs.';

create function dtf.start_operations(image_id uuid, steps jsonb, key text)
returns jsonb
language sql
volatile
set search_path = ''
return private.dtf_start_operations(image_id, steps, key);

comment on function dtf.start_operations(uuid, jsonb, text) is
  'Starts a chain of operations ([{operation, options}]) on one of the caller''s pictures, or (null, the first being generate) on a new one, once for each key: {chain_id, image_id, status, credits_held, replayed}, or {refusal: insufficient_credits} when there is not enough for all of it; then nothing starts.';

grant execute on function private.dtf_start_operations(uuid, jsonb, text) to authenticated;
grant execute on function dtf.start_operations(uuid, jsonb, text) to authenticated;
