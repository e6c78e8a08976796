-- Dead letters: jobs and events that nobody tries any more, for an admin of all products to replay or discard.

create function private.dead_letters(before timestamptz default null, max integer default 50)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.require_admin('*');
  return (
    select coalesce(jsonb_agg(to_jsonb(l) order by l.died_at desc), '[]')
    from (
      select * from (
        select 'job' as type, q.id, q.kind as name, q.finished_at as died_at, q.attempts, q.last_error as reason, q.traceparent
        from jobs.queue q
        where q.state = 'dead' and q.finished_at < coalesce(before, 'infinity')
        order by q.finished_at desc limit least(max, 200)
      ) as dead_jobs
      union all
      select * from (
        select 'event', m.id, m.provider || '/' || m.event_type, m.received_at, m.attempts, m.reason, null
        from events.inbox m
        where m.state = 'dead' and m.received_at < coalesce(before, 'infinity')
        order by m.received_at desc limit least(max, 200)
      ) as dead_events
      order by died_at desc limit least(max, 200)
    ) as l);
end
$$;

comment on function private.dead_letters(timestamptz, integer) is
  'Dead jobs and events, the latest first, up to 200 a page: [{type, id, name, died_at, attempts, reason, traceparent}]. No payloads: they may hold personal data. Definer: asks itself that the caller administers all products.';

create function private.replay_dead_letter(type text, id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  message record;
begin
  perform private.require_admin('*');
  if type = 'job' then
    return jobs.replay(id);
  end if;
  select m.provider, m.event_id into message from events.inbox m where m.id = replay_dead_letter.id and m.state = 'dead';
  if not found or type is distinct from 'event' then
    perform private.raise_problem(404, 'not_found', 'There is no such dead letter.');
  end if;
  return billing.replay_event(message.provider, message.event_id);
end
$$;

comment on function private.replay_dead_letter(text, uuid) is
  'Gives a dead job all its attempts again, or applies a dead event again. Definer: see private.dead_letters.';

create function private.discard_dead_letter(type text, id uuid, reason text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  message events.inbox;
begin
  perform private.require_admin('*');
  if coalesce(btrim(reason), '') = '' then
    perform private.raise_problem(422, 'invalid_request', 'Say why it is given up.', '{"field": "reason"}');
  end if;
  if type = 'job' then
    return jobs.discard(id, reason);
  end if;
  update events.inbox m
  set state = 'ignored', reason = left('discarded: ' || discard_dead_letter.reason, 2000), concluded_at = private.now()
  where m.id = discard_dead_letter.id and m.state = 'dead' and type = 'event'
  returning m.* into message;
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no such dead letter.');
  end if;
  perform audit.record('event.discarded', format('event:%s/%s', message.provider, message.event_id),
    jsonb_build_object('reason', discard_dead_letter.reason));
  return jsonb_build_object('id', message.id, 'state', message.state);
end
$$;

comment on function private.discard_dead_letter(text, uuid, text) is
  'Gives a dead letter up, for a reason that the audit log keeps. Definer: see private.dead_letters.';

create function api.dead_letters(before timestamptz default null, max integer default 50)
returns jsonb
language sql
stable
set search_path = ''
return private.dead_letters(before, max);

comment on function api.dead_letters(timestamptz, integer) is 'Dead jobs and events for admins: see private.dead_letters.';

create function api.replay_dead_letter(type text, id uuid)
returns jsonb
language sql
volatile
set search_path = ''
return private.replay_dead_letter(type, id);

comment on function api.replay_dead_letter(text, uuid) is 'Tries a dead letter again, for admins: see private.replay_dead_letter.';

create function api.discard_dead_letter(type text, id uuid, reason text)
returns jsonb
language sql
volatile
set search_path = ''
return private.discard_dead_letter(type, id, reason);

comment on function api.discard_dead_letter(text, uuid, text) is 'Gives a dead letter up, for admins: see private.discard_dead_letter.';

grant execute on function private.dead_letters(timestamptz, integer) to authenticated;
grant execute on function private.replay_dead_letter(text, uuid) to authenticated;
grant execute on function private.discard_dead_letter(text, uuid, text) to authenticated;
grant execute on function api.dead_letters(timestamptz, integer) to authenticated;
grant execute on function api.replay_dead_letter(text, uuid) to authenticated;
grant execute on function api.discard_dead_letter(text, uuid, text) to authenticated;
