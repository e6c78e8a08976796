-- Vault's surface as hosted projects have it. The key is a file beside the cluster's data (vault.key),
-- so that neither a dump of the table nor any role but a superuser can read it.

create schema vault;

create table vault.secrets (
  id uuid primary key default gen_random_uuid(),
  name text,
  description text not null default '',
  secret text not null,
  key_id uuid,
  nonce bytea,
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null default current_timestamp
);
create unique index secrets_name_idx on vault.secrets (name) where name is not null;
alter table vault.secrets enable row level security;
comment on table vault.secrets is 'Secrets, encrypted. Read them in vault.decrypted_secrets.';

create function vault._key()
returns text
language sql
stable
security definer
set search_path = ''
as $$ select pg_catalog.pg_read_file('vault.key') $$;
comment on function vault._key() is 'The key of this cluster. Only its owner, a superuser, may ask. Definer: reading a file needs a superuser.';

-- The secret's id is encrypted with it, so that a ciphertext moved to another row does not open.
create function vault._encrypt(secret text, id uuid)
returns text
language sql
volatile
security definer
set search_path = ''
as $$ select encode(extensions.pgp_sym_encrypt(id::text || secret, vault._key(), 'cipher-algo=aes256'), 'base64') $$;
comment on function vault._encrypt is 'Encrypts a secret for its row. Definer: only it may use the key.';

create function vault._decrypt(secret text, id uuid)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  plain constant text := extensions.pgp_sym_decrypt(decode(secret, 'base64'), vault._key());
begin
  if left(plain, 36) <> id::text then
    raise exception 'the secret was not encrypted for this row' using errcode = 'data_corrupted';
  end if;
  return substr(plain, 37);
end
$$;
comment on function vault._decrypt is 'Opens the secret of a row. Definer: only it may use the key.';

create view vault.decrypted_secrets as
select s.id, s.name, s.description, s.secret, vault._decrypt(s.secret, s.id) as decrypted_secret,
  s.key_id, s.nonce, s.created_at, s.updated_at
from vault.secrets s;

create function vault.create_secret(
  new_secret text, new_name text default null, new_description text default '', new_key_id uuid default null
)
returns uuid
language plpgsql
security definer
set search_path = ''
as $$
declare
  new_id constant uuid := gen_random_uuid();
begin
  insert into vault.secrets (id, name, description, secret)
  values (new_id, new_name, new_description, vault._encrypt(new_secret, new_id));
  return new_id;
end
$$;

create function vault.update_secret(
  secret_id uuid, new_secret text default null, new_name text default null, new_description text default null,
  new_key_id uuid default null
)
returns void
language sql
security definer
set search_path = ''
as $$
  update vault.secrets s set
    secret = coalesce(vault._encrypt(new_secret, s.id), s.secret),
    name = coalesce(new_name, s.name),
    description = coalesce(new_description, s.description),
    updated_at = now()
  where s.id = secret_id
$$;

revoke execute on all functions in schema vault from public;
grant usage on schema vault to postgres, service_role;
grant execute on function vault.create_secret, vault.update_secret, vault._decrypt to postgres, service_role;
grant select, delete on vault.secrets, vault.decrypted_secrets to postgres with grant option;
grant select, delete on vault.secrets, vault.decrypted_secrets to service_role;
