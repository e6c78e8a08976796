-- Agreeing on an overdraft.

create function ledger.agree_overdraft(product text, holder uuid, amount bigint, reason text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  account constant ledger.accounts := ledger.settle(ledger.lock_account(product, holder));
begin
  if amount is null or amount < 0 or account.posted - account.pending < -amount then
    perform private.raise_problem(422, 'invalid_amount', 'An overdraft covers at least what is owed already.', '{"field": "amount"}');
  end if;
  update ledger.accounts a set floor = -amount where a.id = account.id;
  perform audit.record('ledger.overdraft_agreed', 'account:' || account.id, jsonb_build_object('floor', -amount, 'reason', reason));
end
$$;

comment on function ledger.agree_overdraft(text, uuid, bigint, text) is
  'Lets an account go down to -amount (0: no further). ledger.verify() holds every floor against the newest agreement in the audit log. For operators on the database: granted to no API role.';
