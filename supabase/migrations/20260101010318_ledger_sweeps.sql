-- Sweeps: what is due happens to accounts that nobody touches. Proportional to what is due.

create function ledger.settle_due(account_ids bigint[])
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  account ledger.accounts;
  settled integer := 0;
begin
  for account in
    select * from ledger.accounts a where a.id = any (account_ids) order by a.id for no key update skip locked
  loop
    perform ledger.settle(ledger.expect_change(account, private.now()));
    settled := settled + 1;
  end loop;
  return settled;
end
$$;

comment on function ledger.settle_due(bigint[]) is
  'Settles the accounts with these ids, those that are in use right now excepted, and counts them.';

create function ledger.expire_holds(max integer default 1000)
returns integer
language sql
volatile
security definer
set search_path = ''
begin atomic
  select ledger.settle_due(array(
    select h.account_id from ledger.holds h
    where h.state = 'open' and h.expires_at <= private.now() order by h.expires_at limit max));
end;

comment on function ledger.expire_holds(integer) is
  'Times out up to `max` due holds and returns the number of accounts settled. Definer: see ledger.debit.';

create function ledger.expire_grants(max integer default 1000)
returns integer
language sql
volatile
security definer
set search_path = ''
begin atomic
  select ledger.settle_due(array(
    select due.account_id from (
      (select g.account_id, g.expires_at as at from ledger.grants g
       where g.live and g.expires_at <= private.now() and g.remaining > g.reserved order by g.expires_at limit max)
      union all
      (select g.account_id, g.effective_at as at from ledger.grants g
       where g.posted_sequence is null and g.effective_at <= private.now() order by g.effective_at limit max)
    ) as due order by due.at limit max));
end;

comment on function ledger.expire_grants(integer) is
  'Takes the rest of up to `max` expired grants out of their accounts, credits scheduled ones whose time has come, and returns the number of accounts settled. Definer: see ledger.debit.';

grant execute on function ledger.expire_holds(integer) to service_role;
grant execute on function ledger.expire_grants(integer) to service_role;
