-- Predictions: work asked of an AI provider, paid from a hold.

create type jobs.prediction_state as enum ('starting', 'processing', 'succeeded', 'failed', 'canceled');
comment on type jobs.prediction_state is 'The states of the providers'' protocol.';

insert into private.transitions (machine, from_state, to_state) values
  ('jobs.predictions.state', 'starting', 'processing'),
  ('jobs.predictions.state', 'starting', 'succeeded'),
  ('jobs.predictions.state', 'starting', 'failed'),
  ('jobs.predictions.state', 'starting', 'canceled'),
  ('jobs.predictions.state', 'processing', 'succeeded'),
  ('jobs.predictions.state', 'processing', 'failed'),
  ('jobs.predictions.state', 'processing', 'canceled');

create table jobs.predictions (
  id uuid primary key default gen_random_uuid(),
  product text not null check (product ~ '^[a-z][a-z0-9_]{1,31}$'),
  kind text not null check (kind ~ '^[a-z][a-z0-9_.-]{0,63}$'),
  subject_id uuid not null,
  hold_id uuid references ledger.holds (id),
  provider text check (provider ~ '^[a-z][a-z0-9_-]{1,31}$'),
  provider_prediction_id text check (provider_prediction_id <> ''),
  state jobs.prediction_state not null default 'starting',
  deadline_at timestamptz not null,
  output jsonb,
  error_code text,
  error_message text,
  provider_cost_micros bigint check (provider_cost_micros >= 0),
  late boolean not null default false,
  created_at timestamptz not null default private.now(),
  submitted_at timestamptz,
  settled_at timestamptz,
  updated_at timestamptz not null default private.now(),
  unique (hold_id),
  unique (provider, provider_prediction_id),
  constraint predictions_deadline check (deadline_at > created_at),
  constraint predictions_end check ((state in ('succeeded', 'failed', 'canceled')) = (settled_at is not null)),
  constraint predictions_submission check ((provider is null) = (provider_prediction_id is null))
);

create index predictions_by_subject on jobs.predictions (product, subject_id);
create index predictions_by_time on jobs.predictions (product, created_at);
create index predictions_overdue on jobs.predictions (deadline_at) where settled_at is null;

alter table jobs.predictions enable row level security;

create trigger predictions_move_legally before update of state on jobs.predictions
  for each row execute function private.guard_transition('state');
create trigger predictions_touch before update on jobs.predictions
  for each row execute function private.touch_updated_at();

comment on table jobs.predictions is
  'What was asked of a provider and what came of it. Its hold is captured on success and released otherwise, once, in the transaction that settles it. Lock order: prediction, ledger account.';
comment on column jobs.predictions.subject_id is 'The product''s row that it is for.';
comment on column jobs.predictions.late is 'It succeeded after its hold was given back: recorded, not charged.';
comment on column jobs.predictions.provider_cost_micros is 'What the provider charges us, in millionths of a US dollar.';

create function jobs.create_prediction(product text, kind text, subject_id uuid, hold_id uuid, deadline interval)
returns uuid
language sql
volatile
security definer
set search_path = ''
begin atomic
  insert into jobs.predictions (product, kind, subject_id, hold_id, deadline_at)
  values (product, kind, subject_id, hold_id, private.now() + deadline)
  returning id;
end;

comment on function jobs.create_prediction(text, text, uuid, uuid, interval) is
  'Records a prediction to be asked for and returns its id. The hold, if any, must outlive the deadline. Definer: predictions are written by the functions of jobs alone.';

create function jobs.cancel_at_provider(prediction jobs.predictions)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  if prediction.state = 'canceled' and prediction.provider_prediction_id is not null then
    perform jobs.enqueue('prediction.cancel', jsonb_build_object('prediction_id', prediction.id, 'provider', prediction.provider,
      'provider_prediction_id', prediction.provider_prediction_id), prediction.id::text, max_attempts => 12);
  end if;
end
$$;

comment on function jobs.cancel_at_provider(jobs.predictions) is
  'Queues the job that tells the provider to stop, once, when a prediction was given up and the provider has it; otherwise nothing.';

