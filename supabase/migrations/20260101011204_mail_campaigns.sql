-- Mail: whom a campaign is for, drafting, scheduling and cancelling one.

create function private.audience(product text, filter jsonb)
returns table (person uuid, address text, variables jsonb)
language plpgsql
stable
set search_path = ''
as $$
begin
  if to_regprocedure(format('private.%I(jsonb)', product || '_audience')) is null then
    perform private.raise_problem(404, 'unknown_product', 'No product with this name has campaigns.', '{"field": "product"}');
  end if;
  return query execute format('select a.person, a.address, a.variables from private.%I($1) a', product || '_audience') using filter;
end
$$;

comment on function private.audience(text, jsonb) is
  'Whom a filter means: the product''s hook private.<product>_audience(filter) answers (person, address, variables), and refuses filters it does not know. Called by definer functions only.';

create function mail.addressees(campaign mail.campaigns)
returns table (person uuid, address text, digest bytea, variables jsonb)
language sql
stable
set search_path = ''
begin atomic
  with named as materialized (
    select a.person, a.address, mail.address_digest(a.address) as digest, a.variables
    from private.audience(campaign.product, campaign.audience) a where a.address <> ''
  )
  select distinct on (n.digest) n.person, n.address, n.digest, campaign.variables || jsonb_strip_nulls(n.variables)
  from named n
  where not exists (select from mail.suppressions s where s.product = campaign.product and s.digest = n.digest)
  order by n.digest, n.person;
end;

comment on function mail.addressees(mail.campaigns) is 'Whom a campaign reaches now: its audience without suppressed addresses, each address once, with what its placeholders are.';

create function mail.needed_variables(campaign mail.campaigns)
returns setof text
language sql
stable
set search_path = ''
begin atomic
  select v.declared ->> 'name'
  from mail.template_versions t, jsonb_array_elements(t.variables) v (declared)
  where t.template_id = campaign.template_id and t.version = campaign.template_version
    and not v.declared ? 'default' and coalesce(campaign.variables ->> (v.declared ->> 'name'), '') = '';
end;

comment on function mail.needed_variables(mail.campaigns) is 'The variables that each person must have a value of their own for.';

create function mail.check_reach(size bigint, missing text[])
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  if size = 0 then
    perform private.raise_problem(422, 'audience_empty', 'Nobody would get this campaign.', '{"field": "audience"}');
  end if;
  if missing is not null then
    perform private.raise_problem(422, 'missing_variable',
      format('Somebody of the audience has no value for %s.', array_to_string(missing, ', ')),
      jsonb_build_object('field', 'variables', 'variables', missing));
  end if;
end
$$;

comment on function mail.check_reach(bigint, text[]) is
  'Refuses a campaign that reaches nobody (audience_empty, 422), or somebody without a value for a variable (missing_variable, 422).';

create function mail.campaign_answer(campaign mail.campaigns)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
  select jsonb_build_object('campaign_id', campaign.id, 'product', campaign.product, 'name', campaign.name, 'template', t.name,
    'template_version', campaign.template_version, 'audience', campaign.audience, 'variables', campaign.variables,
    'per_minute', campaign.per_minute, 'state', campaign.state, 'reason', campaign.reason, 'recipients', campaign.recipients,
    'scheduled_at', campaign.scheduled_at, 'queued_at', campaign.queued_at, 'finished_at', campaign.finished_at, 'created_at', campaign.created_at)
  from mail.templates t where t.id = campaign.template_id;
end;

comment on function mail.campaign_answer(mail.campaigns) is 'A campaign as admins are shown it.';

create function mail.lock_campaign(campaign_id uuid)
returns mail.campaigns
language plpgsql
volatile
set search_path = ''
as $$
declare
  campaign mail.campaigns;
begin
  select c.* into campaign from mail.campaigns c where c.id = campaign_id for no key update;
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no such campaign.', '{"field": "campaign_id"}');
  end if;
  return campaign;
end
$$;

comment on function mail.lock_campaign(uuid) is 'Locks a campaign; none: not_found (404).';

create function mail.draft_campaign(product text, name text, template text, audience jsonb, variables jsonb, per_minute integer default 600)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  campaign mail.campaigns;
begin
  perform private.require_admin(product);
  perform from private.audience(product, audience) limit 1;
  insert into mail.campaigns (product, name, template_id, audience, variables, per_minute)
  select t.product, draft_campaign.name, t.id, draft_campaign.audience, draft_campaign.variables, draft_campaign.per_minute
  from mail.templates t where t.product = draft_campaign.product and t.name = draft_campaign.template
  returning * into campaign;
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no such template.', '{"field": "template"}');
  end if;
  perform audit.record('mail.campaign_drafted', 'campaign:' || campaign.id, jsonb_build_object('product', product, 'name', name));
  return mail.campaign_answer(campaign);
end
$$;

comment on function mail.draft_campaign(text, text, text, jsonb, jsonb, integer) is
  'A new campaign, which nobody gets before it is scheduled. Definer: campaigns are written by functions alone; the caller must be an admin.';

create function mail.check_campaign(campaign mail.campaigns)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
  template mail.template_versions;
  missing text[];
  size bigint;
begin
  select v.* into strict template from mail.template_versions v
  where v.template_id = campaign.template_id and v.version = campaign.template_version;
  if not exists (select from mail.placeholders(template.html) p (name) where p.name = 'unsubscribe_url')
    or not exists (select from mail.placeholders(template.plain) p (name) where p.name = 'unsubscribe_url')
  then
    perform private.raise_problem(422, 'unsubscribe_link_missing', 'HTML and text of a campaign''s template need {{unsubscribe_url}}.', '{"field": "template"}');
  end if;
  with reached as materialized (select a.variables from mail.addressees(campaign) a)
  select (select count(*) from reached), (
    select array_agg(n.name order by n.name) from mail.needed_variables(campaign) n (name)
    where exists (select from reached r where coalesce(r.variables ->> n.name, '') = ''))
  into size, missing;
  perform mail.check_reach(size, missing);
