-- Calling our edge functions from SQL, and keeping what came of it.

create type private.invocation_state as enum ('sent', 'succeeded', 'failed', 'lost', 'skipped');
comment on type private.invocation_state is
  'sent: the answer was not seen yet. lost: it never came. skipped: pg_net or a secret is missing, nothing was sent.';

insert into private.transitions (machine, from_state, to_state) values
  ('private.invocations.state', 'sent', 'succeeded'),
  ('private.invocations.state', 'sent', 'failed'),
  ('private.invocations.state', 'sent', 'lost'),
  ('private.invocations.state', 'lost', 'succeeded'),
  ('private.invocations.state', 'lost', 'failed');

create table private.invocations (
  id bigint generated always as identity primary key,
  slug text not null check (slug ~ '^[a-z][a-z0-9-]{0,62}$'),
  state private.invocation_state not null,
  request_id bigint,
  status_code integer,
  detail text,
  requested_at timestamptz not null default private.now(),
  finished_at timestamptz,
  constraint invocations_request check ((state = 'skipped') = (request_id is null))
);

create index invocations_open on private.invocations (request_id) where state in ('sent', 'lost');
create index invocations_by_slug on private.invocations (slug, id);
create index invocations_by_age on private.invocations (requested_at);

alter table private.invocations enable row level security;

create trigger invocations_move_legally before update of state on private.invocations
  for each row execute function private.guard_transition('state');

comment on table private.invocations is 'Every call of an edge function from SQL: pg_net''s request id, and the outcome that private.collect_invocations saw.';

create function private.secret(name text)
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  if to_regclass('vault.decrypted_secrets') is null then
    return null;
  end if;
  return (select nullif(s.decrypted_secret, '') from vault.decrypted_secrets s where s.name = secret.name limit 1);
end
$$;

comment on function private.secret(text) is 'A secret of Vault by its name, or null. Called by definer functions only; granted to no API role.';

create function private.invoke_function(slug text, body jsonb default '{}', wait_seconds integer default 60)
returns bigint
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  base_url text;
  api_key text;
  lacking text;
  request_id bigint;
begin
  -- GUARD: a database without these still queues work, and says once an hour what it lacks.
  if to_regprocedure('net.http_post(text, jsonb, jsonb, jsonb, integer)') is null then
    lacking := 'pg_net is not installed';
  else
    base_url := private.secret('functions_url');
    api_key := private.secret('automations_key');
    lacking := case
      when base_url is null then 'Vault has no secret functions_url'
      when api_key is null then 'Vault has no secret automations_key'
    end;
  end if;
  if lacking is not null then
    insert into private.invocations (slug, state, detail)
    select invoke_function.slug, 'skipped', lacking
    where not exists (
      select from private.invocations i
      where i.slug = invoke_function.slug and i.state = 'skipped' and i.requested_at > private.now() - interval '1 hour');
    return null;
  end if;

  -- WRITE: pg_net sends after the commit.
  request_id := net.http_post(
    url := rtrim(base_url, '/') || '/' || slug,
    body := coalesce(body, '{}'),
    headers := jsonb_strip_nulls(jsonb_build_object(
      'Content-Type', 'application/json', 'apikey', api_key, 'traceparent', private.traceparent())),
    timeout_milliseconds := wait_seconds * 1000);
  insert into private.invocations (slug, state, request_id) values (slug, 'sent', request_id);
  return request_id;
end
$$;

comment on function private.invoke_function(text, jsonb, integer) is
  'Posts to one of our edge functions once the transaction commits and returns pg_net''s request id. The URL and the key are in Vault: functions_url, automations_key (sent as apikey). Without pg_net or them: null, and a row that says so. Definer: secrets are read by such functions alone.';

create function private.collect_invocations()
returns integer
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  collected integer := 0;
begin
  if to_regclass('net._http_response') is not null then
    update private.invocations i
    set state = case when r.status_code between 200 and 299 then 'succeeded' else 'failed' end::private.invocation_state,
      status_code = r.status_code, finished_at = private.now(),
      detail = case when r.status_code between 200 and 299 then null
        else left(coalesce(r.error_msg, case when r.timed_out then 'timed out' end, r.content, 'no answer'), 500) end
    from net._http_response r
    where r.id = i.request_id and i.state in ('sent', 'lost');
    get diagnostics collected = row_count;
  end if;
  update private.invocations i set state = 'lost', finished_at = private.now(), detail = 'no answer was recorded'
  where i.state = 'sent' and i.requested_at < private.now() - interval '15 minutes';
  return collected;
end
$$;

comment on function private.collect_invocations() is
  'Takes over the answers that pg_net has kept (it forgets them after hours) and returns their number. Definer: see private.invoke_function.';
