-- Signed messages that are good once: what was used is remembered until it is too old to be taken anyway.

create table private.used_proofs (
  digest bytea primary key,
  expires_at timestamptz not null
);

create index used_proofs_by_age on private.used_proofs (expires_at);

alter table private.used_proofs enable row level security;

comment on table private.used_proofs is 'Which signed messages were used. Written by private.use_proof alone.';
comment on column private.used_proofs.digest is 'SHA-256 of kind and proof: what was signed is not kept.';
comment on column private.used_proofs.expires_at is 'From then on the message is refused for its age, and the row may go.';

create function private.use_proof(kind text, proof text, expires_at timestamptz)
returns boolean
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  insert into private.used_proofs (digest, expires_at)
  values (private.fingerprint(jsonb_build_array(kind, proof)), use_proof.expires_at)
  on conflict on constraint used_proofs_pkey do nothing;
  return found;
end
$$;

comment on function private.use_proof(text, text, timestamptz) is
  'True the first time that a proof of this kind is used, false ever after. Undone when the transaction is. Definer: see private.used_proofs.';

create function private.proof_is_used(kind text, proof text)
returns boolean
language sql
stable
security definer
set search_path = ''
begin atomic
  select exists (
    select from private.used_proofs u
    where u.digest = private.fingerprint(jsonb_build_array(proof_is_used.kind, proof_is_used.proof))
  );
end;

comment on function private.proof_is_used(text, text) is
  'Whether a proof was used before, to refuse it early; private.use_proof decides. Definer: see private.used_proofs.';
