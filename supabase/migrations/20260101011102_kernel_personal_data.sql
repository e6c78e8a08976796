-- What the kernel knows of a person, and what becomes of it.

insert into private.personal_buckets (bucket, kind, because) values
  ('account-exports', 'erased_only', 'An export is made of what is exported.');

insert into private.farewells (name, position, statement) values
  ('kernel.payment_methods', 50, $$
    select jobs.enqueue('stripe.detach-method', jsonb_build_object('payment_method_id', m.provider_method_id), m.provider_method_id)
    from billing.payment_methods m where m.holder = $1 and m.provider = 'stripe'$$),
  ('kernel.subscriptions', 40, $$
    select billing.queue_cancellation(s) from billing.subscriptions s where s.holder = $1 and s.ended_at is null$$),
  ('kernel.invoices', 60, $$
    select billing.close_invoice(i, 'cancelled') from (
      select i.* from billing.invoices i
      where i.holder = $1 and i.state = 'pending' and i.processing_since is null for no key update
    ) i$$),
  -- Products have ended their work by now; what is still held is held for nothing.
  ('kernel.holds', 90, $$
    select ledger.release(h.id, 'erasure/' || h.id, 'The account is erased.')
    from ledger.holds h join ledger.accounts a on a.id = h.account_id
    where a.holder = $1 and h.state = 'open' and h.expires_at > private.now() order by a.id, h.id$$);

