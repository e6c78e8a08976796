-- MODERA: consent, recorded before the first photo. What a person may be asked, what they said and when.

create table modera.consent_terms (
  purpose text not null check (purpose ~ '^[a-z_]{1,40}$'),
  version integer not null check (version > 0),
  summary jsonb not null,
  published_at timestamptz not null default private.now(),
  primary key (purpose, version),
  constraint consent_terms_summary check (
    jsonb_typeof(summary -> 'en') is not distinct from 'string' and jsonb_typeof(summary -> 'ru') is not distinct from 'string')
);

alter table modera.consent_terms enable row level security;

create policy consent_terms_read on modera.consent_terms for select to authenticated using (true);
grant select on modera.consent_terms to authenticated, service_role;

create trigger consent_terms_are_append_only before update or delete or truncate on modera.consent_terms
  for each statement execute function private.refuse_change();

comment on table modera.consent_terms is
  'What people are asked to agree to, by purpose. Append-only; the highest version of a purpose is the one in force, and a new one asks everybody again.';
comment on column modera.consent_terms.summary is 'The words that people are shown, by language: en and ru.';

insert into modera.consent_terms (purpose, version, summary) values ('photos', 1, jsonb_build_object(
  'en', 'I agree that photos of me, and what is computed from them (measurements, colours, pictures), are used to make my try-ons and style analyses. My photos are deleted after the time that the settings name. I can withdraw this at any time.',
  'ru', 'Я согласен(на), что мои фотографии и то, что из них вычислено (мерки, цвета, изображения), используются для моих примерок и анализа стиля. Фотографии удаляются через срок, указанный в настройках. Я могу отозвать согласие в любое время.'));

create table modera.consents (
  id bigint generated always as identity primary key,
  user_id bigint not null references modera.profiles (id),
  purpose text not null,
  version integer not null,
  given boolean not null,
  channel text not null check (channel in ('app', 'telegram', 'support')),
  recorded_at timestamptz not null default private.now(),
  foreign key (purpose, version) references modera.consent_terms (purpose, version)
);

create index consents_of_user on modera.consents (user_id, purpose, id desc);
create index consents_by_terms on modera.consents (purpose, version);

alter table modera.consents enable row level security;

create policy consents_read_own on modera.consents for select to authenticated
  using (user_id = (select private.modera_user_id()));
grant select on modera.consents to authenticated, service_role;

create trigger consents_are_append_only before update or delete or truncate on modera.consents
  for each statement execute function private.refuse_change();

comment on table modera.consents is
  'Each time that somebody gave or withdrew consent. Append-only: the latest row of a person and purpose is how it stands.';
comment on column modera.consents.given is 'False: withdrawn.';
comment on column modera.consents.channel is 'Where they said so: app (the person''s own call), telegram (the bot), support (written down for them).';

create function private.modera_has_consent(user_id uuid, purpose text default 'photos')
returns boolean
language sql
stable
security definer
set search_path = ''
begin atomic
  select coalesce((
    select c.given and c.version = (select max(t.version) from modera.consent_terms t where t.purpose = modera_has_consent.purpose)
    from modera.consents c join modera.profiles p on p.id = c.user_id
    where p.auth_user_id = modera_has_consent.user_id and c.purpose = modera_has_consent.purpose
    order by c.id desc limit 1
  ), false);
end;

comment on function private.modera_has_consent(uuid, text) is
  'Whether the latest word of a person is a consent to the terms in force. Definer: asked for people by functions that read no consents.';

create function private.modera_require_consent(user_id uuid)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  if not private.modera_has_consent(user_id) then
    perform private.raise_problem(403, 'consent_required', 'Agree to the use of your photos first.',
      jsonb_build_object('purpose', 'photos', 'version', (select max(t.version) from modera.consent_terms t where t.purpose = 'photos')));
  end if;
end
$$;

comment on function private.modera_require_consent(uuid) is
  'Raises consent_required (403), naming purpose and version, unless the person consents to the use of their photos.';

create function private.modera_may_upload()
returns boolean
language sql
stable
security definer
set search_path = ''
return private.modera_has_consent((select auth.uid()));

comment on function private.modera_may_upload() is
  'Whether the caller consents to the use of photos; for the policy of Storage. Definer: the policy must not depend on the policies of consents.';

create function private.modera_record_consent(user_id uuid, given boolean, channel text, purpose text, version integer)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  person bigint;
  latest modera.consents;
  in_force constant integer := (select max(t.version) from modera.consent_terms t where t.purpose = modera_record_consent.purpose);
  said integer := coalesce(version, in_force);
