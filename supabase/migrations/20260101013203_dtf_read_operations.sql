-- DTF Editor: how a chain of operations stands.

create function private.dtf_read_operations(chain_id uuid)
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
    'chain_id', o.chain_id,
    'image_id', min(o.image_id::text),
    'status', case
      when bool_or(o.status = 'failed') then 'failed'
      when bool_and(o.status = 'completed') then 'completed'
      when bool_or(o.status <> 'pending') then 'processing'
      else 'pending' end,
    'progress', floor(avg(o.progress))::integer,
    'credits_held', coalesce(sum(h.amount) filter (where h.state = 'open'), 0),
    'credits_used', sum(o.credits_used),
    'created_at', min(o.created_at),
    'completed_at', case when bool_and(o.completed_at is not null) then max(o.completed_at) end,
    'operations', jsonb_agg(jsonb_build_object(
      'operation_id', o.id,
      'operation', o.operation_type,
      'status', o.status,
      'progress', o.progress,
      'price', (o.input_data ->> 'price')::bigint,
      'credits_used', o.credits_used,
      'options', o.input_data -> 'options',
      'measures', o.output_data -> 'measures',
      'seconds', o.processing_time,
      'result_path', o.result_url,
      'preview_path', o.output_data ->> 'preview_path',
      'failure', case when o.status = 'failed' then jsonb_build_object('code', o.error_code, 'message', o.error_message) end
    ) order by o.position)
  ) into answer
  from dtf.image_operations o
  join jobs.predictions p on p.id = o.prediction_id
  left join ledger.holds h on h.id = p.hold_id
  where o.chain_id = dtf_read_operations.chain_id and o.user_id = auth.uid()
  group by o.chain_id;
  if answer is null then
    perform private.raise_problem(404, 'not_found', 'You have no operations with this id.');
  end if;
  return answer;
end
$$;

comment on function private.dtf_read_operations(uuid) is
  'See dtf.operations. Definer: predictions and holds are not the caller''s to read; only what is the caller''s own is shown.';

create function dtf.operations(chain_id uuid)
returns jsonb
language sql
stable
set search_path = ''
return private.dtf_read_operations(chain_id);

comment on function dtf.operations(uuid) is
  'One of the caller''s chains of operations: status, progress in per cent, what is held and what was charged, and each step with its price, result and failure. Another''s: not_found.';

grant execute on function private.dtf_read_operations(uuid) to authenticated;
grant execute on function dtf.operations(uuid) to authenticated;
