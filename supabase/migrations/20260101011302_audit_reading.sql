-- The audit log for the admins of a product.

create function private.audit_log(
  product text, action text, actor uuid, subject text, since timestamptz, until timestamptz, before bigint, page_size integer
)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform billing.require_publisher(product);
  return (
    select coalesce(jsonb_agg(jsonb_build_object('log_id', l.id, 'at', l.at, 'actor', l.actor, 'actor_role', l.actor_role,
      'action', l.action, 'subject', l.subject, 'detail', l.detail, 'request_id', l.request_id) order by l.id desc), '[]')
    from (
      select * from audit.log g
      where g.product = audit_log.product
        and (before is null or g.id < before)
        and (audit_log.actor is null or g.actor = audit_log.actor)
        and (audit_log.subject is null or g.subject = audit_log.subject)
        and (audit_log.action is null or g.action = audit_log.action or starts_with(g.action, audit_log.action || '.'))
        and (since is null or g.at >= since) and (until is null or g.at < until)
      order by g.id desc limit least(greatest(page_size, 1), 100)
    ) l
  );
end
$$;

comment on function private.audit_log(text, text, uuid, text, timestamptz, timestamptz, bigint, integer) is
  'See api.audit_log. Definer: no API role reads the log; the caller must be an admin of the product.';

create function api.audit_log(
  product text, action text default null, actor uuid default null, subject text default null, since timestamptz default null,
  until timestamptz default null, before bigint default null, page_size integer default 50
)
returns jsonb
language sql
stable
set search_path = ''
return private.audit_log(product, action, actor, subject, since, until, before, page_size);

comment on function api.audit_log(text, text, uuid, text, timestamptz, timestamptz, bigint, integer) is
  'For admins of a product: who did what to what, newest first, 100 at most: [{log_id, at, actor, actor_role, action, subject, detail, request_id}]. action: one (price.published), or all of a kind (price). before: older than this log_id.';

grant execute on function private.audit_log(text, text, uuid, text, timestamptz, timestamptz, bigint, integer) to authenticated;
grant execute on function api.audit_log(text, text, uuid, text, timestamptz, timestamptz, bigint, integer) to authenticated;
