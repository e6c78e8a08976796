-- The proof: every balance, grant, hold and hash recomputed from the entries.

create function ledger.transfer_origin(key text, out account_id bigint, out sequence bigint, out "position" integer)
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  if key ~ '^ledger/transfer/[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-9[0-9a-f]{3}-[0-9a-f]{12}/[1-9][0-9]{0,8}$' then
    select address.account_id, address.sequence into account_id, sequence
    from ledger.entry_address(split_part(key, '/', 3)::uuid) address;
    "position" := split_part(key, '/', 4);
  end if;
end
$$;

comment on function ledger.transfer_origin(text) is
  'Which entry of the giver a received grant''s key refers to, and which line of its receipt; nulls when it refers to none.';

create function ledger.verify_entries()
returns table (account_id bigint, problem text, detail jsonb)
language sql
stable
set search_path = ''
-- Wrong entries are few, which a planner cannot know: it would not share what may return many rows.
set parallel_tuple_cost = 0
begin atomic
  -- No sum or difference here leaves a bigint, whatever stands in the rows: who writes a huge number must not stop the proof.
  -- Each entry is joined with the one before, not read in their order: so Postgres shares the hashing among its processes.
  select e.account_id, check_of.problem, jsonb_build_object('sequence', check_of.sequence)
  from (
    select entry.account_id, entry.sequence, entry.sequence > 1 and before.sequence is null as after_gap,
      (entry.posted_after < 0 or greatest(entry.posted_after, 0) - greatest(before.posted_after, 0) <> entry.amount)
        and (entry.sequence = 1 or before.sequence is not null) as unbalanced,
      -- ledger.entry_hash, which is a call for each entry.
      entry.hash is distinct from sha256(
        case when entry.sequence = 1 then ledger.genesis_hash(a.product, a.holder, a.unit) else before.hash end
        || timestamptz_send(entry.created_at) || convert_to(format(
          '%s %s %s %s %s %s %s %L %L %L %s %s %s %s %s',
          entry.account_id, entry.sequence, entry.amount, entry.posted_after, entry.pending_after, entry.reverses, entry.kind,
          entry.key, entry.feature, entry.reference, entry.hold_id, entry.grant_id, encode(entry.fingerprint, 'hex'),
          entry.receipt, entry.metadata
        ), 'UTF8')) as unhashed,
      coalesce(before.created_at > entry.created_at, false) as untimely,
      entry.sequence > coalesce(a.sequence, 0) as stray
    from ledger.entries entry
    left join ledger.entries before on before.account_id = entry.account_id and before.sequence = greatest(entry.sequence, 0) - 1
    left join ledger.accounts a on a.id = entry.account_id
  ) e
  cross join lateral (values
    ('entry_missing', (
      select coalesce(max(known.sequence), 0) + 1 from ledger.entries known
      where known.account_id = e.account_id and known.sequence < e.sequence), e.after_gap),
    ('entry_balance', e.sequence, e.unbalanced),
    ('entry_hash', e.sequence, e.unhashed),
    ('entry_time', e.sequence, e.untimely),
    ('entry_stray', e.sequence, e.stray)
  ) as check_of (problem, sequence, wrong)
  where (e.after_gap or e.unbalanced or e.unhashed or e.untimely or e.stray) and check_of.wrong;
end;

comment on function ledger.verify_entries() is
  'Differences within the chains of entries: gaps, balances, hashes (the first over whose account it is), times, and strays beyond the account''s newest.';

create function ledger.receipt_sum(receipt jsonb)
returns numeric
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return (
    select sum(case when jsonb_typeof(line -> 'amount') = 'number' then (line ->> 'amount')::numeric end)
    from jsonb_path_query(receipt, '$[*]') line);
end
$$;

comment on function ledger.receipt_sum(jsonb) is 'Sum of the lines of whatever stands where a receipt should; null when it has none.';

