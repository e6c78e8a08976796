-- Burning, reserving and restoring grants, and settling an account with the clock.

create function ledger.receipt_lines(receipt jsonb)
returns table (grant_id uuid, amount bigint, "position" bigint)
language plpgsql
immutable
parallel safe
rows 2
set search_path = ''
as $$
begin
  return query
  select (line ->> 'grant')::uuid, (line ->> 'amount')::bigint, r.place
  from jsonb_array_elements(receipt) with ordinality as r (line, place);
end
$$;

comment on function ledger.receipt_lines(jsonb) is 'A receipt, [{"grant", "amount"}], as rows in its order. None for null.';

create function ledger.allot(account_id bigint, amount bigint)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    with lots as (
      select g.id, g.remaining - g.reserved as free, row_number() over burning as place,
        (sum(g.remaining - g.reserved) over burning)::bigint - (g.remaining - g.reserved) as before
      from ledger.grants g
      where g.account_id = allot.account_id and g.live and g.posted_sequence is not null and g.remaining > g.reserved
      window burning as (
        order by g.priority, g.expires_at nulls last, g.category, g.effective_at, g.created_at, g.posted_sequence rows unbounded preceding)
    )
    select coalesce(jsonb_agg(
      jsonb_build_object('grant', l.id, 'amount', least(l.free, allot.amount - l.before)) order by l.place), '[]')
    from lots l where l.before < allot.amount
  );
end
$$;

comment on function ledger.allot(bigint, bigint) is
  'Which of the account''s grants would pay `amount`, in burn order, as a receipt.';

create function ledger.burn(account_id bigint, amount bigint)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  receipt constant jsonb := ledger.allot(account_id, amount);
begin
  update ledger.grants g set remaining = g.remaining - line.amount, live = g.remaining > line.amount
  from ledger.receipt_lines(receipt) line where g.id = line.grant_id;
  return receipt;
end
$$;

comment on function ledger.burn(bigint, bigint) is 'Takes `amount` from the account''s grants in burn order and returns the receipt.';

create function ledger.reserve(account_id bigint, amount bigint)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  receipt constant jsonb := ledger.allot(account_id, amount);
begin
  update ledger.grants g set reserved = g.reserved + line.amount
  from ledger.receipt_lines(receipt) line where g.id = line.grant_id;
  return receipt;
end
$$;

comment on function ledger.reserve(bigint, bigint) is
  'Reserves `amount` of the account''s grants in burn order and returns the receipt.';

create function ledger.resolve_reservation(receipt jsonb, taken bigint)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  line record;
  part bigint;
  left_over bigint := taken;
  burnt jsonb := '[]';
begin
  for line in
    select l.grant_id, l.amount from ledger.receipt_lines(receipt) l order by l.position
  loop
    part := least(line.amount, left_over);
    update ledger.grants g
    set reserved = g.reserved - line.amount, remaining = g.remaining - part, live = g.remaining > part
    where g.id = line.grant_id;
    left_over := left_over - part;
    if part > 0 then
      burnt := burnt || jsonb_build_object('grant', line.grant_id, 'amount', part);
    end if;
  end loop;
  return burnt;
end
$$;

comment on function ledger.resolve_reservation(jsonb, bigint) is
  'Ends a reservation: burns the first `taken` of its receipt, gives the rest back to the same grants, and returns the receipt of what was burnt.';

create function ledger.restore(receipt jsonb, skip bigint, amount bigint)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  line record;
  part bigint;
  skipping bigint := skip;
  left_over bigint := amount;
  restored jsonb := '[]';
begin
  for line in
    select l.grant_id, l.amount from ledger.receipt_lines(receipt) l order by l.position desc
  loop
    part := greatest(0, least(line.amount - skipping, left_over));
    skipping := greatest(0, skipping - line.amount);
    continue when part = 0;
    update ledger.grants g set remaining = g.remaining + part, live = true where g.id = line.grant_id;
    left_over := left_over - part;
    restored := restored || jsonb_build_object('grant', line.grant_id, 'amount', part);
  end loop;
  return restored;
end
$$;

comment on function ledger.restore(jsonb, bigint, bigint) is
  'Gives `amount` back to the grants of a receipt, last burnt first, after the `skip` that earlier refunds gave back.';

create function ledger.settle_lots(account ledger.accounts)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  lot record;
  part bigint;
  receipt jsonb;
  unsettled bigint;
begin
  select coalesce(sum(g.remaining), 0) - account.available - account.pending into unsettled
  from ledger.grants g where g.account_id = account.id and g.live and g.posted_sequence is not null;
  if unsettled = 0 then
    return;
  end if;
  if unsettled > 0 then
    receipt := ledger.burn(account.id, unsettled);
    update ledger.grants g set unreceipted = g.unreceipted + line.amount
    from ledger.receipt_lines(receipt) line where g.id = line.grant_id;
    return;
  end if;
  for lot in
    select g.id, g.unreceipted as burnt from ledger.grants g
    where g.account_id = account.id and g.unreceipted > 0
    order by g.priority desc, g.expires_at desc nulls first, g.category desc, g.effective_at desc, g.created_at desc, g.posted_sequence desc
  loop
    exit when unsettled = 0;
    part := least(lot.burnt, -unsettled);
    update ledger.grants g set remaining = g.remaining + part, unreceipted = g.unreceipted - part, live = true where g.id = lot.id;
    unsettled := unsettled + part;
  end loop;
end
$$;

comment on function ledger.settle_lots(ledger.accounts) is
  'Brings the remaining amounts of grants in line with the posted balance: net consumption burns in burn order, net refunds restore what was burnt without a receipt, the last in that order first.';

create function ledger.meter(account ledger.accounts)
returns ledger.accounts
language plpgsql
volatile
set search_path = ''
as $$
declare
  hold record;
begin
  if account.metered then
    return account;
  end if;
  perform ledger.settle_lots(account);
  for hold in
    select h.id, h.amount from ledger.holds h
    where h.account_id = account.id and h.state = 'open' order by h.created_at, h.id
  loop
    update ledger.holds h set receipt = ledger.reserve(account.id, hold.amount) where h.id = hold.id;
  end loop;
  update ledger.accounts a set metered = true where a.id = account.id returning a.* into account;
  return account;
end
$$;

comment on function ledger.meter(ledger.accounts) is
  'From here on every movement of the account keeps receipts. Called when its first grant arrives that expires, starts later or has a priority of its own.';
