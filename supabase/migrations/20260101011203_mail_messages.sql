-- Mail: campaigns and messages, and what may become of them.

create type mail.campaign_state as enum ('draft', 'scheduled', 'sending', 'completed', 'cancelled');
comment on type mail.campaign_state is 'sending: its messages are queued, whoever is added to the audience later. cancelled: what was not sent by then is not sent.';

create type mail.message_state as enum (
  'queued', 'sending', 'sent', 'delivered', 'opened', 'clicked', 'bounced', 'complained', 'failed', 'suppressed', 'uncertain', 'cancelled'
);
comment on type mail.message_state is
  'sending: handed to the mail service, which has not answered. failed: it refused. suppressed: the address is not written to. uncertain: it never answered, and would not know a repetition any more.';

insert into private.transitions (machine, from_state, to_state) values
  ('mail.campaigns.state', 'draft', 'scheduled'),
  ('mail.campaigns.state', 'draft', 'cancelled'),
  ('mail.campaigns.state', 'scheduled', 'sending'),
  ('mail.campaigns.state', 'scheduled', 'cancelled'),
  ('mail.campaigns.state', 'sending', 'completed'),
  ('mail.campaigns.state', 'sending', 'cancelled'),
  ('mail.messages.state', 'queued', 'sending'),
  ('mail.messages.state', 'queued', 'suppressed'),
  ('mail.messages.state', 'queued', 'cancelled'),
  ('mail.messages.state', 'sending', 'sent'),
  ('mail.messages.state', 'sending', 'failed'),
  ('mail.messages.state', 'sending', 'uncertain'),
  -- The worker that was thought dead reports after all.
  ('mail.messages.state', 'uncertain', 'sent'),
  -- Forward only: what the provider tells late changes nothing.
  ('mail.messages.state', 'sent', 'delivered'),
  ('mail.messages.state', 'sent', 'opened'),
  ('mail.messages.state', 'sent', 'clicked'),
  ('mail.messages.state', 'sent', 'bounced'),
  ('mail.messages.state', 'sent', 'complained'),
  ('mail.messages.state', 'delivered', 'opened'),
  ('mail.messages.state', 'delivered', 'clicked'),
  ('mail.messages.state', 'delivered', 'bounced'),
  ('mail.messages.state', 'delivered', 'complained'),
  ('mail.messages.state', 'opened', 'clicked'),
  ('mail.messages.state', 'opened', 'complained'),
  ('mail.messages.state', 'clicked', 'complained');

create table mail.campaigns (
  id uuid primary key default gen_random_uuid(),
  product text not null check (product ~ '^[a-z][a-z0-9_]{1,31}$'),
  name text not null check (length(name) between 1 and 120),
  template_id uuid not null references mail.templates (id),
  template_version integer,
  audience jsonb not null default '{}' check (jsonb_typeof(audience) = 'object'),
  variables jsonb not null default '{}' check (jsonb_typeof(variables) = 'object'),
  per_minute integer not null default 600 check (per_minute between 1 and 60000),
  state mail.campaign_state not null default 'draft',
  reason text,
  recipients integer check (recipients >= 0),
  next_batch_at timestamptz,
  scheduled_at timestamptz,
  queued_at timestamptz,
  finished_at timestamptz,
  created_at timestamptz not null default private.now(),
  updated_at timestamptz not null default private.now(),
  foreign key (template_id, template_version) references mail.template_versions (template_id, version),
  constraint campaigns_scheduled check (state in ('draft', 'cancelled') or scheduled_at is not null and template_version is not null),
  constraint campaigns_queued check (state not in ('sending', 'completed') or queued_at is not null),
  constraint campaigns_finished check ((state in ('completed', 'cancelled')) = (finished_at is not null))
);

create index campaigns_by_template on mail.campaigns (template_id, template_version);
create index campaigns_by_product on mail.campaigns (product, created_at, id);

