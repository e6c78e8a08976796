-- The call surface of mail.

create function api.save_mail_template(
  product text, name text, subject text, html text, plain text, variables jsonb, expected_version integer default null
)
returns jsonb
language sql
volatile
set search_path = ''
return mail.save_template(product, name, subject, html, plain, variables, expected_version);

comment on function api.save_mail_template(text, text, text, text, text, jsonb, integer) is
  'Makes a template (expected_version null), or a new version of one that still has the expected one (version_conflict, 409). See mail.save_template.';

create function api.switch_mail_template(product text, name text, active boolean)
returns jsonb
language sql
volatile
set search_path = ''
return mail.switch_template(product, name, active);

comment on function api.switch_mail_template(text, text, boolean) is
  'Puts a template in or out of use. See mail.switch_template.';

create function api.mail_templates(product text)
returns jsonb
language sql
stable
set search_path = ''
return mail.list_templates(product);

comment on function api.mail_templates(text) is
  'A product''s templates without their words. See mail.list_templates.';

create function api.mail_template(product text, name text, version integer default null)
returns jsonb
language sql
stable
set search_path = ''
return mail.read_template(product, name, version);

comment on function api.mail_template(text, text, integer) is
  'A template, or an earlier version of it. See mail.read_template.';

create function api.unsubscribe_mail(product text, digest_hex text, campaign_id uuid default null)
returns jsonb
language sql
volatile
set search_path = ''
return mail.unsubscribe(product, digest_hex, campaign_id);

comment on function api.unsubscribe_mail(text, text, uuid) is
  'The holder of an address wants no campaigns of a product any more: {product, subscribed: false}. Idempotent. For the service, which checked the link''s signature. See mail.unsubscribe.';

create function api.mail_subscription(product text, digest_hex text)
returns jsonb
language sql
stable
set search_path = ''
return mail.subscription(product, digest_hex);

comment on function api.mail_subscription(text, text) is
  'Whether an address gets a product''s campaigns: {product, subscribed}. See mail.subscription.';

create function api.mail_suppressions(product text, address text)
returns jsonb
language sql
stable
set search_path = ''
return mail.read_suppressions(product, address);

comment on function api.mail_suppressions(text, text) is
  'Why a product does not write to an address: [{reason, campaign_id, created_at}]. See mail.read_suppressions.';

create function api.suppress_mail(product text, address text, because text)
returns jsonb
language sql
volatile
set search_path = ''
return mail.add_suppression(product, address, because);

comment on function api.suppress_mail(text, text, text) is
  'An admin unsubscribes an address that asked for it some other way, and says why. See mail.add_suppression.';

create function api.lift_mail_suppression(product text, address text, reason text, because text)
returns jsonb
language sql
volatile
set search_path = ''
return mail.lift_suppression(product, address, reason, because);

comment on function api.lift_mail_suppression(text, text, text, text) is
  'An admin takes a suppression back, and says why: the address works again, or its person asked for mail. See mail.lift_suppression.';

create function api.draft_campaign(
  product text, name text, template text, audience jsonb, variables jsonb, per_minute integer default 600
)
returns jsonb
language sql
volatile
set search_path = ''
return mail.draft_campaign(product, name, template, audience, variables, per_minute);

comment on function api.draft_campaign(text, text, text, jsonb, jsonb, integer) is
  'A new campaign, which nobody gets before it is scheduled. See mail.draft_campaign.';

create function api.schedule_campaign(campaign_id uuid, run_at timestamptz default null)
returns jsonb
language sql
volatile
set search_path = ''
return mail.schedule_campaign(campaign_id, run_at);

comment on function api.schedule_campaign(uuid, timestamptz) is
  'A campaign will be sent at a time, now unless said; again before that: at another time. Refused as mail.check_campaign says. See mail.schedule_campaign.';

create function api.cancel_campaign(campaign_id uuid)
returns jsonb
language sql
volatile
set search_path = ''
return mail.cancel_campaign(campaign_id);

comment on function api.cancel_campaign(uuid) is
  'Nobody gets the campaign from now on, but for the batch under way. Idempotent; a completed one: illegal_transition (409). See mail.cancel_campaign.';

create function api.count_audience(product text, audience jsonb)
returns jsonb
language sql
stable
set search_path = ''
return mail.count_audience(product, audience);

comment on function api.count_audience(text, jsonb) is
  'How many people a filter means, and how many of them would be written to: {people, reachable}. See mail.count_audience.';

create function api.campaigns(product text, before timestamptz default null, max integer default 50)
returns jsonb
language sql
stable
set search_path = ''
return mail.list_campaigns(product, before, max);

comment on function api.campaigns(text, timestamptz, integer) is
  'A product''s campaigns, newest first. See mail.list_campaigns.';

create function api.campaign(campaign_id uuid)
returns jsonb
language sql
stable
set search_path = ''
return mail.read_campaign(campaign_id);

comment on function api.campaign(uuid) is
  'A campaign with its messages by state, and what people did with it. See mail.read_campaign.';

create function api.begin_campaign(campaign_id uuid)
returns jsonb
language sql
volatile
set search_path = ''
return mail.begin_campaign(campaign_id);

