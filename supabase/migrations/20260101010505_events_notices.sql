-- Notices: what people were told of which fact. One for each fact and person, whatever crashes.

create type events.notice_state as enum ('open', 'sending', 'sent', 'failed', 'uncertain', 'skipped');
comment on type events.notice_state is
  'sending: handed to a channel that has not answered yet. uncertain: it never answered and cannot be asked twice. skipped: there is nobody to tell, or nothing to say.';

insert into private.transitions (machine, from_state, to_state) values
  ('events.notices.state', 'open', 'sending'),
  ('events.notices.state', 'open', 'skipped'),
  ('events.notices.state', 'open', 'failed'),
  ('events.notices.state', 'sending', 'open'),
  ('events.notices.state', 'sending', 'sent'),
  ('events.notices.state', 'sending', 'failed'),
  ('events.notices.state', 'sending', 'uncertain'),
  -- The worker that was thought dead reports after all.
  ('events.notices.state', 'uncertain', 'sent');

create table events.notices (
  id bigint generated always as identity primary key,
  fact_key text not null,
  topic text not null,
  product text not null,
  person uuid not null,
  state events.notice_state not null default 'open',
  channel text check (channel ~ '^[a-z]{1,20}$'),
  reason text check (length(reason) <= 200),
  message_id text check (length(message_id) <= 255),
  created_at timestamptz not null default private.now(),
  concluded_at timestamptz,
  unique (fact_key, person),
  constraint notices_channel check (state not in ('sending', 'sent', 'uncertain') or channel is not null)
);

create index notices_by_person on events.notices (person, created_at);
create index notices_by_age on events.notices (created_at);

alter table events.notices enable row level security;

create trigger notices_move_legally before update of state on events.notices
  for each row execute function private.guard_transition('state');

comment on table events.notices is
  'Who was told of what, when and how; never the words, and no address. No API role can read it.';
comment on column events.notices.fact_key is 'The key of the fact in the outbox, which is deleted earlier.';
comment on column events.notices.person is 'The Auth user; no foreign key: the record outlives them.';
comment on column events.notices.message_id is 'What the channel calls the message.';

create function private.mail_address(address text)
returns text
language sql
immutable
set search_path = ''
return case when address <> '' and address not like '%.invalid' then address end;

comment on function private.mail_address(text) is
  'An Auth user''s address, or null where none can be written to: names that end in .invalid (RFC 2606) stand in for people without one.';

create function private.contact(product text, person uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  contact jsonb;
begin
  if to_regprocedure(format('private.%I(uuid)', product || '_contact')) is not null then
    execute format('select private.%I($1)', product || '_contact') using person into contact;
  end if;
  return contact;
end
$$;

comment on function private.contact(text, uuid) is
  'How a product reaches a person: its hook private.<product>_contact(person) answers {language, timezone, addresses: {email, telegram}}, or null for nobody. Called by definer functions only.';

create function events.open_notice(fact_id bigint, product text, person uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  notice events.notices;
begin
  insert into events.notices (fact_key, topic, product, person)
  select o.dedupe_key, o.topic, open_notice.product, open_notice.person from events.outbox o where o.id = fact_id
  on conflict on constraint notices_fact_key_person_key do nothing;
  select n.* into notice from events.notices n join events.outbox o on o.dedupe_key = n.fact_key
  where o.id = fact_id and n.person = open_notice.person;
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no such fact.');
  end if;
  return jsonb_build_object('notice_id', notice.id, 'state', notice.state, 'channel', notice.channel,
    'contact', private.contact(product, person));
end
$$;

comment on function events.open_notice(bigint, text, uuid) is
  'The notice of a fact to a person, made when it is new: {notice_id, state, channel, contact}. Definer: notices and contacts are written and read by such functions alone.';

create function events.start_notice(notice_id bigint, channel text, repeatable boolean)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  notice events.notices;
begin
  select * into notice from events.notices n where n.id = notice_id for no key update;
  if notice.state = 'sending' and not (repeatable and notice.channel = start_notice.channel) then
    notice.state := 'uncertain';
    update events.notices n set state = notice.state, concluded_at = private.now() where n.id = notice.id;
  end if;
  if notice.state = 'open' then
    update events.notices n set state = 'sending', channel = start_notice.channel where n.id = notice.id;
  end if;
  return jsonb_build_object('send', coalesce(notice.state in ('open', 'sending'), false));
end
$$;

comment on function events.start_notice(bigint, text, boolean) is
  'Asks leave to send: {send}. An earlier attempt whose end is not known is repeated only by the same channel and when that knows repetitions (`repeatable`); otherwise the notice is uncertain and is not sent. Definer: see events.open_notice.';

create function events.conclude_notice(notice_id bigint, state text, reason text default null, message_id text default null)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  update events.notices n
  set state = conclude_notice.state::events.notice_state, reason = left(conclude_notice.reason, 200),
    message_id = left(conclude_notice.message_id, 255),
    concluded_at = case when conclude_notice.state <> 'open' then private.now() end
  where n.id = notice_id;
end
$$;

comment on function events.conclude_notice(bigint, text, text, text) is
  'What became of a notice: sent, failed, skipped, or open again when it surely was not sent. Definer: see events.open_notice.';

grant execute on function events.open_notice(bigint, text, uuid) to service_role;
grant execute on function events.start_notice(bigint, text, boolean) to service_role;
grant execute on function events.conclude_notice(bigint, text, text, text) to service_role;
