-- The call surface of facts and notices.

create function api.read_fact(fact_id bigint)
returns jsonb
language sql
stable
set search_path = ''
return events.read_fact(fact_id);

comment on function api.read_fact(bigint) is 'A published fact: {fact_id, key, topic, payload, created_at}, or null. See events.read_fact.';

create function api.open_notice(fact_id bigint, product text, person uuid)
returns jsonb
language sql
volatile
set search_path = ''
return events.open_notice(fact_id, product, person);

comment on function api.open_notice(bigint, text, uuid) is
  'The notice of a fact to a person: {notice_id, state, channel, contact: {language, timezone, addresses} | null}. See events.open_notice.';

create function api.start_notice(notice_id bigint, channel text, repeatable boolean)
returns jsonb
language sql
volatile
set search_path = ''
return events.start_notice(notice_id, channel, repeatable);

comment on function api.start_notice(bigint, text, boolean) is 'Asks leave to send a notice by a channel: {send}. See events.start_notice.';

create function api.conclude_notice(notice_id bigint, state text, reason text default null, message_id text default null)
returns void
language sql
volatile
set search_path = ''
return events.conclude_notice(notice_id, state, reason, message_id);

comment on function api.conclude_notice(bigint, text, text, text) is 'What became of a notice. See events.conclude_notice.';

grant execute on function api.read_fact(bigint) to service_role;
grant execute on function api.open_notice(bigint, text, uuid) to service_role;
grant execute on function api.start_notice(bigint, text, boolean) to service_role;
grant execute on function api.conclude_notice(bigint, text, text, text) to service_role;
