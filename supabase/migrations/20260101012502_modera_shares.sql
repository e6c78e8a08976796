-- MODERA: shares. A share is a link to the picture of one try-on, which anybody may open until it runs out or is revoked.

create table modera.shares (
  id uuid primary key default gen_random_uuid(),
  user_id bigint not null references modera.profiles (id),
  try_on_id uuid not null references modera.virtual_tryons (id) on delete cascade,
  token_hash bytea not null unique check (length(token_hash) = 32),
  created_at timestamptz not null default private.now(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  constraint shares_lifetime check (expires_at > created_at),
  constraint shares_end check (revoked_at >= created_at)
);

create index shares_of_user on modera.shares (user_id, created_at desc);
create index shares_of_try_on on modera.shares (try_on_id, expires_at) where revoked_at is null;
create index shares_by_try_on on modera.shares (try_on_id);

alter table modera.shares enable row level security;

create policy shares_read_own on modera.shares for select to authenticated
  using (user_id = (select private.modera_user_id()));

grant select (id, user_id, try_on_id, created_at, expires_at, revoked_at) on modera.shares to authenticated, service_role;

comment on table modera.shares is
  'Links by which anybody may see the picture of a try-on, for a while. Written by the functions below alone.';
comment on column modera.shares.token_hash is 'SHA-256 of the token in the link. The token itself is told once and kept nowhere.';
comment on column modera.shares.revoked_at is 'When its owner withdrew it; stays the first time.';

create function private.modera_share_state(share modera.shares)
returns text
language sql
stable
set search_path = ''
return case
  when share.revoked_at is not null then 'revoked'
  when share.expires_at <= private.now() then 'expired'
  else 'open'
end;

comment on function private.modera_share_state(modera.shares) is 'open, revoked or expired.';

create function private.modera_share_answer(share modera.shares)
returns jsonb
language sql
stable
set search_path = ''
return jsonb_build_object('share_id', share.id, 'try_on_id', share.try_on_id, 'state', private.modera_share_state(share),
  'created_at', share.created_at, 'expires_at', share.expires_at, 'revoked_at', share.revoked_at);

comment on function private.modera_share_answer(modera.shares) is 'A share as its owner is shown it.';

create function private.modera_mark_shared(try_on_id uuid)
returns void
language sql
volatile
set search_path = ''
begin atomic
  update modera.virtual_tryons t set user_shared = not t.user_shared
  where t.id = modera_mark_shared.try_on_id and t.user_shared is distinct from exists (
    select from modera.shares s where s.try_on_id = t.id and s.revoked_at is null and s.expires_at > private.now()
  );
end;

comment on function private.modera_mark_shared(uuid) is 'Keeps user_shared of a locked try-on in step with its shares.';

create function private.modera_share_try_on(try_on_id uuid, ttl_seconds integer)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  most_open constant integer := 20;
  try_on modera.virtual_tryons;
  share modera.shares;
  -- 244 random bits.
  token constant text := 'shr_' || replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
begin
  -- LOCK
  select t.* into try_on from modera.virtual_tryons t
  where t.id = modera_share_try_on.try_on_id and t.user_id = private.modera_user_id() for no key update;

  -- GUARD
  if not found then
    perform private.raise_problem(404, 'not_found', 'You have no try-on with this id.', '{"field": "try_on_id"}');
  end if;
  if try_on.result_image_url is null then
    perform private.raise_problem(409, 'illegal_transition', 'There is no picture to share.', '{"field": "try_on_id"}');
  end if;
  if ttl_seconds is null or ttl_seconds not between 60 and 2592000 then
    perform private.raise_problem(422, 'invalid_request', 'A share lasts from a minute to 30 days.', '{"field": "ttl_seconds"}');
  end if;
  if (select count(*) from modera.shares s
    where s.try_on_id = try_on.id and s.revoked_at is null and s.expires_at > private.now()) >= most_open then
    perform private.raise_problem(409, 'too_many_shares', format('A try-on has up to %s open shares. Revoke one first.', most_open));
  end if;

  -- WRITE
  insert into modera.shares (user_id, try_on_id, token_hash, expires_at)
  values (try_on.user_id, try_on.id, sha256(convert_to(token, 'UTF8')), private.now() + make_interval(secs => ttl_seconds))
  returning * into share;
  perform private.modera_mark_shared(try_on.id);
  return private.modera_share_answer(share) || jsonb_build_object('token', token);
end
$$;

comment on function private.modera_share_try_on(uuid, integer) is
  'See modera.share_try_on. Definer: users may not write shares; the try-on must be the caller''s.';

create function private.modera_revoke_share(share_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  share modera.shares;
begin
  -- LOCK: the try-on first, as share_try_on does.
  perform from modera.virtual_tryons t join modera.shares s on s.try_on_id = t.id
  where s.id = modera_revoke_share.share_id and s.user_id = private.modera_user_id() for no key update of t;
  if not found then
    perform private.raise_problem(404, 'not_found', 'You have no share with this id.');
  end if;

  -- WRITE
  update modera.shares s set revoked_at = coalesce(s.revoked_at, greatest(private.now(), s.created_at))
  where s.id = modera_revoke_share.share_id
  returning s.* into share;
  perform private.modera_mark_shared(share.try_on_id);
  return private.modera_share_answer(share);
end
$$;

comment on function private.modera_revoke_share(uuid) is
  'See modera.revoke_share. Definer: users may not write shares; the share must be the caller''s.';

create function private.modera_open_share(token text)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  share modera.shares;
  path text;
begin
  select s.* into share from modera.shares s where s.token_hash = sha256(convert_to(token, 'UTF8'));
  if not found then
    perform private.raise_problem(404, 'not_found', 'There is no such share.');
  end if;
  select t.result_image_url into path
  from modera.virtual_tryons t join modera.profiles p on p.id = t.user_id
  where t.id = share.try_on_id and p.is_active;
  if private.modera_share_state(share) <> 'open' or path is null or private.stored_file('modera-results', path) is null then
    perform private.raise_problem(410, 'share_ended', 'This picture is no longer shared.');
  end if;
  return jsonb_build_object('path', path, 'expires_at', share.expires_at);
end
$$;

comment on function private.modera_open_share(text) is
  'See modera.open_share. Definer: reads what its owner has shared, for whoever holds the token.';

create function private.modera_end_shares()
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  ended integer;
begin
  update modera.virtual_tryons t set user_shared = false
  where t.user_shared and not exists (
    select from modera.shares s where s.try_on_id = t.id and s.revoked_at is null and s.expires_at > private.now()
  );
  get diagnostics ended = row_count;
  return ended;
end
$$;

comment on function private.modera_end_shares() is
  'Marks try-ons as no longer shared whose last share has run out, and returns their number. The links themselves end by the clock.';

create index virtual_tryons_shared on modera.virtual_tryons (id) where user_shared;

create function modera.share_try_on(try_on_id uuid, ttl_seconds integer default 604800)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_share_try_on(try_on_id, ttl_seconds);

comment on function modera.share_try_on(uuid, integer) is
  'Opens a share of a finished try-on of the caller for a minute to 30 days: {share_id, try_on_id, state, created_at, expires_at, revoked_at, token}. The token is told this once.';

create function modera.revoke_share(share_id uuid)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_revoke_share(share_id);

comment on function modera.revoke_share(uuid) is
  'Ends a share of the caller at once: as share_try_on, without the token. Idempotent. Another''s: not_found.';

create function modera.shares(try_on_id uuid default null)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
  select coalesce(jsonb_agg(jsonb_build_object('share_id', s.id, 'try_on_id', s.try_on_id,
    'state', case when s.revoked_at is not null then 'revoked' when s.expires_at <= private.now() then 'expired' else 'open' end,
    'created_at', s.created_at, 'expires_at', s.expires_at, 'revoked_at', s.revoked_at) order by s.created_at desc, s.id), '[]')
  from (
    select s.id, s.try_on_id, s.created_at, s.expires_at, s.revoked_at from modera.shares s
    where shares.try_on_id is null or s.try_on_id = shares.try_on_id
    order by s.created_at desc, s.id limit 200
  ) s;
end;

comment on function modera.shares(uuid) is 'The caller''s shares, of a try-on or (null) of all, the newest 200: as share_try_on, without tokens.';

create function modera.open_share(token text)
returns jsonb
language sql
stable
set search_path = ''
return private.modera_open_share(token);

comment on function modera.open_share(text) is
  'What a link shows: {path, expires_at} of a picture in modera-results. Unknown: not_found; revoked, expired or removed: share_ended (410). Service only, which limits how often it is asked.';

grant execute on function private.modera_share_try_on(uuid, integer) to authenticated;
grant execute on function private.modera_revoke_share(uuid) to authenticated;
grant execute on function private.modera_open_share(text) to service_role;
grant execute on function modera.share_try_on(uuid, integer) to authenticated;
grant execute on function modera.revoke_share(uuid) to authenticated;
grant execute on function modera.shares(uuid) to authenticated;
grant execute on function modera.open_share(text) to service_role;

select private.define_job('modera-shares', '*/5 * * * *', '5 minutes', 'select private.modera_end_shares()');
select private.schedule_jobs();
