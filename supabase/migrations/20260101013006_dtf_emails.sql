-- DTF Editor: e-mail, in the contract's words. Templates, campaigns and messages are the kernel's; the product says whom a
-- filter means (private.dtf_audience).

create view dtf.email_templates with (security_invoker = true) as
select t.id, t.name, v.subject, v.html as html_content, v.plain as text_content, null::text as sendgrid_template_id,
  t.active as is_active, t.created_at, t.updated_at, t.version, v.variables
from mail.templates t
join mail.template_versions v on v.template_id = t.id and v.version = t.version
where t.product = 'dtf';

comment on view dtf.email_templates is 'Templates as they are now: mail.templates. For definer functions alone.';
comment on column dtf.email_templates.sendgrid_template_id is 'Null: no provider keeps a copy of the words.';

create view dtf.email_campaigns with (security_invoker = true) as
select c.id, c.name, c.template_id, c.audience as target_audience, c.state::text as status, c.scheduled_at,
  case when c.state = 'completed' then c.finished_at end as sent_at,
  c.created_at, c.recipients, c.template_version
from mail.campaigns c
where c.product = 'dtf';

comment on view dtf.email_campaigns is 'Campaigns: mail.campaigns. For definer functions alone.';

create view dtf.email_logs with (security_invoker = true) as
select m.id, m.person as user_id, m.template_id, m.campaign_id, m.provider_message_id as sendgrid_message_id, m.state::text as status,
  m.sent_at, m.delivered_at, m.opened_at, m.clicked_at, m.recipient, m.topic, m.bounced_at, m.complained_at, m.created_at
from mail.messages m
where m.product = 'dtf';

comment on view dtf.email_logs is 'Every message and what became of it: mail.messages. For definer functions alone.';
comment on column dtf.email_logs.sendgrid_message_id is 'What the mail service calls it. The contract''s name.';
comment on column dtf.email_logs.status is 'The contract''s states, and queued, sending, complained, suppressed, uncertain, cancelled; only forward.';