end
$$;

comment on function mail.check_campaign(mail.campaigns) is
  'Looks whether a campaign can be sent. Refused, with nothing queued: audience_empty, missing_variable, unsubscribe_link_missing (422).';

create function mail.schedule_campaign(campaign_id uuid, run_at timestamptz default null)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  campaign mail.campaigns := mail.lock_campaign(campaign_id);
  template mail.templates;
begin
  -- GUARD
  perform private.require_admin(campaign.product);
  if campaign.state not in ('draft', 'scheduled') then
    perform private.raise_problem(409, 'illegal_transition', 'The campaign has begun, or was cancelled.', jsonb_build_object('state', campaign.state));
  end if;
  select t.* into strict template from mail.templates t where t.id = campaign.template_id for share;
  if not template.active then
    perform private.raise_problem(409, 'illegal_transition', 'The template is not in use.', '{"field": "template"}');
  end if;
  campaign.template_version := template.version;
  perform mail.check_campaign(campaign);

  -- WRITE
  update mail.campaigns c
  set state = 'scheduled', template_version = template.version, scheduled_at = greatest(run_at, private.now())
  where c.id = campaign.id returning c.* into campaign;
  perform jobs.enqueue('mail.campaign', jsonb_build_object('campaign_id', campaign.id), null, campaign.scheduled_at, 50);
  perform audit.record('mail.campaign_scheduled', 'campaign:' || campaign.id,
    jsonb_build_object('product', campaign.product, 'scheduled_at', campaign.scheduled_at));
  return mail.campaign_answer(campaign);
end
$$;

comment on function mail.schedule_campaign(uuid, timestamptz) is
  'A campaign will be sent at a time, now unless said; again before that: at another time. Refused as mail.check_campaign says. Definer: see mail.draft_campaign.';

create function mail.cancel_campaign(campaign_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  campaign mail.campaigns := mail.lock_campaign(campaign_id);
begin
  perform private.require_admin(campaign.product);
  if campaign.state = 'cancelled' then
    return mail.campaign_answer(campaign);
  end if;
  update mail.messages m set state = 'cancelled' where m.campaign_id = campaign.id and m.state = 'queued';
  update mail.campaigns c set state = 'cancelled', reason = 'cancelled_by_admin', finished_at = private.now()
  where c.id = campaign.id returning c.* into campaign;
  perform audit.record('mail.campaign_cancelled', 'campaign:' || campaign.id, jsonb_build_object('product', campaign.product));
  return mail.campaign_answer(campaign);
end
$$;

comment on function mail.cancel_campaign(uuid) is
  'Nobody gets the campaign from now on, but for the batch under way. Idempotent; a completed one: illegal_transition (409). Definer: see mail.draft_campaign.';

create function mail.count_audience(product text, audience jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  campaign mail.campaigns;
begin
  perform private.require_admin(product);
  campaign.product := product;
  campaign.audience := audience;
  campaign.variables := '{}';
  return jsonb_build_object('people', (select count(*) from private.audience(product, audience)),
    'reachable', (select count(*) from mail.addressees(campaign)));
end
$$;

comment on function mail.count_audience(text, jsonb) is
  'How many people a filter means, and how many of them would be written to: {people, reachable}. Definer: see mail.draft_campaign.';

create function mail.list_campaigns(product text, before timestamptz default null, max integer default 50)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.require_admin(product);
  return (select coalesce(jsonb_agg(mail.campaign_answer(c) order by c.created_at desc, c.id), '[]')
    from (
      select c.* from mail.campaigns c
      where c.product = list_campaigns.product and (before is null or c.created_at < before)
      order by c.created_at desc, c.id limit least(max, 100)
    ) c);
end
$$;

comment on function mail.list_campaigns(text, timestamptz, integer) is 'A product''s campaigns, newest first. Definer: see mail.draft_campaign.';

create function mail.read_campaign(campaign_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  campaign mail.campaigns;
begin
  select c.* into campaign from mail.campaigns c where c.id = campaign_id;
  if not found then
    perform private.require_admin();
    perform private.raise_problem(404, 'not_found', 'There is no such campaign.', '{"field": "campaign_id"}');
  end if;
  perform private.require_admin(campaign.product);
  return mail.campaign_answer(campaign) || jsonb_build_object(
    'messages', (select coalesce(jsonb_object_agg(s.state, s.messages), '{}') from (
      select m.state, count(*) as messages from mail.messages m where m.campaign_id = campaign.id group by m.state) s),
    'opened', (select count(m.opened_at) from mail.messages m where m.campaign_id = campaign.id),
    'clicked', (select count(m.clicked_at) from mail.messages m where m.campaign_id = campaign.id),
    'unsubscribed', (select count(*) from mail.suppressions s
      where s.product = campaign.product and s.campaign_id = campaign.id and s.reason = 'unsubscribe'));
end
$$;

comment on function mail.read_campaign(uuid) is 'A campaign with its messages by state, and what people did with it. Definer: see mail.draft_campaign.';

grant execute on function mail.draft_campaign(text, text, text, jsonb, jsonb, integer) to authenticated;
grant execute on function mail.schedule_campaign(uuid, timestamptz) to authenticated;
grant execute on function mail.cancel_campaign(uuid) to authenticated;
grant execute on function mail.count_audience(text, jsonb) to authenticated;
grant execute on function mail.list_campaigns(text, timestamptz, integer) to authenticated;
grant execute on function mail.read_campaign(uuid) to authenticated;
