-- MODERA: the contract's way to change credits, on the ledger.

create function private.modera_update_user_credits(
  p_user_id bigint,
  p_credits_change integer,
  p_transaction_type text,
  p_feature_used text,
  p_session_id uuid,
  p_key text
)
returns integer
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  owner uuid;
  spent record;
  outcome jsonb;
  key constant text := 'modera.update_user_credits/' || coalesce(p_key,
    format('%s/%s/%s', p_transaction_type, coalesce(p_feature_used, ''), p_session_id));
begin
  -- GUARD
  select p.holder into owner from modera.profiles p where p.id = p_user_id;
  if not found then
    perform private.raise_problem(404, 'holder_not_found', format('There is no user %s.', p_user_id));
  end if;
  if p_key is null and p_session_id is null then
    perform private.raise_problem(422, 'invalid_request', 'Name the session or give a key, so that a retry is not booked twice.',
      '{"field": "p_key"}');
  end if;
  if not coalesce(p_transaction_type in ('purchase', 'bonus', 'refund') and p_credits_change > 0
    or p_transaction_type = 'usage' and p_credits_change < 0, false) then
    perform private.raise_problem(422, 'invalid_amount',
      'A purchase, bonus or refund adds credits, usage takes them; credits expire with their grants and not by hand.',
      '{"field": "p_credits_change"}');
  end if;
  if p_session_id is not null and not exists (
    select from modera.fashion_sessions s where s.id = p_session_id and s.user_id = p_user_id
  ) then
    perform private.raise_problem(404, 'not_found', 'The user has no such session.', '{"field": "p_session_id"}');
  end if;

  -- WRITE
  if p_transaction_type = 'usage' then
    outcome := ledger.debit('modera', owner, -p_credits_change, key, coalesce(p_feature_used, 'usage'), p_session_id::text);
  elsif p_transaction_type = 'refund' then
    select e.account_id, e.sequence into spent
    from ledger.entries e join ledger.accounts a on a.id = e.account_id
    where a.product = 'modera' and a.unit = 'credits' and a.holder = owner
      and e.reference = p_session_id::text and e.kind in ('debit', 'capture')
      and e.feature = coalesce(p_feature_used, e.feature)
    order by e.sequence desc limit 1;
    if not found then
      perform private.raise_problem(404, 'not_found', 'Nothing was charged for this session.', '{"field": "p_session_id"}');
    end if;
    outcome := ledger.refund('modera', owner, ledger.entry_id(spent.account_id, spent.sequence), p_credits_change, key, 'refund');
  else
    outcome := ledger.grant_credits('modera', owner, p_credits_change, key,
      case p_transaction_type when 'purchase' then 'paid' else 'promotional' end::ledger.grant_category,
      reason => p_transaction_type, reference => p_session_id::text);
  end if;
  return ledger.available_after(outcome)::integer;
end
$$;

comment on function private.modera_update_user_credits(bigint, integer, text, text, uuid, text) is
  'See modera.update_user_credits. Definer: moves value through the ledger, for the service alone.';

create function modera.update_user_credits(
  p_user_id bigint,
  p_credits_change integer,
  p_transaction_type text,
  p_feature_used text default null,
  p_session_id uuid default null,
  p_key text default null
)
returns integer
language sql
volatile
set search_path = ''
return private.modera_update_user_credits(p_user_id, p_credits_change, p_transaction_type, p_feature_used, p_session_id, p_key);

comment on function modera.update_user_credits(bigint, integer, text, text, uuid, text) is
  'Books a purchase, bonus or refund (positive) or usage (negative) of a user and returns what is available after it. Once for each p_key, or else for each type, feature and session. Service only.';

grant execute on function private.modera_update_user_credits(bigint, integer, text, text, uuid, text) to service_role;
grant execute on function modera.update_user_credits(bigint, integer, text, text, uuid, text) to service_role;
