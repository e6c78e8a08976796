-- The proof by seals alone: that no sealed head was rewritten since, without reading the entries before it.

create function ledger.verify_seal_chain(since bigint)
returns table (seal_number bigint, account_id bigint, problem text, detail jsonb)
language sql
stable
set search_path = ''
begin atomic
  with told as (
    -- What the audit log says was sealed, against who deletes the newest seals or writes others with a stolen key.
    select substr(l.subject, 6)::bigint as number, l.detail ->> 'digest' as digest
    from audit.log l where l.action = 'ledger.sealed' and l.subject like 'seal:%'
  ),
  newest as (
    select greatest((select max(s.number) from ledger.seals s), (select max(t.number) from told t)) as number
  ),
  chain as (
    select s.*, s as seal, lag(s.digest, 1, ''::bytea) over (order by s.number) as previous from ledger.seals s
    where s.number >= since - 1
  )
  select n.number, null::bigint, 'seal_missing', '{}'::jsonb
  from newest, generate_series(since, newest.number) as n (number)
  where not exists (select from ledger.seals s where s.number = n.number)
  union all
  select c.number, null, check_of.problem, check_of.detail
  from chain c
  cross join lateral (values
    ('seal_digest', c.digest <> ledger.seal_digest(c.previous, c.seal), '{}'::jsonb),
    ('seal_signature', c.signature is distinct from ledger.seal_signature(c.digest, c.key_id), jsonb_build_object('key_id', c.key_id)),
    ('seal_heads', c.root <> ledger.seal_root(c.number), '{}'::jsonb),
    ('seal_forged', exists (select from told t where t.number = c.number and t.digest <> encode(c.digest, 'hex')), '{}'::jsonb)
  ) as check_of (problem, wrong, detail)
  where c.number >= since and check_of.wrong;
end;

comment on function ledger.verify_seal_chain(bigint) is
  'Seals from `since` on that are missing, do not follow from the one before, were not signed by their key, do not agree with their heads or with the audit log.';

create function ledger.verify_sealed_heads(since bigint)
returns table (seal_number bigint, account_id bigint, problem text, detail jsonb)
language sql
stable
set search_path = ''
begin atomic
  select h.seal_number, h.account_id, 'head_changed', jsonb_build_object('sequence', h.sequence)
  from ledger.sealed_heads h
  left join ledger.accounts a on a.id = h.account_id
  -- With a limit, so that no plan reads the entries between.
  left join lateral (
    select e.hash from ledger.entries e where e.account_id = h.account_id and e.sequence = h.sequence limit 1
  ) e on true
  where h.seal_number >= since
    and (a.id is null or e.hash is null or h.leaf <> ledger.seal_leaf(a, h.sequence, e.hash));
end;

comment on function ledger.verify_sealed_heads(bigint) is
  'Sealed heads whose entry is gone or has another hash by now, or whose account has another owner: something up to that entry was rewritten since. Reads one entry for each head.';

create function ledger.verify_seals(since bigint default 1)
returns table (seal_number bigint, account_id bigint, problem text, detail jsonb)
language sql
stable
security definer
set search_path = ''
begin atomic
  select found.seal_number, found.account_id, found.problem, found.detail
  from (
    select * from ledger.verify_seal_chain(since)
    union all
    select * from ledger.verify_sealed_heads(since)
    union all
    select null, null, 'seal_overdue', jsonb_build_object('since', a.last_entry_at)
    from (
      select a.last_entry_at from ledger.accounts a
      where a.last_entry_at < private.now() - interval '2 days' and a.sequence > coalesce((
        select h.sequence from ledger.sealed_heads h where h.account_id = a.id order by h.seal_number desc limit 1), 0)
      order by a.last_entry_at limit 1
    ) as a
  ) as found
  order by found.seal_number nulls last, found.account_id nulls first, found.problem;
end;

comment on function ledger.verify_seals(bigint) is
  'What the seals from `since` on disprove, the earliest first; empty when nothing was rewritten. Its cost is that of the heads that were sealed, not of the entries: ledger.verify() recomputes those. Definer: reads every account; executable by the service role.';

grant execute on function ledger.verify_seals(bigint) to service_role;