create function jobs.mark_submitted(prediction_id uuid, provider text, provider_prediction_id text)
returns boolean
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  prediction jobs.predictions;
begin
  update jobs.predictions p
  set provider = mark_submitted.provider, provider_prediction_id = mark_submitted.provider_prediction_id,
    submitted_at = private.now(), state = case when p.state = 'starting' then 'processing' else p.state end
  where p.id = prediction_id and p.provider_prediction_id is null
  returning p.* into prediction;
  if not found then
    return false;
  end if;
  -- It may have been given up while the provider was taking it.
  perform jobs.cancel_at_provider(prediction);
  return true;
end
$$;

comment on function jobs.mark_submitted(uuid, text, text) is
  'Records the provider''s id of a prediction; true for the first call only. One that was given up meanwhile is cancelled at the provider. Definer: see jobs.create_prediction.';

create function jobs.settle_prediction(
  prediction_id uuid,
  state text,
  output jsonb default null,
  error_code text default null,
  error_message text default null
)
returns boolean
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  prediction jobs.predictions;
  movement jsonb;
begin
  -- LOCK
  select * into prediction from jobs.predictions p where p.id = prediction_id for no key update;

  -- GUARD
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no such prediction.');
  end if;
  if state is null or state not in ('succeeded', 'failed', 'canceled') then
    perform private.raise_problem(422, 'invalid_request', 'A prediction is settled as succeeded, failed or canceled.', '{"field": "state"}');
  end if;
  if prediction.settled_at is not null then
    update jobs.predictions p set late = true, output = settle_prediction.output
    where p.id = prediction.id and p.state <> 'succeeded' and settle_prediction.state = 'succeeded' and not p.late;
    return false;
  end if;

  -- WRITE
  if prediction.hold_id is not null and state = 'succeeded' then
    movement := ledger.capture(prediction.hold_id, 'prediction:' || prediction.id);
  elsif prediction.hold_id is not null then
    movement := ledger.release(prediction.hold_id, 'prediction:' || prediction.id, coalesce(error_code, state));
  end if;
  update jobs.predictions p
  set state = settle_prediction.state::jobs.prediction_state, output = settle_prediction.output,
    error_code = settle_prediction.error_code, error_message = left(settle_prediction.error_message, 2000), settled_at = private.now(),
    late = settle_prediction.state = 'succeeded' and coalesce(movement ? 'refusal', false)
  where p.id = prediction.id
  returning p.* into prediction;
  perform jobs.cancel_at_provider(prediction);
  perform events.publish('prediction.' || state, jsonb_build_object('prediction_id', prediction.id, 'product', prediction.product,
    'kind', prediction.kind, 'subject_id', prediction.subject_id, 'error_code', error_code), 'prediction:' || prediction.id);
  return true;
end
$$;

comment on function jobs.settle_prediction(uuid, text, jsonb, text, text) is
  'Settles a prediction as succeeded, failed or canceled, and captures or releases its hold; one that is given up (canceled) is cancelled at its provider too. True for the first settlement only. A success after that is kept as late; so is one whose hold has timed out: neither is charged. Definer: see jobs.create_prediction.';

create function jobs.record_cost(prediction_id uuid, cost_micros bigint)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  if cost_micros is null or cost_micros < 0 then
    perform private.raise_problem(422, 'invalid_amount', 'A cost is a number of millionths of a dollar.', '{"field": "cost_micros"}');
  end if;
  update jobs.predictions p set provider_cost_micros = cost_micros
  where p.id = prediction_id and p.provider_cost_micros is distinct from cost_micros;
end
$$;

comment on function jobs.record_cost(uuid, bigint) is
  'Records what the provider charges for a prediction, in millionths of a US dollar; its latest word counts. Definer: see jobs.create_prediction.';

grant execute on function jobs.record_cost(uuid, bigint) to service_role;
grant execute on function jobs.create_prediction(text, text, uuid, uuid, interval) to service_role;
grant execute on function jobs.mark_submitted(uuid, text, text) to service_role;
grant execute on function jobs.settle_prediction(uuid, text, jsonb, text, text) to service_role;
