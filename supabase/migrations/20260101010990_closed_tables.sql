-- Tables of the kernel that no caller ever reaches say so: no grant, and a policy that lets nobody in.

create policy closed on audit.log for all to anon, authenticated using (false) with check (false);
create policy closed on billing.customers for all to anon, authenticated using (false) with check (false);
create policy closed on billing.payment_methods for all to anon, authenticated using (false) with check (false);
create policy closed on billing.refund_orders for all to anon, authenticated using (false) with check (false);
create policy closed on billing.subscription_invoices for all to anon, authenticated using (false) with check (false);
create policy closed on billing.subscription_orders for all to anon, authenticated using (false) with check (false);
create policy closed on billing.top_up_attempts for all to anon, authenticated using (false) with check (false);
create policy closed on billing.top_ups for all to anon, authenticated using (false) with check (false);
create policy closed on events.inbox for all to anon, authenticated using (false) with check (false);
create policy closed on events.notices for all to anon, authenticated using (false) with check (false);
create policy closed on events.outbox for all to anon, authenticated using (false) with check (false);
create policy closed on events.subscriptions for all to anon, authenticated using (false) with check (false);
create policy closed on events.watermarks for all to anon, authenticated using (false) with check (false);
create policy closed on jobs.predictions for all to anon, authenticated using (false) with check (false);
create policy closed on jobs.queue for all to anon, authenticated using (false) with check (false);
create policy closed on ledger.attempts for all to anon, authenticated using (false) with check (false);
create policy closed on ledger.holders for all to anon, authenticated using (false) with check (false);
create policy closed on ledger.sealed_heads for all to anon, authenticated using (false) with check (false);
create policy closed on ledger.seals for all to anon, authenticated using (false) with check (false);
create policy closed on limits.buckets for all to anon, authenticated using (false) with check (false);
create policy closed on private.admins for all to anon, authenticated using (false) with check (false);
create policy closed on private.cron_heartbeats for all to anon, authenticated using (false) with check (false);
create policy closed on private.cron_jobs for all to anon, authenticated using (false) with check (false);
create policy closed on private.invocations for all to anon, authenticated using (false) with check (false);
create policy closed on private.transitions for all to anon, authenticated using (false) with check (false);
create policy closed on private.used_proofs for all to anon, authenticated using (false) with check (false);
