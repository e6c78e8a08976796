import assert from "node:assert/strict";
import { eventually } from "../harness/eventually.ts";
import type { Customer } from "./customer.ts";
import { advanceClock, type Scene } from "./faults.ts";

/** Everything that still has a way to go. */
function unfinished({ sql }: Scene) {
  return sql`
    select concat_ws(' ', 'job', kind, state, last_error) as what, count(*)::integer from jobs.queue
    where state in ('queued', 'running', 'dead') group by 1
    union all select 'session ' || status, count(*)::integer from modera.fashion_sessions
    where status in ('active', 'processing') group by 1
    union all select 'prediction ' || state, count(*)::integer from jobs.predictions
    where state in ('starting', 'processing') group by 1
    union all select 'hold ' || state, count(*)::integer from ledger.holds where state = 'open' group by 1
    union all select 'invoice ' || state, count(*)::integer from billing.invoices where state = 'pending' group by 1
    union all select 'event ' || state, count(*)::integer from events.inbox where state in ('received', 'dead') group by 1`;
}

/**
 * Once every fault is over: customers repeat what was unclear, Stripe is asked for what was lost, dead
 * jobs are replayed once, and the clock goes on until nothing is under way.
 */
export async function drain(scene: Scene, customers: readonly Customer[]): Promise<void> {
  const { sql } = scene;
  const settled = async () => {
    const all = await Promise.all(customers.map((customer) => customer.settle()));
    return all.every(Boolean);
  };
  await eventually(settled, Boolean, 60_000);
  const since = new Date(Date.now() - 3_600_000).toISOString();
  await sql`select jobs.enqueue('stripe.reconcile', ${sql.json({ since })}, 'after the faults')`;
  await sql`select jobs.replay(id) from jobs.queue where state = 'dead'`;
  await eventually(
    async () => {
      await workersRest(scene);
      await advanceClock(scene, 3);
      return [...await unfinished(scene)].map(({ what, count }) => `${count} × ${what}`);
    },
    (left) => left.length === 0,
    90_000,
  );
}

/** Waits for jobs under way, up to 5 s: a clock that runs ahead of them would take their leases away. */
async function workersRest({ sql }: Scene): Promise<void> {
  const running = () => sql`select from jobs.queue where state = 'running'`;
  await new Promise((resolve) => setTimeout(resolve, 250));
  await eventually(running, ({ length }) => length === 0, 5_000).catch(() => {});
}

/** What must be true of everybody's money and credits, however it came. */
export async function checkBooks({ sql }: Scene, customers: readonly Customer[]): Promise<void> {
  const differences = await sql`select * from ledger.verify()`;
  assert.deepEqual([...differences], []);
  for (const customer of customers) {
    const paid = await sql`
      select i.id, i.state, (select count(*)::integer from ledger.grants g where g.id = i.grant_id) as grants
      from billing.invoices i where i.id = any (${customer.paid}::uuid[])`;
    assert.equal(paid.length, new Set(customer.paid).size);
    for (const { id, state, grants } of paid) {
      assert.deepEqual([id, state, grants], [id, "paid", 1], "a paid invoice is granted once");
    }
    const tryOns = await sql`
      select s.status, t.credits_used, (
        select coalesce(sum(h.captured), 0)::integer from ledger.holds h where h.reference = t.session_id::text
          or h.reference = t.id::text) as captured
      from modera.virtual_tryons t join modera.fashion_sessions s on s.id = t.session_id
      join modera.profiles p on p.id = t.user_id where p.auth_user_id = ${customer.id}`;
    assert.ok(tryOns.length >= customer.tryOns.length);
    const completed = tryOns.filter(({ status }) => status === "completed").length;
    for (const { status, credits_used } of tryOns) {
      assert.equal(credits_used, status === "completed" ? 3 : 0, `a try-on that ${status}`);
    }
    const [grants] = await sql`
      select coalesce(sum(g.amount), 0)::integer as granted, count(*)::integer as count from ledger.grants g
      join ledger.accounts a on a.id = g.account_id where a.holder = ${customer.id}`;
    assert.equal(grants?.["count"], paid.length, "nothing is granted but what was paid");
    const [account] = await sql`select ledger.balance('modera', ${customer.id}) as balance`;
    const expected = Number(grants?.["granted"]) - customer.debited - 3 * completed;
    assert.deepEqual(account?.["balance"], { posted: expected, pending: 0, available: expected });
  }
}