insert into private.personal_data (table_name, rows_of, exported_as, exported_columns, sorted_by, erased_by, because) values
  ('auth.users', 't.id = $1', 'sign_in',
    '{id,email,phone,email_confirmed_at,last_sign_in_at,raw_user_meta_data,created_at,updated_at}', 't.id', null,
    'Deleted by Auth itself, through its admin API.'),
  ('auth.identities', 't.user_id = $1', 'identities', '{provider,identity_data,created_at,last_sign_in_at}', 't.id', null,
    'Deleted by Auth with its user.'),
  ('private.admins', 't.user_id = $1', 'appointments', null, 't.product', 'delete from private.admins t where t.user_id = $1', null),
  ('audit.log', 't.actor = $1', 'actions', '{at,action,subject,detail}', 't.id', null,
    'The log is append-only. It names people by their id alone, which is nobody''s once the Auth user is gone.'),
  ('ledger.holders', 't.holder = $1', 'holders', null, 't.product',
    'select ledger.anonymise_holder(t.product, t.holder) from ledger.holders t where t.holder = $1', null),
  ('ledger.accounts', 't.holder = $1', 'accounts', '{id,product,unit,available,pending,created_at}', 't.id', null,
    'The books outlive the person: they name a holder by an id that is nobody''s any more.'),
  ('ledger.entries', 't.account_id in (select a.id from ledger.accounts a where a.holder = $1)', 'entries',
    '{account_id,sequence,kind,amount,posted_after,feature,reference,metadata,created_at}', '(t.account_id, t.sequence)', null,
    'See ledger.accounts. Entries are hashed and append-only.'),
  ('ledger.grants', 't.account_id in (select a.id from ledger.accounts a where a.holder = $1)', 'grants',
    '{id,account_id,category,amount,remaining,effective_at,expires_at,reason,reference,created_at}', 't.id', null,
    'See ledger.accounts.'),
  ('ledger.holds', 't.account_id in (select a.id from ledger.accounts a where a.holder = $1)', 'holds',
    '{id,account_id,amount,captured,state,feature,reference,created_at,expires_at,resolved_at,reason}', 't.id', null,
    'See ledger.accounts.'),
  ('ledger.low_balance_alerts', 't.holder = $1', 'low_balance_alerts', '{product,threshold,updated_at}', 't.id',
    'delete from ledger.low_balance_alerts t where t.holder = $1', null),
  ('ledger.attempts', 't.account_id in (select a.id from ledger.accounts a where a.holder = $1)', null, null, 't.key', null,
    'Fingerprints of requests that moved nothing: they say nothing about a person, and a key must stay burnt.'),
  ('billing.customers', 't.holder = $1', 'payment_customers', '{product,provider,provider_customer_id,created_at}',
    '(t.product, t.provider)', 'delete from billing.customers t where t.holder = $1', null),
  ('billing.invoices', 't.holder = $1', 'invoices',
    '{number,product,provider,offer_code,offer_title,amount,currency,credits,state,url,created_at,expires_at,paid_at,closed_at,refunded_at}',
    't.number', null, 'Invoices are kept as long as the law asks. They carry no name and no address.'),
  ('billing.refunds', 't.invoice_id in (select i.id from billing.invoices i where i.holder = $1)', 'refunds',
    '{invoice_id,kind,amount,credits_taken,credits_owed,created_at}', 't.id', null, 'See billing.invoices.'),
  ('billing.refund_orders', 't.invoice_id in (select i.id from billing.invoices i where i.holder = $1)', 'refund_orders',
    '{id,invoice_id,amount,state,reason,created_at}', 't.id', $$
    update billing.refund_orders t set reason = 'Erased.'
    where t.reason <> 'Erased.' and t.invoice_id in (select i.id from billing.invoices i where i.holder = $1)$$, null),
  ('billing.payment_methods', 't.holder = $1', 'payment_methods', '{product,provider,saved_at}', '(t.product, t.provider)',
    'delete from billing.payment_methods t where t.holder = $1', null),
  ('billing.top_ups', 't.holder = $1', 'auto_top_ups',
    '{product,enabled,offer_code,currency,cap,declines,switched_off,agreed_at,updated_at}', 't.product',
    'delete from billing.top_ups t where t.holder = $1', null),
  ('billing.top_up_attempts', 't.holder = $1', 'top_up_attempts', '{product,invoice_id,state,failure,created_at,concluded_at}', 't.id', null,
    'See billing.invoices.'),
  ('billing.subscriptions', 't.holder = $1', 'subscriptions',
    '{id,product,plan_id,state,current_period_start,current_period_end,cancel_at_period_end,started_at,cancelled_at,ended_at}', 't.id', null,
    'See billing.invoices. Those that are open are ended at the provider.'),
  ('billing.subscription_invoices', 't.invoice_id in (select i.id from billing.invoices i where i.holder = $1)', null, null,
    't.invoice_id', null, 'Which invoice the provider means; what is in it is in billing.invoices.'),
  ('billing.subscription_periods', 't.subscription_id in (select s.id from billing.subscriptions s where s.holder = $1)',
    'subscription_periods', '{id,subscription_id,plan_id,subscription_state,started_at,ended_at}', 't.id', null, 'See billing.invoices.'),
  ('billing.subscription_orders', 't.holder = $1', 'subscription_orders', '{product,request,plan_id,state,created_at,concluded_at}', 't.id', null,
    'See billing.invoices.'),
  ('events.inbox', $$exists (
      select from billing.invoices i where i.holder = $1 and (
        i.id::text = t.effect ->> 'invoice_id' or i.checkout_session_id = t.effect ->> 'checkout_session_id'
        or i.payment_intent_id = t.effect ->> 'payment_intent_id'))
      or t.effect -> 'subscription' ->> 'holder' = $1::text$$, 'messages', '{provider,event_type,received_at,payload}', 't.id', $$
    update events.inbox t set payload = '{}' where t.payload <> '{}' and (exists (
      select from billing.invoices i where i.holder = $1 and (
        i.id::text = t.effect ->> 'invoice_id' or i.checkout_session_id = t.effect ->> 'checkout_session_id'
        or i.payment_intent_id = t.effect ->> 'payment_intent_id')) or t.effect -> 'subscription' ->> 'holder' = $1::text)$$, null),
  ('events.outbox', $$t.payload @> jsonb_build_object('holder', $1)$$, null, null, 't.id',
    $$delete from events.outbox t where t.payload @> jsonb_build_object('holder', $1)$$,
    'Facts on their way to others, kept for 90 days; each is in the table it is about.'),
  ('events.notices', 't.person = $1', 'notices', '{topic,product,state,channel,created_at,concluded_at}', 't.id',
    'delete from events.notices t where t.person = $1', null),
  ('jobs.queue', $$position($1::text in t.payload::text) > 0$$, null, null, 't.id',
    $$delete from jobs.queue t where t.state in ('succeeded', 'dead') and position($1::text in t.payload::text) > 0$$,
    'Work slips that hold ids, kept for two weeks.'),
  ('jobs.predictions', $$t.hold_id in (
      select h.id from ledger.holds h join ledger.accounts a on a.id = h.account_id where a.holder = $1)$$, 'predictions',
    '{id,product,kind,subject_id,provider,state,output,error_code,error_message,created_at,submitted_at,settled_at}', 't.id', $$
    update jobs.predictions t set output = null, error_message = null
    where (t.output is not null or t.error_message is not null) and t.hold_id in (
      select h.id from ledger.holds h join ledger.accounts a on a.id = h.account_id where a.holder = $1)$$, null),
  ('limits.buckets', $$position($1::text in t.bucket) > 0$$, null, null, 't.bucket',
    $$delete from limits.buckets t where position($1::text in t.bucket) > 0$$,
    'How often somebody called within the last hour.'),
  ('private.account_exports', 't.user_id = $1', 'exports', '{id,state,size,created_at,ready_at,expires_at}', 't.id',
    'delete from private.account_exports t where t.user_id = $1', null),
  ('private.account_erasures', 't.user_id = $1', 'erasures', '{id,state,requested_at,due_at,cancelled_at}', 't.id', null,
    'What proves that an erasure was done names the person by an id that is nobody''s any more.');
