-- Sealing: the keys, and the daily seal.

create function ledger.rotate_seal_key()
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  key_id text;
begin
  if to_regclass('vault.secrets') is null then
    raise exception 'Vault is not installed: the ledger''s seals have no place for their key';
  end if;
  select format('ledger_seal_key/%s', count(*) + 1) into key_id from vault.secrets s where s.name like 'ledger\_seal\_key/%';
  perform vault.create_secret(
    encode(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 'hex'), key_id, 'Signs the seals of the ledger.');
  perform audit.record('ledger.seal_key_made', 'key:' || key_id);
  return key_id;
end
$$;

comment on function ledger.rotate_seal_key() is
  'Makes the key that signs from the next seal on and returns its name in Vault. Older keys stay: they prove older seals. Granted to no API role. Definer: secrets are written by such functions alone.';

create function ledger.seal_key_id()
returns text
language plpgsql
volatile
set search_path = ''
as $$
declare
  key_id text;
begin
  if to_regclass('vault.secrets') is not null then
    select s.name into key_id from vault.secrets s
    where s.name ~ '^ledger_seal_key/[0-9]+$' order by substr(s.name, 17)::integer desc limit 1;
  end if;
  return coalesce(key_id, ledger.rotate_seal_key());
end
$$;

comment on function ledger.seal_key_id() is 'Name of the newest key; the first is made when there is none.';

create function ledger.seal_signature(digest bytea, key_id text)
returns bytea
language plpgsql
stable
set search_path = ''
as $$
begin
  return extensions.hmac(digest, convert_to(private.secret(key_id), 'UTF8'), 'sha256');
end
$$;

comment on function ledger.seal_signature(bytea, text) is 'HMAC-SHA-256 of a digest by a key of Vault; null when the key is gone.';

create function ledger.seal()
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  previous ledger.seals;
  seal ledger.seals;
begin
  -- LOCK: one seal after the other. Movements go on; what they do is in the next seal.
  lock table ledger.seals in share row exclusive mode;
  select * into previous from ledger.seals s order by s.number desc limit 1;
  seal.number := coalesce(previous.number, 0) + 1;
  seal.sealed_at := private.now();
  seal.key_id := ledger.seal_key_id();

  -- WRITE
  insert into ledger.sealed_heads (seal_number, account_id, sequence, leaf)
  select seal.number, a.id, a.sequence, ledger.seal_leaf(a, a.sequence, a.head)
  from ledger.accounts a
  where a.sequence > coalesce((
    select h.sequence from ledger.sealed_heads h where h.account_id = a.id order by h.seal_number desc limit 1), 0);
  get diagnostics seal.heads = row_count;
  seal.root := ledger.seal_root(seal.number);
  seal.digest := ledger.seal_digest(coalesce(previous.digest, ''), seal);
  seal.signature := ledger.seal_signature(seal.digest, seal.key_id);
  insert into ledger.seals values (seal.*);
  perform audit.record('ledger.sealed', 'seal:' || seal.number, jsonb_build_object('digest', encode(seal.digest, 'hex')));
  return jsonb_build_object('number', seal.number, 'sealed_at', seal.sealed_at, 'heads', seal.heads,
    'digest', encode(seal.digest, 'hex'), 'key_id', seal.key_id);
end
$$;

comment on function ledger.seal() is
  'Seals the heads of all accounts that moved since the last seal: {number, sealed_at, heads, digest, key_id}. The digest also goes to the audit log. Run daily by cron; granted to no API role. Definer: seals are written by this function alone.';
