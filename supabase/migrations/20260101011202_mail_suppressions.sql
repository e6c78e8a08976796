-- Mail: addresses that a product does not write to any more.

create type mail.suppression_reason as enum ('bounce', 'complaint', 'unsubscribe');
comment on type mail.suppression_reason is
  'bounce, complaint: nothing is sent there any more. unsubscribe: no campaigns; receipts and the like still are.';

create function mail.address_digest(address text)
returns bytea
language sql
immutable
set search_path = ''
return sha256(convert_to(lower(btrim(address)), 'UTF8'));

comment on function mail.address_digest(text) is
  'SHA-256 of an address in small letters: by it an address stays known as suppressed when its person, and it, are erased.';

create table mail.suppressions (
  product text not null check (product ~ '^[a-z][a-z0-9_]{1,31}$'),
  digest bytea not null,
  reason mail.suppression_reason not null,
  campaign_id uuid,
  created_at timestamptz not null default private.now(),
  primary key (product, digest, reason)
);

alter table mail.suppressions enable row level security;
create policy closed on mail.suppressions for all to anon, authenticated using (false) with check (false);

comment on table mail.suppressions is 'Addresses, by their digest, that a product does not write to, and why. No address is kept here.';
comment on column mail.suppressions.campaign_id is 'The campaign that was answered so; null for other mail, and for admins.';

create function mail.is_suppressed(product text, digest bytea, marketing boolean)
returns boolean
language sql
stable
set search_path = ''
begin atomic
  select exists (
    select from mail.suppressions s
    where s.product = is_suppressed.product and s.digest = is_suppressed.digest and (marketing or s.reason <> 'unsubscribe')
  );
end;

comment on function mail.is_suppressed(text, bytea, boolean) is 'Whether a product may not write to an address: campaigns (marketing), or what a person caused themselves.';

create function mail.suppress(product text, digest bytea, reason mail.suppression_reason, campaign_id uuid default null)
returns void
language sql
volatile
set search_path = ''
begin atomic
  insert into mail.suppressions (product, digest, reason, campaign_id)
  values (suppress.product, suppress.digest, suppress.reason, suppress.campaign_id)
  on conflict on constraint suppressions_pkey do nothing;
end;

comment on function mail.suppress(text, bytea, mail.suppression_reason, uuid) is 'From now on a product does not write to an address. Idempotent.';

create function mail.unsubscribe(product text, digest_hex text, campaign_id uuid default null)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  if digest_hex !~ '^[0-9a-f]{64}$' then
    perform private.raise_problem(422, 'invalid_request', 'Not the digest of an address.', '{"field": "token"}');
  end if;
  perform mail.suppress(product, decode(digest_hex, 'hex'), 'unsubscribe', campaign_id);
  return jsonb_build_object('product', product, 'subscribed', false);
end
$$;

comment on function mail.unsubscribe(text, text, uuid) is
  'The holder of an address wants no campaigns of a product any more: {product, subscribed: false}. Idempotent. For the service, which checked the link''s signature. Definer: suppressions are written by functions alone.';

create function mail.subscription(product text, digest_hex text)
returns jsonb
language sql
stable
security definer
set search_path = ''
return jsonb_build_object('product', product, 'subscribed', not mail.is_suppressed(product, decode(digest_hex, 'hex'), true));

comment on function mail.subscription(text, text) is 'Whether an address gets a product''s campaigns: {product, subscribed}. Definer: see mail.unsubscribe.';

create function mail.read_suppressions(product text, address text)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.require_admin(product);
  return (select coalesce(jsonb_agg(jsonb_build_object('reason', s.reason, 'campaign_id', s.campaign_id, 'created_at', s.created_at) order by s.reason), '[]')
    from mail.suppressions s where s.product = read_suppressions.product and s.digest = mail.address_digest(address));
end
$$;

comment on function mail.read_suppressions(text, text) is
  'Why a product does not write to an address: [{reason, campaign_id, created_at}]. Definer: see mail.unsubscribe; the caller must be an admin.';

create function mail.add_suppression(product text, address text, because text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.require_admin(product);
  perform mail.suppress(product, mail.address_digest(address), 'unsubscribe');
  perform audit.record('mail.suppressed', 'address:' || left(encode(mail.address_digest(address), 'hex'), 16),
    jsonb_build_object('product', product, 'because', because));
  return mail.read_suppressions(product, address);
end
$$;

comment on function mail.add_suppression(text, text, text) is
  'An admin unsubscribes an address that asked for it some other way, and says why. Definer: see mail.unsubscribe.';

create function mail.lift_suppression(product text, address text, reason text, because text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.require_admin(product);
  delete from mail.suppressions s
  where s.product = lift_suppression.product and s.digest = mail.address_digest(address)
    and s.reason = lift_suppression.reason::mail.suppression_reason;
  if not found then
    perform private.raise_problem(404, 'not_found', 'The address is not suppressed for this reason.', '{"field": "address"}');
  end if;
  perform audit.record('mail.suppression_lifted', 'address:' || left(encode(mail.address_digest(address), 'hex'), 16),
    jsonb_build_object('product', product, 'reason', reason, 'because', because));
  return mail.read_suppressions(product, address);
end
$$;

comment on function mail.lift_suppression(text, text, text, text) is
  'An admin takes a suppression back, and says why: the address works again, or its person asked for mail. Definer: see mail.unsubscribe.';

grant execute on function mail.unsubscribe(text, text, uuid) to service_role;
grant execute on function mail.subscription(text, text) to service_role;
grant execute on function mail.read_suppressions(text, text) to authenticated;
grant execute on function mail.add_suppression(text, text, text) to authenticated;
grant execute on function mail.lift_suppression(text, text, text, text) to authenticated;
