-- MODERA: partners report purchases and reversals; commissions clear by the clock.

create function private.modera_partner_secret_values(code text)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  secrets jsonb;
begin
  if to_regclass('vault.decrypted_secrets') is null then
    return '[]';
  end if;
  execute $query$
    select coalesce(jsonb_agg(v.decrypted_secret order by s.created_at desc), '[]')
    from modera.partners p
    join private.modera_partner_secrets s on s.partner_id = p.id and (s.expires_at is null or s.expires_at > private.now())
    join vault.decrypted_secrets v on v.id = s.secret_id
    where p.code = $1 $query$
  into secrets using code;
  return secrets;
end
$$;

comment on function private.modera_partner_secret_values(text) is
  'See modera.partner_secrets. Definer: Vault is read by such functions alone; for the service, which checks signatures.';

create function private.modera_recommendation_of(partner modera.partners, effect jsonb)
returns modera.recommendations
language plpgsql
volatile
set search_path = ''
as $$
declare
  recommendation modera.recommendations;
begin
  select r.* into recommendation from modera.recommendations r
  where r.id = (effect ->> 'recommendation_id')::uuid and r.partner_id = partner.id
  for no key update;
  if not found then
    perform private.raise_problem(404, 'unknown_recommendation', 'This partner was sent nobody by a recommendation with this id.',
      '{"field": "recommendation_id"}');
  end if;
  return recommendation;
end
$$;

comment on function private.modera_recommendation_of(modera.partners, jsonb) is
  'Locks the recommendation that a partner''s report is about. Another partner''s and a missing one are told in the same words.';

create function private.modera_book_purchase(partner modera.partners, effect jsonb, event_id uuid)
returns modera.commissions
language plpgsql
volatile
set search_path = ''
as $$
declare
  recommendation modera.recommendations := private.modera_recommendation_of(partner, effect);
  order_amount constant bigint := (effect ->> 'amount')::bigint;
  booked modera.commissions;
begin
  if not coalesce(order_amount > 0, false) then
    perform private.raise_problem(422, 'invalid_amount', 'An amount is a positive whole number of minor units.', '{"field": "amount"}');
  end if;
  if effect ->> 'currency' is distinct from partner.currency then
    perform private.raise_problem(422, 'currency_mismatch', format('Purchases are reported in %s.', partner.currency), '{"field": "currency"}');
  end if;
  if recommendation.clicked_at is null then
    perform private.raise_problem(409, 'not_clicked', 'Nobody has followed the link of this recommendation.');
  end if;
  insert into modera.commissions (recommendation_id, partner_id, product_id, order_id, order_amount, rate, amount, currency,
    purchase_event_id, purchased_at, clears_at)
  values (recommendation.id, partner.id, recommendation.product_id, effect ->> 'order_id', order_amount, partner.commission_rate,
    round(order_amount * partner.commission_rate), partner.currency, event_id, private.now(), private.now() + interval '14 days')
  on conflict do nothing
  returning * into booked;
  if not found then
    perform private.raise_problem(409, 'already_purchased', 'This purchase was reported before.');
  end if;
  return booked;
end
$$;

comment on function private.modera_book_purchase(modera.partners, jsonb, uuid) is
  'Books the commission of a purchase, at the partner''s rate of today. One for each recommendation, and for each product of an order.';

create function private.modera_reverse_purchase(partner modera.partners, effect jsonb, event_id uuid)
returns modera.commissions
language plpgsql
volatile
set search_path = ''
as $$
declare
  recommendation modera.recommendations := private.modera_recommendation_of(partner, effect);
  reversed modera.commissions;
begin
  select c.* into reversed from modera.commissions c
  where c.recommendation_id = recommendation.id and c.order_id = effect ->> 'order_id' for no key update;
  if not found then
    perform private.raise_problem(404, 'unknown_purchase', 'No purchase of this order was reported for this recommendation.',
      '{"field": "order_id"}');
  end if;
  if reversed.status <> 'pending' or reversed.clears_at <= private.now() then
    perform private.raise_problem(409, 'commission_closed', 'The commission was reversed before, or its time for returns is over.',
      jsonb_build_object('state', reversed.status));
  end if;
  update modera.commissions c
  set status = 'reversed', reversed_at = private.now(), reversal_event_id = event_id, reversal_reason = effect ->> 'reason'
  where c.id = reversed.id
  returning c.* into reversed;
  return reversed;
