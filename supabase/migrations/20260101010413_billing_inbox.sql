-- The door for payment events: recorded and applied in one transaction.

create function billing.lock_payment(provider text, effect jsonb)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  if effect ->> 'payment_intent_id' is not null then
    perform pg_advisory_xact_lock(hashtextextended(billing.payment_name(provider, effect ->> 'payment_intent_id'), 0));
  end if;
end
$$;

comment on function billing.lock_payment(text, jsonb) is
  'A refund may come while its payment is being applied and no invoice is known for it yet; they take turns. First in the lock order.';

create function billing.apply_payment_event(
  provider text,
  event_id text,
  event_type text,
  occurred_at timestamptz,
  effect jsonb,
  payload jsonb
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  at constant timestamptz := coalesce(occurred_at, private.now());
  earlier jsonb;
  verdict jsonb;
begin
  -- LOCK
  perform billing.lock_payment(provider, effect);
  if not billing.is_current(provider, effect) then
    return coalesce(events.earlier(provider, event_id) || '{"outcome": "duplicate"}', billing.verdict('stale'));
  end if;
  perform events.await_turn(provider, event_id);
  earlier := events.earlier(provider, event_id);
  if earlier is not null then
    return earlier || '{"outcome": "duplicate"}';
  end if;

  -- WRITE
  verdict := billing.try_effect(provider, effect, at);
  perform events.record(provider, event_id, event_type, at, effect, payload, verdict);
  if verdict ->> 'outcome' = 'dead' then
    perform audit.record('payment_event.dead', format('event:%s/%s', provider, event_id), verdict);
  end if;
  return verdict;
end
$$;

comment on function billing.apply_payment_event(text, text, text, timestamptz, jsonb, jsonb) is
  'Records an event of a payment provider and applies it, once, in one transaction: {outcome: applied | duplicate | ignored | deferred | dead | stale, reason, invoice_id, state}. deferred: it waits for the payment it belongs to. stale: what was read of a subscription is not the newest any more; nothing is recorded, read and come again. What may pass when tried again is raised and leaves nothing. Definer: the inbox and invoices are written by such functions alone.';

create function billing.replay_event(provider text, event_id text, effect jsonb default null)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  message record;
  verdict jsonb;
begin
  -- LOCK
  select * into message from events.inbox m where m.provider = replay_event.provider and m.event_id = replay_event.event_id;
  perform billing.lock_payment(provider, coalesce(effect, message.effect));
  select * into message from events.inbox m where m.id = message.id for update;

  -- GUARD
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no such event.');
  end if;
  if message.state not in ('dead', 'received') then
    perform private.raise_problem(409, 'illegal_transition', 'Only an event that is dead or waits can be replayed.',
      jsonb_build_object('state', message.state));
  end if;

  -- WRITE
  verdict := billing.try_effect(provider, coalesce(effect, message.effect), message.occurred_at);
  perform events.conclude(message.id, verdict, effect);
  perform audit.record('payment_event.replayed', format('event:%s/%s', provider, event_id), verdict);
  return verdict;
end
$$;

comment on function billing.replay_event(text, text, jsonb) is
  'Applies an event again that is dead or waits, with the effect it had or (after a correction of the code that reads payloads) another one. Definer: see billing.apply_payment_event.';

grant execute on function billing.apply_payment_event(text, text, text, timestamptz, jsonb, jsonb) to service_role;
grant execute on function billing.replay_event(text, text, jsonb) to service_role;