create table mail.batches (
  id uuid primary key default gen_random_uuid(),
  campaign_id uuid not null references mail.campaigns (id),
  leased_until timestamptz not null,
  created_at timestamptz not null default private.now(),
  finished_at timestamptz
);

create index batches_by_campaign on mail.batches (campaign_id, finished_at, leased_until);

create table mail.messages (
  id uuid primary key default gen_random_uuid(),
  product text not null check (product ~ '^[a-z][a-z0-9_]{1,31}$'),
  person uuid not null,
  recipient text check (length(recipient) <= 320),
  recipient_digest bytea not null,
  topic text check (topic ~ '^[a-z_]+(\.[a-z_]+)+$'),
  dedupe_key text unique check (length(dedupe_key) between 1 and 255),
  campaign_id uuid references mail.campaigns (id),
  template_id uuid,
  template_version integer,
  variables jsonb not null default '{}',
  state mail.message_state not null default 'queued',
  reason text check (length(reason) <= 200),
  batch_id uuid references mail.batches (id),
  provider_message_id text unique check (length(provider_message_id) <= 255),
  created_at timestamptz not null default private.now(),
  sent_at timestamptz,
  delivered_at timestamptz,
  opened_at timestamptz,
  clicked_at timestamptz,
  bounced_at timestamptz,
  complained_at timestamptz,
  unique (campaign_id, person),
  unique (campaign_id, recipient_digest),
  foreign key (template_id, template_version) references mail.template_versions (template_id, version),
  constraint messages_kind check ((campaign_id is null) = (dedupe_key is not null and topic is not null)),
  constraint messages_batch check (campaign_id is null or state not in ('sending', 'sent') or batch_id is not null)
);

create index messages_queued on mail.messages (campaign_id, id) where state = 'queued';
create index messages_by_batch on mail.messages (batch_id);
create index messages_by_person on mail.messages (person, created_at);
create index messages_by_product on mail.messages (product, created_at, id);
create index messages_by_template on mail.messages (template_id, template_version);
create index messages_by_age on mail.messages (created_at);

alter table mail.campaigns enable row level security;
alter table mail.batches enable row level security;
alter table mail.messages enable row level security;
create policy closed on mail.campaigns for all to anon, authenticated using (false) with check (false);
create policy closed on mail.batches for all to anon, authenticated using (false) with check (false);
create policy closed on mail.messages for all to anon, authenticated using (false) with check (false);

create trigger campaigns_touch before update on mail.campaigns
  for each row execute function private.touch_updated_at();
create trigger campaigns_move_legally before update of state on mail.campaigns
  for each row execute function private.guard_transition('state');
create trigger messages_move_legally before update of state on mail.messages
  for each row execute function private.guard_transition('state');

comment on table mail.campaigns is 'One template to an audience, once for each person whatever happens.';
comment on column mail.campaigns.template_version is 'Fixed when the campaign is scheduled.';
comment on column mail.campaigns.audience is 'A filter that the product''s hook private.<product>_audience understands.';
comment on column mail.campaigns.variables is 'Values for everybody; a person''s own come before them.';
comment on column mail.campaigns.per_minute is 'At most so many messages are handed to the mail service each minute.';
comment on column mail.campaigns.next_batch_at is 'When the throttle lets the next batch go.';
comment on table mail.batches is
  'Messages of a campaign that are handed to the mail service in one request, whose idempotency key is the batch''s id: after a crash the same request is repeated, and sends nothing twice.';
comment on column mail.batches.leased_until is 'From then on another worker may repeat the request.';
comment on table mail.messages is 'Every e-mail to a person: campaigns'' and notices''. No API role can read it.';
comment on column mail.messages.person is 'The Auth user; no foreign key: the record outlives them.';
comment on column mail.messages.recipient is 'The address at the time; null once the person is erased.';
comment on column mail.messages.topic is 'What a notice was about; null for campaigns.';
comment on column mail.messages.dedupe_key is 'The notice''s name: one message for each; null for campaigns.';
comment on column mail.messages.provider_message_id is 'By it the mail service tells what became of the message.';
