import assert from "node:assert/strict";
import { kernelSchemas as schemas } from "../../harness/schemas.ts";
import { Kernel } from "./kernel.ts";

/** All that a signed-in user may call in the kernel; what the body does is the caller's own, or asks for an admin. */
const forUsers = [
  "api.account_balance",
  "api.account_statement",
  "api.adjust_credits",
  "api.all_plans",
  "api.audit_log",
  "api.auto_top_up",
  "api.campaign",
  "api.campaigns",
  "api.cancel_campaign",
  "api.cancel_erasure",
  "api.cancel_invoice",
  "api.change_plan",
  "api.count_audience",
  "api.dead_letters",
  "api.discard_dead_letter",
  "api.draft_campaign",
  "api.lift_mail_suppression",
  "api.mail_suppressions",
  "api.mail_template",
  "api.mail_templates",
  "api.mails",
  "api.open_invoice",
  "api.open_refund",
  "api.open_subscription",
  "api.operations_status",
  "api.order_subscription_change",
  "api.order_subscription_end",
  "api.people",
  "api.person",
  "api.publish_price",
  "api.publish_rate",
  "api.read_erasure",
  "api.read_export",
  "api.read_reconciliation",
  "api.reconcile",
  "api.replay_dead_letter",
  "api.request_erasure",
  "api.request_export",
  "api.require_admin",
  "api.retire_offer",
  "api.revenue_by_month",
  "api.save_mail_template",
  "api.schedule_campaign",
  "api.set_active",
  "api.set_auto_top_up",
  "api.set_low_balance_alert",
  "api.subscription",
  "api.suppress_mail",
  "api.switch_mail_template",
  "api.take_limit",
];

/** What products' views, policies and defaults ask of the kernel: pure, or the caller's own rows. */
const harmless =
  /^(private\.(now|raise_problem|require_key|fingerprint|caller_role|request_id|traceparent|is_admin|require_admin|own_balance|own_statement|leaving_at|spendable|(request|read)_export|(request|read|cancel)_erasure|set_own_low_balance_alert|own_auto_top_up|set_own_auto_top_up|modera_.*|dtf_.*)|ledger\.(entry_id|balance_at|sequence_at)|billing\.(rate|provider_(reference|customer)|shown_state|open_invoice|cancel_invoice|open_subscription|order_change|order_end|own_subscription)|limits\.take)$/;

/** Bodies that begin with private.require_admin: tests ask each as a stranger. */
const forAdmins =
  /^(private\.(dead_letters|replay_dead_letter|discard_dead_letter|operations_status_for_admins|reconcile|read_reconciliation|people|read_person|set_active|audit_log|revenue_by_month)|billing\.(all_plans|change_plan|adjust_credits|open_refund|publish_price_as_admin|publish_rate_as_admin|retire_offer_as_admin)|mail\.(save_template|switch_template|list_templates|read_template|draft_campaign|schedule_campaign|cancel_campaign|count_audience|list_campaigns|read_campaign|read_suppressions|add_suppression|lift_suppression|list_messages))$/;

Deno.test("X-05: a user calls only what acts on the caller", async () => {
  await using kernel = await Kernel.open();
  const rows = await kernel.sql<{ name: string }[]>`
    select distinct n.nspname || '.' || p.proname as name
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = any (${schemas}) and has_function_privilege('authenticated', p.oid, 'execute')`;
  const open = rows.map((row) => row.name);
  assert.deepEqual(
    open.filter((name) =>
      !harmless.test(name) && !forUsers.includes(name) && !forAdmins.test(name)
    ),
    [],
  );
  assert.deepEqual(open.filter((name) => name.startsWith("api.")).sort(), forUsers);
});

Deno.test("X-01, X-02: no API role can write a table of the kernel, and no policy invites to", async () => {
  await using kernel = await Kernel.open();
  const writable = await kernel.sql`
    select c.oid::regclass::text as table, r.role, p.privilege
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    cross join unnest(array['anon', 'authenticated', 'service_role']) as r(role)
    cross join unnest(array['insert', 'update', 'delete', 'truncate', 'references', 'trigger']) as p(privilege)
    where n.nspname = any (${schemas}) and c.relkind in ('r', 'p', 'v', 'm', 'S') and case
      when c.relkind = 'S' then has_sequence_privilege(r.role, c.oid, 'usage, update')
      when p.privilege in ('insert', 'update', 'references') then has_any_column_privilege(r.role, c.oid, p.privilege)
      else has_table_privilege(r.role, c.oid, p.privilege) end`;
  assert.deepEqual(writable.map((row) => ({ ...row })), []);
  const inviting = await kernel.sql`
    select schemaname, tablename, policyname from pg_policies
    where schemaname = any (${schemas}) and cmd <> 'SELECT'
      and (qual is distinct from 'false' or with_check is distinct from 'false')`;
  assert.deepEqual(inviting.map((row) => ({ ...row })), []);
});

Deno.test("what providers said, keys and hashes are selectable by no API role", async (t) => {
  await using kernel = await Kernel.open();
  for (
    const query of [
      "select payload from events.inbox",
      "select * from events.outbox",
      "select * from events.watermarks",
      "select * from audit.log",
      "select * from jobs.queue",
      "select * from jobs.predictions",
      "select * from limits.buckets",
      "select * from billing.customers",
      "select * from private.admins",
      "select private.appoint_admin(gen_random_uuid(), '*', 'x')",
      "select private.dismiss_admin(gen_random_uuid(), '*', 'x')",
      "select * from private.invocations",
      "select key from billing.invoices",
      "select fingerprint from billing.invoices",
      "select checkout_session_id from billing.invoices",
      "select payment_intent_id from billing.invoices",
      "select reference from billing.refunds",
      "select private.secret('automations_key')",
      "select private.invoke_function('job-worker')",
      "select audit.record('a.b', 'c')",
      "select events.publish('a.b', '{}')",
      "select private.run_job('retention')",
      "select private.define_job('x', '* * * * *', '1 minute', 'drop table audit.log')",
    ]
  ) {
    for (const role of ["anon", "authenticated", "service_role"] as const) {
      await t.step(`${role}: ${query}`, () =>
        assert.rejects(
          kernel.as(role, crypto.randomUUID(), (tx) => tx.unsafe(query)),
          { code: "42501" },
        ));
    }
  }
});
