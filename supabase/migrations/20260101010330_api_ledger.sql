-- The ledger's call surface for edge functions.

create function private.own_balance(product text)
returns jsonb
language sql
stable
security definer
set search_path = ''
return jsonb_build_object(
  'balance', ledger.balance(product, (select auth.uid())),
  'grants', ledger.live_grants(product, (select auth.uid()))
);

comment on function private.own_balance(text) is
  'The caller''s balance and grants. Definer: ledger.balance reads any account, this one only the caller''s.';

create function private.spendable(product text, holder uuid)
returns bigint
language sql
stable
security definer
set search_path = ''
return (
  select (ledger.balance(product, holder) ->> 'available')::bigint
  where holder = (select auth.uid()) or private.caller_role() <> 'authenticated'
);

comment on function private.spendable(text, uuid) is
  'What a holder can spend at this moment, for products'' views; a user learns only their own. Definer: reading expiring grants takes the whole ledger of the account.';

grant execute on function private.spendable(text, uuid) to authenticated, service_role;

create function private.own_statement(product text, "cursor" text, page_size integer)
returns jsonb
language sql
stable
security definer
set search_path = ''
return ledger.statement(product, (select auth.uid()), "cursor", page_size);

comment on function private.own_statement(text, text, integer) is
  'A page of the caller''s entries. Definer: see private.own_balance.';

grant execute on function private.own_balance(text) to authenticated;
grant execute on function private.own_statement(text, text, integer) to authenticated;

create function api.account_balance(product text)
returns jsonb
language sql
stable
set search_path = ''
return private.own_balance(product);

comment on function api.account_balance(text) is
  'The caller''s {balance: {posted, pending, available}, grants: [{grant_id, category, amount, remaining, effective_at, expires_at}]}.';

create function api.account_statement(product text, "cursor" text default null, page_size integer default 50)
returns jsonb
language sql
stable
set search_path = ''
return private.own_statement(product, "cursor", page_size);

comment on function api.account_statement(text, text, integer) is
  'A page of the caller''s entries, newest first: {entries, next_cursor}.';

create function api.debit(
  product text,
  holder uuid,
  key text,
  feature text default null,
  amount bigint default null,
  reference text default null
)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
begin
  if (feature is null) = (amount is null) then
    perform private.raise_problem(422, 'invalid_request', 'Give either a feature or an amount.', '{"field": "amount"}');
  end if;
  perform private.require_key(key);
  -- The prefix keeps a caller's keys apart from those of invoices and predictions in the same account.
  return ledger.debit(product, holder, coalesce(amount, billing.rate(product, feature)), 'debit/' || key, coalesce(feature, 'debit'), reference);
end
$$;

comment on function api.debit(text, uuid, text, text, bigint, text) is
  'Spends the price of a feature, or an amount, of a holder: see ledger.debit.';

create function api.debit_many(product text, debits jsonb)
returns jsonb
language sql
volatile
set search_path = ''
return ledger.debit_many(product, debits);

comment on function api.debit_many(text, jsonb) is 'Many debits in one transaction: see ledger.debit_many.';

create function api.refund(product text, holder uuid, entry_id uuid, amount bigint, key text, reason text)
returns jsonb
language sql
volatile
set search_path = ''
return ledger.refund(product, holder, entry_id, amount, key, reason);

comment on function api.refund(text, uuid, uuid, bigint, text, text) is 'Gives spent credits back: see ledger.refund.';

create function api.verify_ledger()
returns jsonb
language sql
stable
set search_path = ''
return (select coalesce(jsonb_agg(to_jsonb(v)), '[]') from ledger.verify() v);

comment on function api.verify_ledger() is 'The differences that ledger.verify finds, as an array; empty when the ledger is right.';

create function api.verify_seals(since bigint default 1)
returns jsonb
language sql
stable
set search_path = ''
return (select coalesce(jsonb_agg(to_jsonb(v)), '[]') from ledger.verify_seals(since) v);

comment on function api.verify_seals(bigint) is 'What the seals disprove, as an array: see ledger.verify_seals; empty when nothing was rewritten.';

grant execute on function api.account_balance(text) to authenticated;
grant execute on function api.account_statement(text, text, integer) to authenticated;
grant execute on function api.debit(text, uuid, text, text, bigint, text) to service_role;
grant execute on function api.debit_many(text, jsonb) to service_role;
grant execute on function api.refund(text, uuid, uuid, bigint, text, text) to service_role;
grant execute on function api.verify_ledger() to service_role;
grant execute on function api.verify_seals(bigint) to service_role;
