-- DTF Editor: first contact. Auth serves all products, so signing up makes nobody a person of this one: their first call does.

create table private.hash_keys (
  name text primary key,
  key bytea not null check (length(key) >= 32)
);

alter table private.hash_keys enable row level security;

create policy closed on private.hash_keys for all to anon, authenticated using (false) with check (false);

comment on table private.hash_keys is
  'Keys by which what must be recognised, and not kept, is hashed. Random for each database; no API role reads them.';

create function private.keyed_hash(name text, value text)
returns bytea
language sql
stable
set search_path = ''
begin atomic
  -- The key on both sides, each time hashed in its own place: nothing can be appended to what was hashed.
  select sha256(k.key || sha256(k.key || convert_to(value, 'UTF8'))) from private.hash_keys k where k.name = keyed_hash.name;
end;

comment on function private.keyed_hash(text, text) is 'A hash of a value by the key of this name: equal for equal values, and of no use to whoever lacks the key.';

insert into private.hash_keys (name, key)
values ('dtf.welcomes', sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')));

create table dtf.welcomes (
  address_hash bytea primary key check (length(address_hash) = 32),
  welcomed_at timestamptz not null default private.now()
);

alter table dtf.welcomes enable row level security;

create policy closed on dtf.welcomes for all to anon, authenticated using (false) with check (false);

create trigger welcomes_are_append_only before update or delete or truncate on dtf.welcomes
  for each statement execute function private.refuse_change();

comment on table dtf.welcomes is
  'Which addresses were given the credits of a beginning, so that nobody begins twice. Keyed hashes without a person: they outlive the account, and say nothing to whoever lacks the key.';

create function private.dtf_address(user_id uuid)
returns text
language sql
stable
set search_path = ''
begin atomic
  select coalesce(
    case when u.email_confirmed_at is not null then lower(regexp_replace(btrim(u.email), '\+[^@]*@', '@')) end,
    case when u.phone_confirmed_at is not null then u.phone end)
  from auth.users u where u.id = dtf_address.user_id;
end;

comment on function private.dtf_address(uuid) is
  'The confirmed address that somebody is known by: their e-mail without case and without what follows a plus, else their phone; null while neither is confirmed.';

create function private.dtf_welcome(user_id uuid)
returns boolean
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  address constant text := private.dtf_address(user_id);
begin
  if address is null then
    return false;
  end if;
  insert into dtf.welcomes (address_hash) values (private.keyed_hash('dtf.welcomes', address)) on conflict do nothing;
  if not found then
    return false;
  end if;
  perform ledger.grant_credits('dtf', user_id, 2, 'dtf.welcome', 'promotional', reason => 'welcome');
  return true;
end
$$;

comment on function private.dtf_welcome(uuid) is
  'Gives two promotional credits to somebody whose address was never given any; true when it did. Definer: value moves, and welcomes are written by this function alone.';

create function private.dtf_admit(user_id uuid)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  if exists (select from dtf.users u where u.id = user_id and u.auth_user_id is not null) then
    return;
  end if;
  if not exists (select from auth.users u where u.id = user_id) then
    perform private.raise_problem(404, 'holder_not_found', format('There is no user %s.', user_id));
  end if;
  perform ledger.register_holder('dtf', user_id);
  insert into dtf.users (id, auth_user_id) values (user_id, user_id) on conflict do nothing;
  if found then
    perform private.dtf_record_activity(user_id, 'first_contact');
    perform private.dtf_welcome(user_id);
  end if;
end
$$;

comment on function private.dtf_admit(uuid) is
  'First contact: makes the person''s row, lets them hold credits, and gives the first two to a confirmed address. Idempotent. Definer: none of these is written by callers.';

create function private.dtf_is_active(user_id uuid)
returns boolean
language sql
stable
set search_path = ''
begin atomic
  select u.is_active from dtf.users u where u.id = dtf_is_active.user_id;
end;

comment on function private.dtf_is_active(uuid) is 'See private.is_active.';

create function private.dtf_ensure_profile()
returns uuid
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  if auth.uid() is null then
    perform private.raise_problem(401, 'unauthorized', 'Sign in first.');
  end if;
  perform private.admit('dtf', auth.uid());
  -- Whoever came before their address was confirmed is welcomed now.
  perform private.dtf_welcome(auth.uid());
  return auth.uid();
end
$$;

comment on function private.dtf_ensure_profile() is 'See dtf.ensure_profile. Definer: see private.dtf_admit; the person is auth.uid().';

create function dtf.ensure_profile()
returns uuid
language sql
volatile
set search_path = ''
return private.dtf_ensure_profile();

comment on function dtf.ensure_profile() is
  'Makes the caller a person of DTF Editor, with two credits the first time that their confirmed address is seen; returns their id. Apps call it after sign-in. Idempotent.';

grant execute on function private.dtf_admit(uuid) to service_role;
grant execute on function private.dtf_ensure_profile() to authenticated;
grant execute on function dtf.ensure_profile() to authenticated;
