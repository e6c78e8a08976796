-- Who may administer a product, or all of them.

create table private.admins (
  user_id uuid not null references auth.users (id) on delete cascade,
  product text not null check (product ~ '^([a-z][a-z0-9_]*|\*)$'),
  reason text not null check (reason <> ''),
  appointed_at timestamptz not null default private.now(),
  primary key (user_id, product)
);

alter table private.admins enable row level security;

comment on table private.admins is
  'Who may call what is for admins. Filled by private.appoint_admin alone; no API role reads it, no token carries it, so a dismissal holds at once.';
comment on column private.admins.product is 'The product they administer; * for all.';

create function private.is_admin(product text default null)
returns boolean
language sql
stable
security definer
set search_path = ''
begin atomic
  select exists (
    select from private.admins a
    where a.user_id = (select auth.uid())
      and (is_admin.product is null or a.product in (is_admin.product, '*'))
  );
end;

comment on function private.is_admin(text) is
  'Whether the caller administers the product; without one, any product. Definer: nobody reads the list of admins.';

create function private.require_admin(product text default null)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  if not private.is_admin(product) then
    perform private.raise_problem(403, 'admin_required', 'This is for admins.');
  end if;
end
$$;

comment on function private.require_admin(text) is
  'Raises admin_required (403) unless the caller administers the product; without one, any product.';

create function private.appoint_admin(user_id uuid, product text, reason text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  insert into private.admins (user_id, product, reason)
  values (appoint_admin.user_id, appoint_admin.product, appoint_admin.reason)
  on conflict on constraint admins_pkey do nothing;
  if found then
    perform audit.record('admin.appointed', 'user:' || appoint_admin.user_id,
      jsonb_build_object('product', appoint_admin.product, 'reason', appoint_admin.reason));
  end if;
end
$$;

comment on function private.appoint_admin(uuid, text, text) is
  'Makes a user an admin of a product, or of all (*). For operators on the database: granted to no API role.';

create function private.dismiss_admin(user_id uuid, product text, reason text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  delete from private.admins a
  where a.user_id = dismiss_admin.user_id and a.product = dismiss_admin.product;
  if found then
    perform audit.record('admin.dismissed', 'user:' || dismiss_admin.user_id,
      jsonb_build_object('product', dismiss_admin.product, 'reason', dismiss_admin.reason));
  end if;
end
$$;

comment on function private.dismiss_admin(uuid, text, text) is
  'Ends an appointment at once. For operators on the database: granted to no API role.';

grant execute on function private.is_admin(text) to authenticated, service_role;
grant execute on function private.require_admin(text) to authenticated, service_role;