create function ledger.verify_references()
returns table (account_id bigint, problem text, detail jsonb)
language sql
stable
set search_path = ''
begin atomic
  -- A refund gives back a debit or capture of the same account, and no more than that.
  select e.account_id, 'refund_stray', jsonb_build_object('sequence', e.sequence)
  from ledger.entries e
  left join ledger.entries spent
    on spent.account_id = e.account_id and spent.sequence = e.reverses and spent.kind in ('debit', 'capture')
  where (e.kind = 'refund' or e.reverses is not null) and (e.kind <> 'refund' or spent.sequence is null)
  union all
  select given.account_id, 'refund_exceeds_entry', jsonb_build_object('sequence', given.sequence)
  from (
    select e.account_id, e.sequence, spent.amount,
      sum(e.amount) over (partition by e.account_id, e.reverses order by e.sequence) as in_total
    from ledger.entries e
    join ledger.entries spent on spent.account_id = e.account_id and spent.sequence = e.reverses
    where e.kind = 'refund'
  ) as given
  where given.in_total + given.amount > 0
  union all
  -- A receipt says where all of its entry came from or went to.
  select e.account_id, 'entry_receipt', jsonb_build_object('sequence', e.sequence)
  from ledger.entries e
  where e.receipt is not null and e.kind <> 'refund'
    and ledger.receipt_sum(e.receipt) is distinct from -e.amount::numeric
  union all
  -- What leaves one account in a transfer arrives in another.
  select sent.account_id, 'transfer_parts', jsonb_build_object('sequence', sent.sequence)
  from ledger.entries sent
  left join (
    select origin.account_id, origin.sequence, sum(e.amount) as amount
    from ledger.entries e, ledger.transfer_origin(e.key) origin where e.kind = 'transfer_in' group by 1, 2
  ) received on received.account_id = sent.account_id and received.sequence = sent.sequence
  where sent.kind = 'transfer_out' and received.amount is distinct from -sent.amount::numeric
  union all
  select e.account_id, 'transfer_stray', jsonb_build_object('sequence', e.sequence)
  from ledger.entries e, ledger.transfer_origin(e.key) origin
  where e.kind = 'transfer_in' and not exists (
    select from ledger.entries sent
    where sent.account_id = origin.account_id and sent.sequence = origin.sequence and sent.kind = 'transfer_out');
end;

comment on function ledger.verify_references() is
  'Entries that do not agree with those they refer to: refunds, receipts, the two sides of transfers.';

create function ledger.verify_accounts()
returns table (account_id bigint, problem text, detail jsonb)
language sql
stable
set search_path = ''
begin atomic
  with entries as (
    select e.account_id, sum(e.amount) as posted, max(e.sequence) as sequence, max(e.created_at) as last_entry_at
    from ledger.entries e group by 1
  ),
  open_holds as (
    select h.account_id, sum(h.amount) as pending, min(h.expires_at) as next_change_at
    from ledger.holds h where h.state = 'open' group by 1
  ),
  burnt as (
    select distinct t.account_id from ledger.attempts t
  ),
  held as (
    select distinct h.account_id from ledger.holds h
  ),
  live_grants as (
    select g.account_id,
      min(case when g.posted_sequence is null then g.effective_at when g.remaining > g.reserved then g.expires_at end) as next_change_at,
      bool_or(g.expires_at is not null or g.priority <> 0 or g.posted_sequence is null) as differ
    from ledger.grants g where g.live group by 1
  )
  select a.id, check_of.problem, jsonb_build_object('recorded', check_of.recorded, 'recomputed', check_of.recomputed)
  from ledger.accounts a
  left join entries e on e.account_id = a.id
  left join ledger.entries newest on newest.account_id = a.id and newest.sequence = a.sequence
  left join open_holds h on h.account_id = a.id
  left join live_grants g on g.account_id = a.id
  left join burnt b on b.account_id = a.id
  left join held k on k.account_id = a.id
  cross join lateral (values
    ('account_posted', (a.available::numeric + a.pending)::text, coalesce(e.posted, 0)::text),
    ('account_pending', a.pending::text, coalesce(h.pending, 0)::text),
    ('account_sequence', a.sequence::text, coalesce(e.sequence, 0)::text),
    ('account_head', a.head::text,
      case when a.sequence = 0 then ledger.genesis_hash(a.product, a.holder, a.unit) else coalesce(newest.hash, '\x') end::text),
    ('account_time', a.last_entry_at::text, coalesce(e.last_entry_at, '-infinity')::text),
    ('account_keys', a.burnt_keys::text, (b.account_id is not null)::text),
    ('account_keys', a.held_keys::text, (k.account_id is not null)::text),
    -- True and a moment at least as early are right, too: they cost time, and change nothing.
    ('account_metered', a.metered::text, (a.metered or coalesce(g.differ, false))::text),
    ('account_next_change', coalesce(a.next_change_at, 'infinity')::text,
      least(a.next_change_at, h.next_change_at, g.next_change_at, 'infinity')::text)
  ) as check_of (problem, recorded, recomputed)
  where check_of.recorded <> check_of.recomputed
  union all
  select a.id, 'entry_missing', jsonb_build_object('sequence', coalesce(e.sequence, 0) + 1)
  from ledger.accounts a left join entries e on e.account_id = a.id
  where a.sequence > coalesce(e.sequence, 0);