comment on function api.begin_campaign(uuid) is
  'Queues a message for each person of a campaign that is due, in one transaction: {state, reason}. One that nobody would get any more is cancelled. Idempotent. See mail.begin_campaign.';

create function api.claim_mail_batch(campaign_id uuid, lease_seconds integer default 60)
returns jsonb
language sql
volatile
set search_path = ''
return mail.claim_batch(campaign_id, lease_seconds);

comment on function api.claim_mail_batch(uuid, integer) is
  'What to send next of a campaign: {batch: {batch_id, product, template, messages: [{message_id, to, digest, variables}]}}, or {state, wait_seconds} while the throttle or another worker''s lease lasts, or {state}: it is over. See mail.claim_batch.';

create function api.release_mail_batch(batch_id uuid)
returns void
language sql
volatile
set search_path = ''
return mail.release_batch(batch_id);

comment on function api.release_mail_batch(uuid) is
  'The mail service surely took nothing of a batch: it may be tried again at once, under the same name. See mail.release_batch.';

create function api.continue_campaign(campaign_id uuid, wait_seconds integer default 0)
returns void
language sql
volatile
set search_path = ''
return mail.continue_campaign(campaign_id, wait_seconds);

comment on function api.continue_campaign(uuid, integer) is
  'Another worker goes on with a campaign when this one''s time is over. See mail.continue_campaign.';

create function api.finish_mail_batch(batch_id uuid, results jsonb)
returns jsonb
language sql
volatile
set search_path = ''
return mail.finish_batch(batch_id, results);

comment on function api.finish_mail_batch(uuid, jsonb) is
  'What the mail service answered for each message of a batch: [{message_id, provider_message_id | reason}]. Neither: it was sent, but is not known as what. Idempotent. See mail.finish_batch.';

create function api.receive_mail_event(
  event_id text, event_type text, occurred_at timestamptz, message_id text, state text, permanent boolean default true
)
returns jsonb
language sql
volatile
set search_path = ''
return mail.receive_event(event_id, event_type, occurred_at, message_id, state, permanent);

comment on function api.receive_mail_event(text, text, timestamptz, text, text, boolean) is
  'An event of the mail service, once for each id: {outcome, reason}. state null: kept, and nothing else. See mail.receive_event.';

create function api.open_mail(product text, person uuid, recipient text, topic text, language text, dedupe_key text)
returns jsonb
language sql
volatile
set search_path = ''
return mail.open_message(product, person, recipient, topic, language, dedupe_key);

comment on function api.open_mail(text, uuid, text, text, text, text) is
  'The message of a notice, made when it is new: {message_id, state, provider_message_id, template | null}. sending: send it, again too, with the same key. See mail.open_message.';

create function api.close_mail(message_id uuid, provider_message_id text default null, reason text default null)
returns void
language sql
volatile
set search_path = ''
return mail.close_message(message_id, provider_message_id, reason);

comment on function api.close_mail(uuid, text, text) is
  'What the mail service answered for a notice''s message: what it calls it, or why it never takes it. See mail.close_message.';

create function api.mails(
  product text, person uuid default null, campaign_id uuid default null, state text default null, before timestamptz default null, max integer default 50
)
returns jsonb
language sql
stable
set search_path = ''
return mail.list_messages(product, person, campaign_id, state, before, max);

comment on function api.mails(text, uuid, uuid, text, timestamptz, integer) is
  'A product''s messages, newest first. See mail.list_messages.';

grant execute on function api.save_mail_template(text, text, text, text, text, jsonb, integer) to authenticated;
grant execute on function api.switch_mail_template(text, text, boolean) to authenticated;
grant execute on function api.mail_templates(text) to authenticated;
grant execute on function api.mail_template(text, text, integer) to authenticated;
grant execute on function api.unsubscribe_mail(text, text, uuid) to service_role;
grant execute on function api.mail_subscription(text, text) to service_role;
grant execute on function api.mail_suppressions(text, text) to authenticated;
grant execute on function api.suppress_mail(text, text, text) to authenticated;
grant execute on function api.lift_mail_suppression(text, text, text, text) to authenticated;
grant execute on function api.draft_campaign(text, text, text, jsonb, jsonb, integer) to authenticated;
grant execute on function api.schedule_campaign(uuid, timestamptz) to authenticated;
grant execute on function api.cancel_campaign(uuid) to authenticated;
grant execute on function api.count_audience(text, jsonb) to authenticated;
grant execute on function api.campaigns(text, timestamptz, integer) to authenticated;
grant execute on function api.campaign(uuid) to authenticated;
grant execute on function api.begin_campaign(uuid) to service_role;
grant execute on function api.claim_mail_batch(uuid, integer) to service_role;
grant execute on function api.release_mail_batch(uuid) to service_role;
grant execute on function api.continue_campaign(uuid, integer) to service_role;
grant execute on function api.finish_mail_batch(uuid, jsonb) to service_role;
grant execute on function api.receive_mail_event(text, text, timestamptz, text, text, boolean) to service_role;
grant execute on function api.open_mail(text, uuid, text, text, text, text) to service_role;
grant execute on function api.close_mail(uuid, text, text) to service_role;
grant execute on function api.mails(text, uuid, uuid, text, timestamptz, integer) to authenticated;
