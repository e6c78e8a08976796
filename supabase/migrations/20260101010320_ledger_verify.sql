-- The proof: every balance, grant, hold and hash recomputed from the entries.

create function ledger.verify_entries()
returns table (account_id bigint, problem text, detail jsonb)
language sql
stable
set search_path = ''
begin atomic
  select e.account_id, check_of.problem, jsonb_build_object('sequence', e.sequence)
  from (
    select entry.account_id, entry.sequence, entry.posted_after, entry.hash, entry.kind, entry.amount,
      lag(entry.sequence, 1, 0::bigint) over chain as sequence_before,
      lag(entry.posted_after, 1, 0::bigint) over chain as posted_before,
      ledger.entry_hash(lag(entry.hash, 1, '\x'::bytea) over chain, entry) as expected_hash,
      lag(entry.created_at) over chain > entry.created_at as back_in_time
    from ledger.entries entry
    window chain as (partition by entry.account_id order by entry.sequence)
  ) e
  cross join lateral (values
    ('entry_missing', e.sequence <> e.sequence_before + 1),
    ('entry_balance', e.posted_after <> e.posted_before + e.amount),
    ('entry_hash', e.hash <> e.expected_hash),
    ('entry_time', coalesce(e.back_in_time, false))
  ) as check_of (problem, wrong)
  where check_of.wrong
  union all
  select e.account_id, 'entry_stray', jsonb_build_object('sequence', e.sequence)
  from ledger.entries e
  where not exists (select from ledger.accounts a where a.id = e.account_id and a.sequence >= e.sequence)
  union all
  select e.account_id, 'refund_exceeds_entry', jsonb_build_object('sequence', e.reverses)
  from ledger.entries e
  join ledger.entries spent on spent.account_id = e.account_id and spent.sequence = e.reverses
  group by e.account_id, e.reverses, spent.amount
  having sum(e.amount) > -spent.amount;
end;

comment on function ledger.verify_entries() is 'Differences within the chains of entries: gaps, balances, hashes, times, strays, refunds over their entry.';

create function ledger.verify_accounts()
returns table (account_id bigint, problem text, detail jsonb)
language sql
stable
set search_path = ''
begin atomic
  select a.id, check_of.problem, jsonb_build_object('recorded', check_of.recorded, 'recomputed', check_of.recomputed)
  from ledger.accounts a
  left join ledger.entries newest on newest.account_id = a.id and newest.sequence = a.sequence
  left join lateral (
    select sum(e.amount) as posted from ledger.entries e where e.account_id = a.id
  ) entries on true
  left join lateral (
    select sum(h.amount) as pending from ledger.holds h where h.account_id = a.id and h.state = 'open'
  ) holds on true
  cross join lateral (values
    ('account_posted', a.posted::text, coalesce(entries.posted, 0)::text),
    ('account_pending', a.pending::text, coalesce(holds.pending, 0)::text),
    ('account_head', a.head::text, coalesce(newest.hash, '\x')::text)
  ) as check_of (problem, recorded, recomputed)
  where check_of.recorded <> check_of.recomputed;
end;

comment on function ledger.verify_accounts() is 'Accounts whose balance, pending amount or head differs from their entries and open holds.';

create function ledger.verify_holds()
returns table (account_id bigint, problem text, detail jsonb)
language sql
stable
set search_path = ''
begin atomic
  select h.account_id, 'hold_capture', jsonb_build_object('hold', h.id, 'captured', h.captured, 'entries', coalesce(sum(-e.amount), 0))
  from ledger.holds h
  left join ledger.entries e on e.account_id = h.account_id and e.hold_id = h.id and e.kind = 'capture'
  group by h.id
  having h.captured <> coalesce(sum(-e.amount), 0) or count(e.sequence) > 1
  union all
  select e.account_id, 'hold_missing', jsonb_build_object('hold', e.hold_id)
  from ledger.entries e
  where e.kind = 'capture' and not exists (select from ledger.holds h where h.id = e.hold_id and h.account_id = e.account_id);
end;

comment on function ledger.verify_holds() is 'Holds that do not agree with their capture entries.';

create function ledger.verify_grants()
returns table (account_id bigint, problem text, detail jsonb)
language sql
stable
set search_path = ''
begin atomic
  with moved as (
    -- Receipts and entries that name a grant, as changes of what remains of it.
    select line.grant_id, sign(e.amount) * line.amount as change, 0 as revoked, 0 as expired
    from ledger.entries e, ledger.receipt_lines(e.receipt) line
    union all
    select e.grant_id, e.amount, case when e.kind in ('revocation', 'reinstatement') then -e.amount else 0 end,
      case when e.kind = 'expiry' then -e.amount else 0 end
    from ledger.entries e where e.grant_id is not null
  ),
  reserved as (
    select line.grant_id, sum(line.amount) as reserved
    from ledger.holds h, ledger.receipt_lines(h.receipt) line
    where h.state = 'open' group by 1
  ),
  totals as (
    select m.grant_id, sum(m.change) as remaining, sum(m.revoked) as revoked, sum(m.expired) as expired
    from moved m group by 1
  ),
  grants as (
    select g.*, a.metered, a.posted, coalesce(t.remaining, 0) as remaining_by_entries, coalesce(t.revoked, 0) as revoked_by_entries,
      coalesce(t.expired, 0) as expired_by_entries, coalesce(r.reserved, 0) as reserved_by_holds
    from ledger.grants g
    join ledger.accounts a on a.id = g.account_id
    left join totals t on t.grant_id = g.id
    left join reserved r on r.grant_id = g.id
  )
  select g.account_id, check_of.problem, jsonb_build_object('grant', g.id, 'recorded', check_of.recorded, 'recomputed', check_of.recomputed)
  from grants g
  cross join lateral (values
    ('grant_revoked', g.revoked::numeric, g.revoked_by_entries),
    ('grant_expired', g.expired::numeric, g.expired_by_entries),
    ('grant_reserved', g.reserved::numeric, g.reserved_by_holds)
  ) as check_of (problem, recorded, recomputed)
  where check_of.recorded <> check_of.recomputed
  union all
  -- Before an account was metered its debits kept no receipts: together its grants must still cover the balance.
  select a.id, 'grants_total', jsonb_build_object('recorded', coalesce(sum(g.remaining), 0), 'recomputed', greatest(a.posted, 0))
  from ledger.accounts a
  left join ledger.grants g on g.account_id = a.id and g.posted_sequence is not null
  group by a.id
  having case when a.metered then coalesce(sum(g.remaining), 0) <> greatest(a.posted, 0) else false end
  union all
  select g.account_id, 'grant_remaining', jsonb_build_object('grant', g.id, 'recorded', g.remaining, 'recomputed', g.remaining_by_entries)
  from grants g
  where g.posted_sequence is not null and g.remaining > g.remaining_by_entries;
end;

comment on function ledger.verify_grants() is
  'Grants whose remaining, reserved, revoked or expired amounts differ from the entries, receipts and open holds.';

create function ledger.verify()
returns table (account_id bigint, problem text, detail jsonb)
language sql
stable
security definer
set search_path = ''
begin atomic
  select * from ledger.verify_entries()
  union all select * from ledger.verify_accounts()
  union all select * from ledger.verify_holds()
  union all select * from ledger.verify_grants();
end;

comment on function ledger.verify() is
  'Every difference between what is recorded and what the entries say; empty when the ledger is right. Definer: reads every account; executable by the service role.';

grant execute on function ledger.verify() to service_role;
