-- credits.low: published once each time that an account's posted balance falls below its threshold.

create table ledger.low_balance_alerts (
  id bigint generated always as identity primary key,
  product text not null,
  holder uuid,
  threshold bigint not null check (threshold between 0 and 1000000000000),
  updated_at timestamptz not null default private.now(),
  unique nulls not distinct (holder, product),
  foreign key (holder, product) references ledger.holders (holder, product)
);

alter table ledger.low_balance_alerts enable row level security;

create policy low_balance_alerts_read_own on ledger.low_balance_alerts for select to authenticated
  using (holder is null or holder = (select auth.uid()));
grant select (product, holder, threshold, updated_at) on ledger.low_balance_alerts to authenticated, service_role;

create trigger low_balance_alerts_touch before update on ledger.low_balance_alerts
  for each row execute function private.touch_updated_at();

comment on table ledger.low_balance_alerts is
  'Below which balance a holder, or (holder null) everybody in a product who has no setting of their own, is told that credits run low.';
comment on column ledger.low_balance_alerts.threshold is 'In credits; 0: never.';

create function ledger.low_threshold(product text, holder uuid)
returns bigint
language plpgsql
stable
set search_path = ''
as $$
declare
  threshold bigint;
begin
  select t.threshold into threshold from ledger.low_balance_alerts t
  where t.holder = low_threshold.holder and t.product = low_threshold.product;
  if not found then
    select t.threshold into threshold from ledger.low_balance_alerts t
    where t.holder is null and t.product = low_threshold.product;
  end if;
  return nullif(threshold, 0);
end
$$;

comment on function ledger.low_threshold(text, uuid) is 'The threshold of an account: its own, else the product''s; null: none.';

create function ledger.watch_low(account ledger.accounts, entry ledger.entries)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  crossed bigint;
begin
  -- The row is locked; the caller's copy may be from before an earlier entry of this transaction.
  select a.low_at into crossed from ledger.accounts a where a.id = account.id and entry.posted_after < a.low_at;
  if found then
    update ledger.accounts a set low_at = null where a.id = account.id;
    perform events.publish('credits.low', jsonb_build_object(
      'product', account.product, 'holder', account.holder, 'threshold', crossed, 'balance', jsonb_build_object(
        'posted', entry.posted_after, 'pending', entry.pending_after, 'available', entry.posted_after - entry.pending_after)),
      format('credits.low:%s:%s', account.id, entry.sequence));
  elsif entry.amount > 0 then
    perform ledger.arm_low(account.id);
  end if;
end
$$;

comment on function ledger.watch_low(ledger.accounts, ledger.entries) is
  'After an entry: publishes credits.low when the balance crossed the armed threshold, and arms it again when the balance rose. A debit above its threshold never comes here.';

create function ledger.arm_low(account_id bigint)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  account ledger.accounts;
  threshold bigint;
begin
  select * into account from ledger.accounts a where a.id = account_id and a.unit = 'credits';
  threshold := ledger.low_threshold(account.product, account.holder);
  if account.available + account.pending < threshold then
    threshold := null;
  end if;
  if account.low_at is distinct from threshold then
    update ledger.accounts a set low_at = threshold where a.id = account.id;
  end if;
end
$$;

comment on function ledger.arm_low(bigint) is
  'Arms a locked account''s threshold while the balance is not below it; below it, the next crossing is the one after a rise.';

create function ledger.set_low_balance_alert(product text, holder uuid, threshold bigint)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  account_id bigint;
begin
  if threshold not between 0 and 1000000000000 then
    perform private.raise_problem(422, 'invalid_amount', 'A threshold is a whole number of credits, 0 for none.', '{"field": "threshold"}');
  end if;
  if holder is not null then
    account_id := (ledger.lock_account(product, holder)).id;
  end if;

  -- WRITE
  if threshold is null then
    delete from ledger.low_balance_alerts t
    where t.product = set_low_balance_alert.product and t.holder is not distinct from set_low_balance_alert.holder;
  else
    insert into ledger.low_balance_alerts (product, holder, threshold) values (product, holder, threshold)
    on conflict on constraint low_balance_alerts_holder_product_key do update set threshold = excluded.threshold;
  end if;
  if holder is not null then
    perform ledger.arm_low(account_id);
    return;
  end if;
  perform audit.record('low_balance_alert.set', 'product:' || product, jsonb_build_object('threshold', threshold));
  for account_id in
    select a.id from ledger.accounts a
    where a.product = set_low_balance_alert.product and not exists (
      select from ledger.low_balance_alerts t where t.product = a.product and t.holder = a.holder)
    order by a.id for no key update
  loop
    perform ledger.arm_low(account_id);
  end loop;
end
$$;

comment on function ledger.set_low_balance_alert(text, uuid, bigint) is
  'Sets the threshold of a holder, or (holder null) of all in a product who have none of their own; 0: no alert, null: what applies without this setting. Who is below it already is not told. Definer: the ledger''s tables are written by its functions alone.';

grant execute on function ledger.set_low_balance_alert(text, uuid, bigint) to service_role;