end
$$;

comment on function private.modera_reverse_purchase(modera.partners, jsonb, uuid) is
  'Takes back the commission of a purchase that was returned, until it clears.';

create function private.modera_apply_postback(code text, event_id text, effect jsonb, payload jsonb)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  partner constant modera.partners := private.modera_partner(code);
  message uuid;
  commission modera.commissions;
begin
  -- LOCK: the event, by its name.
  message := events.receive('modera_partner', code || ':' || event_id, effect ->> 'type',
    (effect ->> 'occurred_at')::timestamptz, effect || jsonb_build_object('partner', code), payload);
  if message is null then
    perform private.raise_problem(409, 'already_received', 'A message with this id was received before.');
  end if;

  -- WRITE
  commission := case effect ->> 'type'
    when 'purchase' then private.modera_book_purchase(partner, effect, message)
    when 'reversal' then private.modera_reverse_purchase(partner, effect, message) end;
  if commission.id is null then
    perform private.raise_problem(422, 'invalid_request', 'A partner reports a purchase or a reversal.', '{"field": "type"}');
  end if;
  perform events.conclude(message, '{"outcome": "applied"}');
  perform audit.record(case effect ->> 'type' when 'purchase' then 'commission.booked' else 'commission.reversed' end,
    'commission:' || commission.id, jsonb_build_object('partner', code, 'amount', commission.amount, 'currency', commission.currency,
      'rate', commission.rate, 'event_id', message));
  return jsonb_build_object('commission_id', commission.id, 'status', commission.status, 'amount', commission.amount,
    'currency', commission.currency, 'rate', commission.rate, 'clears_at', commission.clears_at);
end
$$;

comment on function private.modera_apply_postback(text, text, jsonb, jsonb) is
  'See modera.apply_postback. Definer: commissions and the inbox are written by such functions alone; for the service.';

create function private.modera_clear_commissions(max integer)
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  due record;
  cleared integer := 0;
begin
  for due in
    select c.id, c.amount, c.currency from modera.commissions c
    where c.status = 'pending' and c.clears_at <= private.now()
    order by c.clears_at limit max for no key update skip locked
  loop
    update modera.commissions c set status = 'cleared', cleared_at = private.now() where c.id = due.id;
    perform audit.record('commission.cleared', 'commission:' || due.id,
      jsonb_build_object('amount', due.amount, 'currency', due.currency));
    cleared := cleared + 1;
  end loop;
  return cleared;
end
$$;

comment on function private.modera_clear_commissions(integer) is
  'Clears up to `max` commissions whose 14 days are over, and returns their number.';

select private.define_job('modera-commission-clearing', '23 * * * *', '1 hour', 'select private.modera_clear_commissions(10000)');
select private.schedule_jobs();

create function modera.partner_secrets(code text)
returns jsonb
language sql
stable
set search_path = ''
return private.modera_partner_secret_values(code);

comment on function modera.partner_secrets(text) is
  'The secrets that sign this partner''s postbacks now, the newest first; none for a partner that has none or that does not exist.';

create function modera.apply_postback(code text, event_id text, effect jsonb, payload jsonb)
returns jsonb
language sql
volatile
set search_path = ''
return private.modera_apply_postback(code, event_id, effect, payload);

comment on function modera.apply_postback(text, text, jsonb, jsonb) is
  'Applies what a partner reports, once for each event: {commission_id, status, amount, currency, rate, clears_at}. The effect is {type: purchase | reversal, recommendation_id, order_id, amount, currency, reason, occurred_at}. What cannot be applied is a problem, and leaves nothing behind.';

grant execute on function private.modera_partner_secret_values(text) to service_role;
grant execute on function private.modera_apply_postback(text, text, jsonb, jsonb) to service_role;
grant execute on function modera.partner_secrets(text) to service_role;
grant execute on function modera.apply_postback(text, text, jsonb, jsonb) to service_role;
