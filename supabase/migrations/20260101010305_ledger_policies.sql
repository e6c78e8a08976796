-- Owners read their own rows, column by column, for the products' views. Nobody writes.

create policy accounts_read_own on ledger.accounts for select to authenticated
  using (holder = (select auth.uid()));

create policy entries_read_own on ledger.entries for select to authenticated
  using (account_id = any (array(select a.id from ledger.accounts a where a.holder = (select auth.uid()))));

create policy grants_read_own on ledger.grants for select to authenticated
  using (account_id = any (array(select a.id from ledger.accounts a where a.holder = (select auth.uid()))));

create policy holds_read_own on ledger.holds for select to authenticated
  using (account_id = any (array(select a.id from ledger.accounts a where a.holder = (select auth.uid()))));

grant select (id, product, holder, unit, available, pending, next_change_at, created_at)
  on ledger.accounts to authenticated, service_role;
grant select (account_id, sequence, kind, amount, posted_after, feature, reference, hold_id, grant_id, reverses, metadata, created_at)
  on ledger.entries to authenticated, service_role;
grant select (id, account_id, category, priority, amount, remaining, reserved, revoked, expired, live, effective_at, expires_at,
  posted_sequence, reason, reference, metadata, created_at)
  on ledger.grants to authenticated, service_role;
grant select (id, account_id, amount, captured, state, feature, reference, metadata, created_at, expires_at, resolved_at, reason)
  on ledger.holds to authenticated, service_role;
