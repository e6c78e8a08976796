-- Mail: what became of messages, as the mail service tells it. States only move forward.

create function mail.apply_event(effect jsonb, occurred_at timestamptz)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  message mail.messages;
  told constant text := effect ->> 'state';
begin
  select m.* into message from mail.messages m where m.provider_message_id = effect ->> 'message_id' for no key update;
  if not found then
    return jsonb_build_object('outcome', 'deferred', 'reason', 'unknown_message', 'waits_for', 'mail:' || (effect ->> 'message_id'));
  end if;
  update mail.messages m
  set state = case when exists (
      select from private.transitions t
      where t.machine = 'mail.messages.state' and t.from_state = m.state::text and t.to_state = told
    ) then told::mail.message_state else m.state end,
    delivered_at = case told when 'delivered' then least(m.delivered_at, occurred_at) else m.delivered_at end,
    opened_at = case told when 'opened' then least(m.opened_at, occurred_at) else m.opened_at end,
    clicked_at = case told when 'clicked' then least(m.clicked_at, occurred_at) else m.clicked_at end,
    bounced_at = case told when 'bounced' then least(m.bounced_at, occurred_at) else m.bounced_at end,
    complained_at = case told when 'complained' then least(m.complained_at, occurred_at) else m.complained_at end
  where m.id = message.id;
  if told = 'bounced' and (effect -> 'permanent')::boolean then
    perform mail.suppress(message.product, message.recipient_digest, 'bounce', message.campaign_id);
  elsif told = 'complained' then
    perform mail.suppress(message.product, message.recipient_digest, 'complaint', message.campaign_id);
  end if;
  return jsonb_build_object('outcome', 'applied');
end
$$;

comment on function mail.apply_event(jsonb, timestamptz) is
  'Applies {message_id, state, permanent} to the message that the mail service knows by this id. A state that would be a step back changes only when it happened first. Unknown: it waits for the message.';

create function mail.receive_event(event_id text, event_type text, occurred_at timestamptz, message_id text, state text, permanent boolean default true)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  effect constant jsonb := jsonb_strip_nulls(jsonb_build_object('message_id', message_id, 'state', state, 'permanent', permanent));
  inbox_id constant uuid := events.receive('resend', event_id, event_type, occurred_at, effect, '{}');
  verdict jsonb;
begin
  if inbox_id is null then
    return jsonb_build_object('outcome', 'repeated') || events.earlier('resend', event_id);
  end if;
  if state is null then
    verdict := jsonb_build_object('outcome', 'ignored', 'reason', 'says_nothing');
  else
    perform mail.lock_provider_message(message_id);
    verdict := mail.apply_event(effect, occurred_at);
  end if;
  perform events.conclude(inbox_id, verdict);
  return verdict;
end
$$;

comment on function mail.receive_event(text, text, timestamptz, text, text, boolean) is
  'An event of the mail service, once for each id: {outcome, reason}. state null: kept, and nothing else. Definer: the inbox and messages are written by functions alone.';

create function mail.message_sent(message_id uuid, provider_message_id text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  waiting events.inbox;
begin
  update mail.messages m
  set state = 'sent', provider_message_id = nullif(message_sent.provider_message_id, ''), reason = null, sent_at = private.now()
  where m.id = message_id and m.state in ('sending', 'uncertain');
  for waiting in
    select * from events.inbox i
    where i.state = 'received' and i.waits_for = 'mail:' || message_sent.provider_message_id
    order by i.occurred_at, i.id for no key update
  loop
    perform events.conclude(waiting.id, mail.apply_event(waiting.effect, waiting.occurred_at));
  end loop;
end
$$;

comment on function mail.message_sent(uuid, text) is
  'The mail service took a message, and calls it so. What it told before that is applied now. The caller has called mail.lock_provider_message.';

create function mail.open_message(product text, person uuid, recipient text, topic text, language text, dedupe_key text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  digest constant bytea := mail.address_digest(recipient);
  message mail.messages;
begin
  insert into mail.messages (product, person, recipient, recipient_digest, topic, dedupe_key, template_id, template_version, state)
  select open_message.product, open_message.person, open_message.recipient, digest, open_message.topic, open_message.dedupe_key, t.id, t.version,
    case when mail.is_suppressed(open_message.product, digest, false) then 'suppressed' else 'sending' end::mail.message_state
  from (select) one left join lateral (
    select c.id, c.version from mail.templates c
    where c.product = open_message.product and c.active
      and c.name in (open_message.topic, open_message.topic || '.' || lower(open_message.language))
    order by length(c.name) desc limit 1
  ) t on true
  on conflict on constraint messages_dedupe_key_key do nothing;
  select m.* into strict message from mail.messages m where m.dedupe_key = open_message.dedupe_key;
  return jsonb_build_object('message_id', message.id, 'state', message.state, 'provider_message_id', message.provider_message_id,
    'template', (
      select jsonb_build_object('subject', v.subject, 'html', v.html, 'text', v.plain, 'variables', v.variables)
      from mail.template_versions v where v.template_id = message.template_id and v.version = message.template_version));
end
$$;

comment on function mail.open_message(text, uuid, text, text, text, text) is
  'The message of a notice, made when it is new: {message_id, state, provider_message_id, template | null}. sending: send it, again too, with the same key. Definer: messages are written by functions alone.';

create function mail.close_message(message_id uuid, provider_message_id text default null, reason text default null)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  if reason is not null then
    update mail.messages m set state = 'failed', reason = left(close_message.reason, 200) where m.id = message_id and m.state = 'sending';
  else
    perform mail.lock_provider_message(provider_message_id);
    perform mail.message_sent(message_id, provider_message_id);
  end if;
end
$$;

comment on function mail.close_message(uuid, text, text) is
  'What the mail service answered for a notice''s message: what it calls it, or why it never takes it. Definer: see mail.open_message.';

create function mail.list_messages(
  product text, person uuid default null, campaign_id uuid default null, state text default null, before timestamptz default null, max integer default 50
)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.require_admin(product);
  return (select coalesce(jsonb_agg(jsonb_build_object('message_id', m.id, 'person', m.person, 'to', m.recipient, 'topic', m.topic,
      'campaign_id', m.campaign_id, 'template_id', m.template_id, 'template_version', m.template_version, 'state', m.state, 'reason', m.reason,
      'created_at', m.created_at, 'sent_at', m.sent_at, 'delivered_at', m.delivered_at, 'opened_at', m.opened_at, 'clicked_at', m.clicked_at,
      'bounced_at', m.bounced_at, 'complained_at', m.complained_at) order by m.created_at desc, m.id), '[]')
    from (
      select m.* from mail.messages m
      where m.product = list_messages.product
        and (list_messages.person is null or m.person = list_messages.person)
        and (list_messages.campaign_id is null or m.campaign_id = list_messages.campaign_id)
        and (list_messages.state is null or m.state = list_messages.state::mail.message_state)
        and (before is null or m.created_at < before)
      order by m.created_at desc, m.id limit least(max, 100)
    ) m);
end
$$;

comment on function mail.list_messages(text, uuid, uuid, text, timestamptz, integer) is
  'A product''s messages, newest first. Definer: see mail.open_message; the caller must be an admin.';

grant execute on function mail.receive_event(text, text, timestamptz, text, text, boolean) to service_role;
grant execute on function mail.open_message(text, uuid, text, text, text, text) to service_role;
grant execute on function mail.close_message(uuid, text, text) to service_role;
grant execute on function mail.list_messages(text, uuid, uuid, text, timestamptz, integer) to authenticated;
