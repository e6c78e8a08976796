-- Mail: what a worker does with a campaign. One batch after the other, each under a lease.

create function mail.begin_campaign(campaign_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  campaign mail.campaigns := mail.lock_campaign(campaign_id);
  refused text;
  reached bigint;
begin
  if campaign.state <> 'scheduled' or campaign.scheduled_at > private.now() then
    return jsonb_build_object('state', campaign.state);
  end if;
  -- The audience may be another than when it was scheduled.
  begin
    insert into mail.messages (product, person, recipient, recipient_digest, campaign_id, template_id, template_version, variables)
    select campaign.product, a.person, a.address, a.digest, campaign.id, campaign.template_id, campaign.template_version, a.variables
    from mail.addressees(campaign) a
    on conflict do nothing;
    get diagnostics reached = row_count;
    perform mail.check_reach(reached, (
      select array_agg(n.name order by n.name) from mail.needed_variables(campaign) n (name)
      where exists (select from mail.messages m where m.campaign_id = campaign.id and coalesce(m.variables ->> n.name, '') = '')));
  exception when sqlstate 'PT422' then
    get stacked diagnostics refused = message_text;
  end;
  if refused is not null then
    update mail.campaigns c set state = 'cancelled', reason = refused, finished_at = private.now() where c.id = campaign.id;
    return jsonb_build_object('state', 'cancelled', 'reason', refused);
  end if;
  update mail.campaigns c set state = 'sending', queued_at = private.now(), next_batch_at = private.now(),
    recipients = reached
  where c.id = campaign.id;
  return jsonb_build_object('state', 'sending');
end
$$;

comment on function mail.begin_campaign(uuid) is
  'Queues a message for each person of a campaign that is due, in one transaction: {state, reason}. One that nobody would get any more is cancelled. Idempotent. Definer: messages are written by functions alone.';

create function mail.take_batch(campaign mail.campaigns, lease interval)
returns uuid
language plpgsql
volatile
set search_path = ''
as $$
declare
  batch mail.batches;
begin
  -- What no attempt can repeat safely: mail services remember keys for a day.
  with given_up as (
    update mail.batches b set finished_at = private.now()
    where b.campaign_id = campaign.id and b.finished_at is null and b.leased_until <= private.now()
      and b.created_at < private.now() - interval '23 hours'
    returning b.id
  )
  update mail.messages m set state = 'uncertain', reason = 'no answer within a day'
  from given_up g where m.batch_id = g.id and m.state = 'sending';

  select b.* into batch from mail.batches b
  where b.campaign_id = campaign.id and b.finished_at is null and b.leased_until <= private.now()
  order by b.created_at, b.id limit 1 for no key update;
  if found then
    update mail.batches b set leased_until = private.now() + lease where b.id = batch.id;
    return batch.id;
  end if;
  if campaign.state <> 'sending' or campaign.next_batch_at > private.now() then
    return null;
  end if;
  update mail.messages m set state = 'suppressed'
  where m.campaign_id = campaign.id and m.state = 'queued' and exists (
    select from mail.suppressions s where s.product = m.product and s.digest = m.recipient_digest);
  if not exists (select from mail.messages m where m.campaign_id = campaign.id and m.state = 'queued') then
    return null;
  end if;
  insert into mail.batches (campaign_id, leased_until) values (campaign.id, private.now() + lease) returning * into batch;
  update mail.messages m set state = 'sending', batch_id = batch.id
  where m.id in (
    select q.id from mail.messages q where q.campaign_id = campaign.id and q.state = 'queued'
    order by q.id limit least(100, greatest(1, campaign.per_minute / 6)));
  update mail.campaigns c
  set next_batch_at = private.now() + make_interval(secs => 60.0 * (select count(*) from mail.messages m where m.batch_id = batch.id) / c.per_minute)
  where c.id = campaign.id;
  return batch.id;
end
$$;

comment on function mail.take_batch(mail.campaigns, interval) is
  'Leases a batch of a locked campaign: one that a dead worker left, else a new one of up to 100, or ten seconds'' worth of the throttle. Null: none can go now.';

create function mail.claim_batch(campaign_id uuid, lease_seconds integer default 60)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  campaign mail.campaigns := mail.lock_campaign(campaign_id);
  claimed constant uuid := mail.take_batch(campaign, make_interval(secs => lease_seconds));
  next_at timestamptz;
begin
  if claimed is not null then
    return jsonb_build_object('batch', (
      select jsonb_build_object('batch_id', claimed, 'product', campaign.product,
        'template', jsonb_build_object('subject', v.subject, 'html', v.html, 'text', v.plain, 'variables', v.variables),
        'messages', (
          select coalesce(jsonb_agg(jsonb_build_object('message_id', m.id, 'to', m.recipient,
            'digest', encode(m.recipient_digest, 'hex'), 'variables', m.variables) order by m.id), '[]')
          from mail.messages m where m.batch_id = claimed and m.state = 'sending' and m.recipient is not null))
      from mail.template_versions v
      where v.template_id = campaign.template_id and v.version = campaign.template_version));
  end if;
  select min(b.leased_until) into next_at from mail.batches b where b.campaign_id = campaign.id and b.finished_at is null;
  if campaign.state = 'sending' then
    if exists (select from mail.messages m where m.campaign_id = campaign.id and m.state = 'queued') then
      next_at := least(campaign.next_batch_at, next_at);
    end if;
    if next_at is null then
      update mail.campaigns c set state = 'completed', finished_at = private.now() where c.id = campaign.id returning c.* into campaign;
    end if;
  end if;
  return jsonb_strip_nulls(jsonb_build_object('state', campaign.state,
    'wait_seconds', case when next_at is not null then ceil(10 * greatest(0, extract(epoch from next_at - private.now()))) / 10 end));
end
$$;

comment on function mail.claim_batch(uuid, integer) is
  'What to send next of a campaign: {batch: {batch_id, product, template, messages: [{message_id, to, digest, variables}]}}, or {state, wait_seconds} while the throttle or another worker''s lease lasts, or {state}: it is over. Definer: see mail.begin_campaign.';

create function mail.release_batch(batch_id uuid)
returns void
language sql
volatile
security definer
set search_path = ''
begin atomic
  update mail.batches b set leased_until = private.now() where b.id = release_batch.batch_id and b.finished_at is null;
end;

comment on function mail.release_batch(uuid) is
  'The mail service surely took nothing of a batch: it may be tried again at once, under the same name. Definer: see mail.begin_campaign.';

create function mail.continue_campaign(campaign_id uuid, wait_seconds integer default 0)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  run_at constant timestamptz := private.now() + make_interval(secs => wait_seconds);
begin
  if not exists (
    select from jobs.queue q
    where q.kind = 'mail.campaign' and q.state = 'queued' and q.payload ->> 'campaign_id' = continue_campaign.campaign_id::text
      and q.due_at <= run_at
  ) then
    perform jobs.enqueue('mail.campaign', jsonb_build_object('campaign_id', campaign_id), null, run_at, 50);
  end if;
end
$$;

comment on function mail.continue_campaign(uuid, integer) is
  'Another worker goes on with a campaign when this one''s time is over. Definer: see mail.begin_campaign.';

create function mail.lock_provider_message(provider_message_id text)
returns void
language sql
volatile
set search_path = ''
begin atomic
  select pg_advisory_xact_lock(hashtextextended('mail:' || lock_provider_message.provider_message_id, 0));
end;

comment on function mail.lock_provider_message(text) is
  'Until the end of the transaction: what the mail service tells of a message, and what it answered when it was sent, do not pass each other unseen.';

create function mail.finish_batch(batch_id uuid, results jsonb)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  result record;
begin
  -- LOCK
  perform from mail.batches b where b.id = batch_id for no key update;
  perform mail.lock_provider_message(r.id)
  from (select distinct e ->> 'provider_message_id' as id from jsonb_array_elements(results) e where e ? 'provider_message_id' order by 1) r;

  -- WRITE
  for result in
    select m.id, m.state, r.provider_message_id, r.reason
    from jsonb_to_recordset(results) r (message_id uuid, provider_message_id text, reason text)
    join mail.messages m on m.id = r.message_id and m.batch_id = finish_batch.batch_id
    where m.state in ('sending', 'uncertain') order by m.id
  loop
    if result.provider_message_id is not null then
      perform mail.message_sent(result.id, result.provider_message_id);
    elsif result.state = 'sending' then
      update mail.messages m
      set state = case when result.reason is null then 'uncertain' else 'failed' end::mail.message_state, reason = left(result.reason, 200)
      where m.id = result.id;
    end if;
  end loop;
  update mail.messages m set state = 'uncertain', reason = 'no answer for it'
  where m.batch_id = finish_batch.batch_id and m.state = 'sending';
  update mail.batches b set finished_at = coalesce(b.finished_at, private.now()) where b.id = batch_id;
  return jsonb_build_object('finished', found);
end
$$;

comment on function mail.finish_batch(uuid, jsonb) is
  'What the mail service answered for each message of a batch: [{message_id, provider_message_id | reason}]. Neither: it was sent, but is not known as what. Idempotent. Definer: see mail.begin_campaign.';

grant execute on function mail.begin_campaign(uuid) to service_role;
grant execute on function mail.claim_batch(uuid, integer) to service_role;
grant execute on function mail.release_batch(uuid) to service_role;
grant execute on function mail.continue_campaign(uuid, integer) to service_role;
grant execute on function mail.finish_batch(uuid, jsonb) to service_role;