begin
  -- GUARD
  if in_force is null then
    perform private.raise_problem(422, 'invalid_request', 'There is no such purpose.', '{"field": "purpose"}');
  end if;
  if given and said <> in_force then
    perform private.raise_problem(409, 'consent_outdated', 'These are not the terms in force.',
      jsonb_build_object('purpose', purpose, 'version', in_force));
  end if;
  perform private.modera_admit(user_id);

  -- LOCK: the person, so that what they say is kept in the order in which they say it.
  select p.id into person from modera.profiles p where p.auth_user_id = user_id for no key update;
  select c.* into latest from modera.consents c
  where c.user_id = person and c.purpose = modera_record_consent.purpose order by c.id desc limit 1;

  -- WRITE: only what is new.
  if not given then
    said := coalesce(latest.version, in_force);
  end if;
  if (latest.given, latest.version) is distinct from (given, said) and (given or latest.id is not null) then
    insert into modera.consents (user_id, purpose, version, given, channel)
    values (person, purpose, said, given, channel) returning * into latest;
  end if;
  return jsonb_build_object('purpose', purpose, 'version', in_force, 'given', coalesce(latest.given, false), 'recorded_at', latest.recorded_at);
end
$$;

comment on function private.modera_record_consent(uuid, boolean, text, text, integer) is
  'See modera.record_consent. Definer: consents are written by this function alone.';

create function private.modera_own_consent(given boolean, purpose text, version integer)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  if auth.uid() is null then
    perform private.raise_problem(401, 'unauthorized', 'Sign in to give or withdraw consent.');
  end if;
  return private.modera_record_consent(auth.uid(), given, 'app', purpose, version);
end
$$;

comment on function private.modera_own_consent(boolean, text, integer) is
  'See modera.give_consent and modera.withdraw_consent. Definer: the caller, and nobody else, is who it is recorded for.';

create function modera.give_consent(purpose text default 'photos', version integer default null)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_own_consent(true, purpose, version);

comment on function modera.give_consent(text, integer) is
  'Records that the caller agrees to the terms in force: {purpose, version, given, recorded_at}. Idempotent. Naming another version: consent_outdated (409).';

create function modera.withdraw_consent(purpose text default 'photos')
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_own_consent(false, purpose, null);

comment on function modera.withdraw_consent(text) is
  'Records that the caller no longer agrees: {purpose, version, given, recorded_at}. Idempotent. Their photos are deleted by the next sweep.';

create function modera.record_consent(
  user_id uuid, given boolean, channel text, purpose text default 'photos', version integer default null
)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_record_consent(user_id, given, channel, purpose, version);

comment on function modera.record_consent(uuid, boolean, text, text, integer) is
  'Records what a person said in another channel than the app (telegram, support). As modera.give_consent and modera.withdraw_consent.';

create function modera.consent_state()
returns jsonb
language sql
stable
set search_path = ''
return (
  select coalesce(jsonb_agg(jsonb_build_object(
    'purpose', t.purpose, 'version', t.version, 'summary', t.summary,
    'given', coalesce(c.given and c.version = t.version, false),
    'given_version', c.version, 'recorded_at', c.recorded_at) order by t.purpose), '[]')
  from (select distinct on (t.purpose) t.* from modera.consent_terms t order by t.purpose, t.version desc) t
  left join lateral (
    select s.* from modera.consents s
    where s.purpose = t.purpose and s.user_id = private.modera_user_id() order by s.id desc limit 1
  ) c on true
);

comment on function modera.consent_state() is
  'The terms in force by purpose, and whether the caller agrees to them: [{purpose, version, summary, given, given_version, recorded_at}].';

create policy modera_inputs_insert_own on storage.objects for insert to authenticated
  with check (bucket_id = 'modera-inputs' and (storage.foldername(name))[1] = (select auth.uid())::text
    and (select private.modera_may_upload()));

grant execute on function private.modera_may_upload() to authenticated;
grant execute on function private.modera_own_consent(boolean, text, integer) to authenticated;
grant execute on function private.modera_record_consent(uuid, boolean, text, text, integer) to service_role;
grant execute on function modera.give_consent(text, integer) to authenticated;
grant execute on function modera.withdraw_consent(text) to authenticated;
grant execute on function modera.record_consent(uuid, boolean, text, text, integer) to service_role;
grant execute on function modera.consent_state() to authenticated;
