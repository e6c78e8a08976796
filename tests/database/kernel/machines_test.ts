import assert from "node:assert/strict";
import { Kernel } from "./kernel.ts";

/** Every state machine of the kernel, and the moves that are legal. All others are refused. */
const machines: Record<string, string[]> = {
  "billing.invoices.state": [
    "pending > paid",
    "pending > cancelled",
    "pending > expired",
    "cancelled > paid",
    "expired > paid",
    "paid > refunded",
    "refunded > paid",
  ],
  "billing.refund_orders.state": [
    "requested > accepted",
    "requested > refused",
    "requested > failed",
    "refused > accepted",
    "refused > failed",
    "accepted > failed",
  ],
  // Stripe moves freely between the states of one that goes on, never back to its beginning or from an end.
  "billing.subscriptions.state": [
    "incomplete > trialing",
    "incomplete > active",
    "incomplete > past_due",
    "incomplete > unpaid",
    "incomplete > paused",
    "incomplete > canceled",
    "incomplete > incomplete_expired",
    "trialing > active",
    "trialing > past_due",
    "trialing > unpaid",
    "trialing > paused",
    "trialing > canceled",
    "active > trialing",
    "active > past_due",
    "active > unpaid",
    "active > paused",
    "active > canceled",
    "past_due > trialing",
    "past_due > active",
    "past_due > unpaid",
    "past_due > paused",
    "past_due > canceled",
    "unpaid > trialing",
    "unpaid > active",
    "unpaid > past_due",
    "unpaid > paused",
    "unpaid > canceled",
    "paused > trialing",
    "paused > active",
    "paused > past_due",
    "paused > unpaid",
    "paused > canceled",
  ],
  "billing.subscription_orders.state": ["open > done", "open > refused", "refused > done"],
  "billing.top_up_attempts.state": ["open > succeeded", "open > failed", "failed > succeeded"],
  "events.inbox.state": [
    "received > processed",
    "received > ignored",
    "received > dead",
    "dead > received",
    "dead > processed",
    "dead > ignored",
  ],
  "events.notices.state": [
    "open > sending",
    "open > skipped",
    "open > failed",
    "sending > open",
    "sending > sent",
    "sending > failed",
    "sending > uncertain",
    "uncertain > sent",
  ],
  "jobs.queue.state": [
    "queued > running",
    "running > queued",
    "running > succeeded",
    "running > dead",
    "dead > queued",
    "dead > discarded",
  ],
  "jobs.predictions.state": [
    "starting > processing",
    "starting > succeeded",
    "starting > failed",
    "starting > canceled",
    "processing > succeeded",
    "processing > failed",
    "processing > canceled",
  ],
  "ledger.holds.state": ["open > captured", "open > released", "open > expired"],
  "mail.campaigns.state": [
    "draft > scheduled",
    "draft > cancelled",
    "scheduled > sending",
    "scheduled > cancelled",
    "sending > completed",
    "sending > cancelled",
  ],
  "mail.messages.state": [
    "queued > sending",
    "queued > suppressed",
    "queued > cancelled",
    "sending > sent",
    "sending > failed",
    "sending > uncertain",
    "uncertain > sent",
    "sent > delivered",
    "sent > opened",
    "sent > clicked",
    "sent > bounced",
    "sent > complained",
    "delivered > opened",
    "delivered > clicked",
    "delivered > bounced",
    "delivered > complained",
    "opened > clicked",
    "opened > complained",
    "clicked > complained",
  ],
  "private.invocations.state": [
    "sent > succeeded",
    "sent > failed",
    "sent > lost",
    "lost > succeeded",
    "lost > failed",
  ],
};

for (const [machine, legal] of Object.entries(machines)) {
  Deno.test(`X-09, M-22: ${machine} moves only where it may`, async () => {
    await using kernel = await Kernel.open();
    const [schema, table, column] = machine.split(".");
    // A table with the same column and guard and no other rule, under the name that the guard looks up.
    const [type] = await kernel.sql`
      select format_type(a.atttypid, null) as name from pg_attribute a
      where a.attrelid = ${`${schema}.${table}`}::regclass and a.attname = ${column!}`;
    const moves = await kernel.sql.begin(async (tx) => {
      await tx.unsafe(`
        alter table ${schema}.${table} rename to ${table}_real;
        create table ${schema}.${table} (${column} ${type!.name} not null);
        create trigger guard before update on ${schema}.${table}
          for each row execute function private.guard_transition('${column}');
        create function pg_temp.moves() returns setof text language plpgsql as $$
        declare origin ${type!.name}; target ${type!.name};
        begin
          for origin, target in select a, b
            from unnest(enum_range(null::${type!.name})) a, unnest(enum_range(null::${
        type!.name
      })) b where a <> b
          loop
            delete from ${schema}.${table};
            insert into ${schema}.${table} values (origin);
            begin
              update ${schema}.${table} set ${column} = target;
              return next origin || ' > ' || target;
            exception when sqlstate 'PT409' then
              null;
            end;
          end loop;
        end $$`);
      const rows = await tx<{ move: string }[]>`select pg_temp.moves() as move`;
      return rows.map((row) => row.move);
    });
    assert.deepEqual(moves.sort(), [...legal].sort());
  });
}
