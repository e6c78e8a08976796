-- Owners read their own invoices, column by column, for the products' views. Nobody writes. What the provider calls
-- things (sessions, payment intents, customers) is not selectable.

create policy invoices_read_own on billing.invoices for select to authenticated
  using (holder = (select auth.uid()));

create policy refunds_read_own on billing.refunds for select to authenticated
  using (invoice_id in (select i.id from billing.invoices i where i.holder = (select auth.uid())));

create policy currencies_read on billing.currencies for select to authenticated using (true);
create policy offers_read on billing.offers for select to authenticated using (true);
create policy prices_read on billing.prices for select to authenticated using (true);
create policy rates_read on billing.rates for select to authenticated using (true);

grant select on billing.currencies to authenticated, service_role;
grant select (id, product, code, title, kind, default_currency, active, created_at) on billing.offers to authenticated, service_role;
grant select (id, offer_id, currency, amount, credits, valid_for, active_from, retired_at) on billing.prices to authenticated, service_role;
grant select (id, product, feature, credits, active_from, retired_at) on billing.rates to authenticated, service_role;
grant select (id, number, product, holder, provider, price_id, offer_code, offer_title, amount, currency, credits, state, url, grant_id,
  created_at, expires_at, paid_at, closed_at, refunded_at, updated_at) on billing.invoices to authenticated, service_role;
grant select (id, invoice_id, kind, amount, credits_taken, credits_owed, created_at) on billing.refunds to authenticated, service_role;
grant usage on type billing.offer_kind, billing.invoice_state, billing.refund_kind to authenticated, service_role;
