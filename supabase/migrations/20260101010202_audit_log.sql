-- The log of privileged and money actions.

create table audit.log (
  id bigint generated always as identity primary key,
  at timestamptz not null default private.now(),
  actor uuid,
  actor_role text not null,
  action text not null check (action ~ '^[a-z_]+(\.[a-z_]+)+$'),
  subject text not null check (subject <> ''),
  detail jsonb not null default '{}',
  request_id text,
  product text generated always as (coalesce(detail ->> 'product', substring(subject from '^[^:]*:([a-z][a-z0-9_]{1,31})/'),
    substring(subject from '^([a-z][a-z0-9_]{1,31})\.[a-z_]+:'), substring(subject from '^product:([a-z][a-z0-9_]{1,31})$'))) stored
);

create index log_by_subject on audit.log (subject, id);
create index log_by_actor on audit.log (actor, id) where actor is not null;
create index log_by_product on audit.log (product, id) where product is not null;

alter table audit.log enable row level security;

create trigger log_is_append_only before update or delete or truncate on audit.log
  for each statement execute function private.refuse_change();

comment on table audit.log is
  'Append-only: no update and no delete, not even by its owner. Written by audit.record in the transaction of the action it records.';
comment on column audit.log.actor is 'The signed-in user; null when a provider, a job or an operator acted.';
comment on column audit.log.actor_role is 'The API role of the request, or the login role outside one.';
comment on column audit.log.product is
  'Whose admins may read it: what the detail says, or the subject (offer:dtf/pack-10, modera.settings:key, product:dtf); null: it is of no product.';
comment on column audit.log.subject is 'What was acted on, as kind:id, for instance invoice:INV-2026-000001.';

create function audit.record(action text, subject text, detail jsonb default '{}')
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  insert into audit.log (actor, actor_role, action, subject, detail, request_id)
  values (auth.uid(), private.caller_role(), action, subject, detail, private.request_id());
end
$$;

comment on function audit.record(text, text, jsonb) is
  'Records who did what to what. Called by the definer functions of the kernel and the products; granted to no API role. Definer: the log is written by this function alone.';
