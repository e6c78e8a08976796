-- Credits by hand: an admin gives some to a person or takes some back, and says why.

create function billing.adjust_credits(product text, holder uuid, amount bigint, reason text, key text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  outcome jsonb;
  details constant jsonb := jsonb_build_object('adjusted_by', auth.uid());
begin
  -- GUARD
  perform private.require_admin(product);
  perform private.require_key(key);
  if coalesce(length(btrim(reason)), 0) not between 3 and 500 then
    perform private.raise_problem(422, 'invalid_request', 'Say why, in 3 to 500 characters.', '{"field": "reason"}');
  end if;
  if coalesce(amount, 0) = 0 or abs(amount) > 1000000 then
    perform private.raise_problem(422, 'invalid_amount', 'Between one and a million credits, given or (negative) taken.', '{"field": "amount"}');
  end if;
  perform private.admit(product, holder);

  -- WRITE
  if amount > 0 then
    outcome := ledger.grant_credits(product, holder, amount, 'adjustment/' || key, 'promotional', reason => 'adjustment', metadata => details);
  else
    outcome := ledger.debit(product, holder, -amount, 'adjustment/' || key, 'adjustment', null, details);
  end if;
  if outcome ? 'refusal' or (outcome ->> 'replayed')::boolean then
    return outcome;
  end if;
  perform audit.record('credits.adjusted', 'user:' || holder, jsonb_build_object('product', product, 'amount', amount, 'reason', btrim(reason)));
  return outcome;
end
$$;

comment on function billing.adjust_credits(text, uuid, bigint, text, text) is
  'See api.adjust_credits. The reason is in the audit log alone: the ledger keeps no words about people. Definer: value moves; the caller must be an admin.';

create function api.adjust_credits(product text, holder uuid, amount bigint, reason text, key text)
returns jsonb
language sql
volatile
set search_path = ''
return billing.adjust_credits(product, holder, amount, reason, key);

comment on function api.adjust_credits(text, uuid, bigint, text, text) is
  'An admin gives (positive) or takes (negative) credits, once for each key, with a reason for the record: what ledger.grant_credits or ledger.debit answers. Too few to take: {"refusal": …}.';

grant execute on function billing.adjust_credits(text, uuid, bigint, text, text) to authenticated;
grant execute on function api.adjust_credits(text, uuid, bigint, text, text) to authenticated;
