-- MODERA: the contract's projections of the kernel. Every view runs with its reader's own rights.

-- An asynchronous payment keeps a pending invoice from being shown as expired.
grant select (processing_since) on billing.invoices to authenticated, service_role;

create view modera.users with (security_invoker = true) as
select
  p.id, p.telegram_id, p.username, p.first_name, p.last_name, p.language_code,
  coalesce((
    select case
      when a.next_change_at <= private.now() then private.spendable('modera', p.holder)
      else a.available
    end
    from ledger.accounts a where a.holder = p.holder and a.product = 'modera' and a.unit = 'credits'
  ), 0) as credits,
  coalesce((
    select round(sum(i.amount) / 10::numeric ^ c.exponent, c.exponent)
    from billing.invoices i join billing.currencies c on c.code = i.currency
    where i.holder = p.holder and i.product = 'modera' and i.state = 'paid' and i.currency = (
      select last.currency from billing.invoices last
      where last.holder = p.holder and last.product = 'modera' and last.state = 'paid'
      order by last.paid_at desc limit 1)
    group by c.exponent
  ), 0) as total_spent,
  p.style_profile, p.body_measurements, p.preferences, p.size_preferences, p.is_active,
  exists (
    select from billing.invoices i
    where i.holder = p.holder and i.product = 'modera' and i.state = 'paid' and i.offer_code = 'premium'
  ) as is_premium,
  p.last_activity, p.created_at, p.updated_at,
  p.auth_user_id,
  (
    select last.currency from billing.invoices last
    where last.holder = p.holder and last.product = 'modera' and last.state = 'paid'
    order by last.paid_at desc limit 1
  ) as total_spent_currency,
  private.leaving_at(p.auth_user_id) as leaving_at,
  p.time_zone
from modera.profiles p;

grant select on modera.users to authenticated, service_role;
grant update (language_code, time_zone, preferences, size_preferences) on modera.users to authenticated;

comment on view modera.users is
  'User accounts and profiles: modera.profiles with what the kernel knows. Owners may update language_code, time_zone, preferences and size_preferences through it.';
comment on column modera.users.credits is 'What can be spent now: the ledger''s posted balance without what is on hold.';
comment on column modera.users.total_spent is 'Paid and not refunded, in total_spent_currency; other currencies are not added to it.';
comment on column modera.users.leaving_at is 'When the account will be erased, as its owner asked; null: it stays.';
comment on column modera.users.total_spent_currency is 'The currency of the latest paid invoice.';
comment on column modera.users.is_premium is 'Whether a premium pack was bought and not refunded.';

create view modera.credit_transactions with (security_invoker = true) as
select
  ledger.entry_id(e.account_id, e.sequence) as id,
  p.id as user_id,
  case e.kind
    when 'grant' then case when g.category = 'paid' then 'purchase' else 'bonus' end
    when 'reinstatement' then 'purchase'
    when 'transfer_in' then 'bonus'
    when 'debit' then 'usage'
    when 'capture' then 'usage'
    when 'transfer_out' then 'usage'
    when 'expiry' then 'expired'
    else 'refund'
  end as transaction_type,
  e.amount::bigint as credits_amount,
  e.posted_after as credits_balance_after,
  case when e.kind = 'grant' then round(i.amount / 10::numeric ^ c.exponent, c.exponent) end as cost_amount,
  case when e.kind = 'grant' then i.currency end as currency,
  i.provider as payment_provider,
  i.number as payment_id,
  i.state::text as payment_status,
  case when e.kind in ('debit', 'capture', 'refund') then e.feature end as feature_used,
  s.id as session_id,
  case when e.kind in ('debit', 'capture') then null else coalesce(e.metadata ->> 'reason', e.feature) end as description,
  e.metadata,
  e.created_at,
  e.created_at as processed_at
from ledger.entries e
join ledger.accounts a on a.id = e.account_id and a.product = 'modera' and a.unit = 'credits'
join modera.profiles p on p.holder = a.holder
left join ledger.grants g on g.id = e.grant_id
left join billing.invoices i on i.grant_id = e.grant_id
left join billing.currencies c on c.code = i.currency
left join modera.fashion_sessions s
  on s.id = case when e.reference ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then e.reference::uuid end;

grant select on modera.credit_transactions to authenticated, service_role;

comment on view modera.credit_transactions is
  'All credit-related transactions: the ledger''s entries in the contract''s words. Append-only, because the ledger is.';
comment on column modera.credit_transactions.transaction_type is
  'purchase, usage, refund, bonus or expired. A refund is positive when spent credits came back, negative when the payment was returned.';
comment on column modera.credit_transactions.credits_balance_after is 'The posted balance after this transaction.';
comment on column modera.credit_transactions.payment_id is 'Number of the invoice that paid for it.';
comment on column modera.credit_transactions.session_id is 'The session it paid for; null once that session is gone.';

create view modera.payment_invoices with (security_invoker = true) as
select
  i.id,
  p.id as user_id,
  i.number as invoice_id,
  i.provider as payment_provider,
  round(i.amount / 10::numeric ^ c.exponent, c.exponent) as amount,
  i.currency,
  i.credits as credits_amount,
  i.offer_code as package_type,
  billing.shown_state(i.state, i.expires_at, i.processing_since) as status,
  i.url as payment_url,
  jsonb_build_object('refunds', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'kind', r.kind, 'amount', r.amount, 'credits_taken', r.credits_taken, 'created_at', r.created_at) order by r.id), '[]')
    from billing.refunds r where r.invoice_id = i.id
  )) as webhook_data,
  i.created_at, i.paid_at, i.expires_at
from billing.invoices i
join billing.currencies c on c.code = i.currency
join modera.profiles p on p.holder = i.holder
where i.product = 'modera';

grant select on modera.payment_invoices to authenticated, service_role;

comment on view modera.payment_invoices is 'Payment invoices for credit purchases, in the contract''s words.';
comment on column modera.payment_invoices.amount is 'In units of the currency, not minor units.';
comment on column modera.payment_invoices.package_type is 'The offer''s code (basic, premium).';
comment on column modera.payment_invoices.webhook_data is 'What the provider reported of money going back; its raw messages are kept in the inbox, for the service alone.';

create view modera.system_settings with (security_invoker = true) as
select s.id, s.setting_key, s.setting_value, s.setting_type, s.description, s.is_active, s.created_at, s.updated_at
from modera.settings s
union all
select
  md5('modera.system_settings/credit_packages_' || lower(p.currency))::uuid,
  'credit_packages_' || lower(p.currency),
  jsonb_object_agg(o.code, jsonb_build_object(
    'credits', p.credits, 'price', trim_scale(p.amount / 10::numeric ^ c.exponent), 'currency', p.currency)),
  'payment',
  'Credit packages in ' || p.currency,
  true,
  min(o.created_at),
  max(p.active_from)
from billing.offers o
join billing.prices p on p.offer_id = o.id and p.retired_at is null
join billing.currencies c on c.code = p.currency
where o.product = 'modera' and o.active
group by p.currency
union all
select
  md5('modera.system_settings/credit_costs')::uuid,
  'credit_costs',
  jsonb_object_agg(r.feature, r.credits),
  'credits',
  'Credit costs for different features',
  true,
  min(r.active_from),
  max(r.active_from)
from billing.rates r
where r.product = 'modera' and r.retired_at is null
having count(*) > 0;

grant select on modera.system_settings to authenticated, service_role;

comment on view modera.system_settings is
  'Configuration: the settings of modera.settings, and the catalogue as credit_packages_<currency> and credit_costs. Signed-in users see the public ones.';