end;

comment on function ledger.verify_accounts() is
  'Accounts whose newest entry is missing, or whose balance, pending amount, head, times or burnt keys differ from their entries, holds, attempts and live grants.';

create function ledger.verify_holds()
returns table (account_id bigint, problem text, detail jsonb)
language sql
stable
set search_path = ''
begin atomic
  with captures as (
    select e.account_id, e.hold_id, -sum(e.amount) as captured, count(*) as times, max(e.created_at) as at
    from ledger.entries e where e.kind = 'capture' group by 1, 2
  ),
  releases as (
    select t.account_id, t.outcome ->> 'hold_id' as hold_id, t.created_at as at
    from ledger.attempts t where t.outcome ->> 'state' = 'released'
  )
  select h.account_id, check_of.problem, jsonb_build_object('hold', h.id, 'state', h.state, 'captured', h.captured)
  from ledger.holds h
  left join ledger.accounts a on a.id = h.account_id
  left join captures c on c.account_id = h.account_id and c.hold_id = h.id
  left join releases r on r.account_id = h.account_id and r.hold_id = h.id::text
  cross join lateral (values
    ('hold_request', h.fingerprint <> ledger.hold_fingerprint(
      h.amount, h.feature, h.expires_at - h.created_at, h.reference, h.metadata)),
    ('hold_account', a.id is null),
    ('hold_state', (h.state = 'open') <> (h.resolved_at is null) or (h.state = 'captured') <> (h.captured > 0)
      or h.captured > h.amount or h.expires_at <= h.created_at),
    ('hold_capture', h.captured <> coalesce(c.captured, 0) or c.times > 1),
    ('hold_release', (h.state = 'released') <> (r.hold_id is not null)),
    ('hold_receipt', h.state = 'open' and case when a.metered
      then ledger.receipt_sum(h.receipt) is distinct from h.amount
      else h.receipt is not null end),
    ('hold_time', case h.state when 'captured' then h.resolved_at > c.at
      when 'released' then h.resolved_at <> r.at when 'expired' then h.resolved_at < h.expires_at else false end)
  ) as check_of (problem, wrong)
  where check_of.wrong
  union all
  select e.account_id, 'hold_missing', jsonb_build_object('hold', e.hold_id, 'sequence', e.sequence)
  from ledger.entries e
  where e.kind = 'capture' and not exists (select from ledger.holds h where h.id = e.hold_id and h.account_id = e.account_id);
end;

comment on function ledger.verify_holds() is
  'Holds that do not agree with the request that opened them or with what resolved them.';

create function ledger.verify_grant_terms()
returns table (account_id bigint, problem text, detail jsonb)
language sql
stable
set search_path = ''
begin atomic
  select g.account_id, check_of.problem, jsonb_build_object('grant', g.id, 'sequence', g.posted_sequence)
  from ledger.grants g
  left join ledger.entries e on e.account_id = g.account_id and e.sequence = g.posted_sequence
  left join lateral (
    select o.category, o.priority, o.expires_at
    from ledger.transfer_origin(g.key) sent
    join ledger.entries s on s.account_id = sent.account_id and s.sequence = sent.sequence
    left join ledger.grants o
      on o.account_id = s.account_id and o.id::text = s.receipt -> (sent."position" - 1) ->> 'grant'
    where e.kind = 'transfer_in'
  ) origin on true
  cross join lateral (values
    ('grant_entry', g.posted_sequence is not null and not coalesce(
      e.grant_id = g.id and e.kind in ('grant', 'transfer_in') and e.amount = g.amount and e.key = g.key
      and e.fingerprint = g.fingerprint and g.created_at <= e.created_at
      and (e.kind = 'transfer_in' or (e.feature = g.reason and e.reference is not distinct from g.reference and e.metadata = g.metadata)),
      false)),
    ('grant_terms', case when e.kind = 'transfer_in' then
        (g.category, g.priority) is distinct from (origin.category, origin.priority)
        or g.expires_at is distinct from origin.expires_at or g.effective_at <> g.created_at or g.reason <> 'transfer'
        or g.reference is not null or g.metadata <> '{}'
      else g.fingerprint not in (
        ledger.grant_request(g.amount, g.category, g.priority, g.effective_at, g.expires_at, g.reason, g.reference, g.metadata),
        ledger.grant_request(g.amount, g.category, g.priority, case when g.effective_at <> g.created_at then g.effective_at end,
          g.expires_at, g.reason, g.reference, g.metadata)) end),
    ('grant_scheduled', g.posted_sequence is null and not exists (
      select from ledger.attempts t
      where t.account_id = g.account_id and t.key = g.key and t.fingerprint = g.fingerprint and t.outcome ->> 'grant_id' = g.id::text)),
    ('grant_parts', g.remaining::numeric + g.revoked + g.expired + g.unreceipted > g.amount or g.expires_at <= g.effective_at),
    ('grant_live', g.live <> (g.remaining > 0 or g.posted_sequence is null))
  ) as check_of (problem, wrong)
  where check_of.wrong
  union all
  select e.account_id, 'grant_missing', jsonb_build_object('grant', e.grant_id, 'sequence', e.sequence)
  from ledger.entries e
  where e.kind in ('grant', 'transfer_in', 'expiry', 'revocation', 'reinstatement')
    and not exists (select from ledger.grants g where g.id = e.grant_id and g.account_id = e.account_id);
