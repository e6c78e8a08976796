-- What people set for themselves: when to be told that credits run low.

create function private.set_own_low_balance_alert(product text, threshold bigint)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.admit(product, auth.uid());
  if threshold = 0 and (billing.auto_top_up(product, auth.uid()) ->> 'enabled')::boolean then
    perform private.raise_problem(422, 'invalid_request', 'Automatic top-up needs a threshold. End it first.', '{"field": "threshold"}');
  end if;
  perform ledger.set_low_balance_alert(product, auth.uid(), threshold);
  return jsonb_build_object('threshold', coalesce(ledger.low_threshold(product, auth.uid()), 0));
end
$$;

comment on function private.set_own_low_balance_alert(text, bigint) is
  'See api.set_low_balance_alert. Definer: the account is the caller''s own, auth.uid().';

create function api.set_low_balance_alert(product text, threshold bigint default null)
returns jsonb
language sql
volatile
set search_path = ''
return private.set_own_low_balance_alert(product, threshold);

comment on function api.set_low_balance_alert(text, bigint) is
  'Below which balance the caller is told that credits run low: 0 for never, null for the product''s own. Answers {threshold} as it is now; 0: none.';

grant execute on function private.set_own_low_balance_alert(text, bigint) to authenticated;
grant execute on function api.set_low_balance_alert(text, bigint) to authenticated;