end;

comment on function ledger.verify_grant_terms() is
  'Grants whose terms differ from the request that made them (its fingerprint is in the chain of entries), or from the grant that a transfer took them from.';

create function ledger.verify_grants()
returns table (account_id bigint, problem text, detail jsonb)
language sql
stable
set search_path = ''
begin atomic
  with moved as (
    -- Receipts and entries that name a grant, as changes of what remains of it.
    select line ->> 'grant' as grant_id, sign(e.amount) * (line ->> 'amount')::numeric as change, 0 as revoked, 0 as expired
    from ledger.entries e, jsonb_path_query(e.receipt, '$[*]') line
    where e.receipt is not null and jsonb_typeof(line -> 'amount') = 'number'
    union all
    select e.grant_id::text, e.amount, case when e.kind in ('revocation', 'reinstatement') then -e.amount::numeric else 0 end,
      case when e.kind = 'expiry' then -e.amount::numeric else 0 end
    from ledger.entries e where e.grant_id is not null
  ),
  reserved as (
    select line ->> 'grant' as grant_id, sum((line ->> 'amount')::numeric) as reserved
    from ledger.holds h, jsonb_path_query(h.receipt, '$[*]') line
    where h.state = 'open' and jsonb_typeof(line -> 'amount') = 'number' group by 1
  ),
  totals as (
    select m.grant_id, sum(m.change) as remaining, sum(m.revoked) as revoked, sum(m.expired) as expired
    from moved m group by 1
  ),
  grants as (
    select g.*, coalesce(t.remaining, 0) as remaining_by_entries, coalesce(t.revoked, 0) as revoked_by_entries,
      coalesce(t.expired, 0) as expired_by_entries, coalesce(r.reserved, 0) as reserved_by_holds
    from ledger.grants g
    left join totals t on t.grant_id = g.id::text
    left join reserved r on r.grant_id = g.id::text
  )
  select g.account_id, check_of.problem, jsonb_build_object('grant', g.id, 'recorded', check_of.recorded, 'recomputed', check_of.recomputed)
  from grants g
  cross join lateral (values
    ('grant_revoked', g.revoked::numeric, g.revoked_by_entries),
    ('grant_expired', g.expired::numeric, g.expired_by_entries),
    ('grant_reserved', g.reserved::numeric, g.reserved_by_holds),
    ('grant_remaining', g.remaining::numeric + g.unreceipted,
      case when g.posted_sequence is null then g.amount else g.remaining_by_entries end)
  ) as check_of (problem, recorded, recomputed)
  where check_of.recorded <> check_of.recomputed
  union all
  select a.id, 'grants_total', jsonb_build_object('recorded', coalesce(sum(g.remaining), 0), 'recomputed', a.available::numeric + a.pending)
  from ledger.accounts a
  left join ledger.grants g on g.account_id = a.id and g.posted_sequence is not null
  group by a.id
  having coalesce(sum(g.remaining), 0) <> a.available::numeric + a.pending
    -- Debits since the last settlement of a plain account are not yet in its grants.
    and (a.metered or coalesce(sum(g.remaining), 0) < a.available::numeric + a.pending);
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
  select found.account_id, found.problem, found.detail
  from (
    select * from ledger.verify_entries()
    union all select * from ledger.verify_references()
    union all select * from ledger.verify_accounts()
    union all select * from ledger.verify_holds()
    union all select * from ledger.verify_grant_terms()
    union all select * from ledger.verify_grants()
  ) as found
  order by found.account_id, (found.detail ->> 'sequence')::bigint nulls last, found.problem;
end;

comment on function ledger.verify() is
  'Every difference between what is recorded and what the entries say, by account and the entry''s sequence: the first names the first bad entry. Empty when the ledger is right. Definer: reads every account; executable by the service role.';

grant execute on function ledger.verify() to service_role;
