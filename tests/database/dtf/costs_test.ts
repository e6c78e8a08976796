import assert from "node:assert/strict";
import { Dtf } from "./dtf.ts";

interface Cost {
  cost_id: string;
  cost_micros: number;
  is_active: boolean;
}

interface Costs {
  costs: Cost[];
  margins: {
    operation: string;
    credits: number;
    value_micros: number;
    provider: string | null;
    cost_micros: number | null;
    margin_micros: number | null;
  }[];
}

interface Metrics {
  operations: {
    operation: string;
    ended: number;
    completed: number;
    failed: number;
    failures: Record<string, number>;
    seconds: { median: number; p95: number };
    credits: number;
    value_micros: number;
    priced: number;
    cost_micros: number;
    margin_micros: number;
  }[];
  queue: { pending: number; processing: number; oldest_seconds: number | null };
  spend: { provider: string; calls: number; failed: number; cost_micros: number }[];
  uploads: number;
  people: { new: number; active: number };
}

async function scene() {
  const dtf = await Dtf.open();
  const keeper = await dtf.kernel.user();
  await dtf.sql`select private.appoint_admin(${keeper}, 'dtf', 'test')`;
  const [row] = await dtf.sql`
    select private.now()::date::text as today, (private.now()::date - 1)::text as yesterday,
      (private.now()::date + 2)::text as later`;
  const days = row as unknown as { today: string; yesterday: string; later: string };
  const put = (cost: number, day = days.today, provider = "replicate", operation = "upscale") =>
    dtf.call<Cost>(keeper, "put_cost", provider, operation, cost, "USD", day);
  const records = async () =>
    (await dtf.sql`select action from dtf.admin_logs order by created_at`).map(({ action }) =>
      action
    );
  return {
    dtf,
    keeper,
    days,
    put,
    records,
    costs: () => dtf.call<Costs>(keeper, "costs"),
    metrics: () => dtf.call<Metrics>(keeper, "metrics", days.today, days.today),
    [Symbol.asyncDispose]: () => dtf[Symbol.asyncDispose](),
  };
}

Deno.test("F-22: a provider has one cost for an operation and a day, which admins write and take back", async () => {
  await using s = await scene();
  const first = await s.put(2500);
  assert.deepEqual(await s.put(2500), first);
  const corrected = await s.put(2600);
  assert.deepEqual([corrected.cost_id, corrected.cost_micros], [first.cost_id, 2600]);
  await s.put(3000, s.days.later);
  const upscale = async () =>
    (await s.costs()).margins.find(({ operation }) => operation === "upscale")!;
  assert.equal((await upscale()).cost_micros, 2600);
  const withdraw = () => s.dtf.call<Cost>(s.keeper, "withdraw_cost", first.cost_id);
  assert.equal((await withdraw()).is_active, false);
  await withdraw();
  assert.equal((await upscale()).cost_micros, null);
  assert.deepEqual(await s.records(), [
    "cost.changed",
    "cost.changed",
    "cost.changed",
    "cost.withdrawn",
  ]);
});

Deno.test("a margin is what an operation's credits bring less what the provider takes", async () => {
  await using s = await scene();
  await s.put(100_000, s.days.today, "replicate", "vectorize");
  const { margins } = await s.costs();
  const vectorize = margins.find(({ operation }) => operation === "vectorize")!;
  // The cheapest credit on sale: 60 for 24.99.
  assert.deepEqual(vectorize, {
    operation: "vectorize",
    credits: 2,
    value_micros: 833_000,
    provider: "replicate",
    cost_micros: 100_000,
    margin_micros: 733_000,
  });
});

Deno.test("what cannot be a cost is refused by name", async () => {
  await using s = await scene();
  await assert.rejects(s.put(1, s.days.yesterday), /invalid_request/);
  await assert.rejects(s.put(-1), /invalid_request/);
  await assert.rejects(s.put(1, s.days.today, "Not a name"), /invalid_request/);
  await assert.rejects(s.put(1, s.days.today, "replicate", "fly"), /unknown_feature/);
  const user = await s.dtf.person();
  for (const name of ["costs()", "metrics('2026-01-01', '2026-01-01')"]) {
    await assert.rejects(
      s.dtf.as("authenticated", user, (tx) => tx.unsafe(`select dtf.${name}`)),
      /admin_required/,
    );
  }
  await assert.rejects(s.dtf.call(s.keeper, "withdraw_cost", crypto.randomUUID()), /not_found/);
  await assert.rejects(
    s.dtf.call(s.keeper, "metrics", s.days.later, s.days.today),
    /invalid_request/,
  );
  assert.deepEqual(await s.records(), []);
});

Deno.test("F-24: metrics tell counts, times, failures, the queue and what providers took", async () => {
  await using s = await scene();
  await s.put(2500);
  const user = await s.dtf.person(10);
  const begin = async (key: string) => {
    const steps = s.dtf.sql.json([{ operation: "upscale", options: {} }]);
    await s.dtf.call(user, "start_operations", await s.dtf.picture(user), steps, key);
    const [row] = await s.dtf.sql`
      select prediction_id as id from dtf.image_operations order by created_at desc limit 1`;
    await s.dtf.sql`select platform.advance_clock('1 second')`;
    return row!["id"] as string;
  };
  const [done, failed] = [await begin("k1"), await begin("k2")];
  await begin("k3");
  for (const id of [done, failed]) {
    await s.dtf.service("mark_operation_submitted", id, "replicate", `p-${id}`);
  }
  await s.dtf.sql`select platform.advance_clock('4 seconds')`;
  const output = s.dtf.sql.json({ engine: "replicate", measures: {} });
  await s.dtf.service("complete_operation", done, output, `${user}/${done}.png`);
  await s.dtf.service("fail_operation", failed, "subject_not_found", "Nothing there.");
  await s.dtf.sql`select private.dtf_record_activity(${user}, 'upload')`;
  const { operations, queue, spend, uploads, people } = await s.metrics();
  const [upscale] = operations;
  assert.deepEqual([operations.length, upscale!.ended, upscale!.completed, upscale!.failed], [
    1,
    2,
    1,
    1,
  ]);
  assert.deepEqual(upscale!.failures, { subject_not_found: 1 });
  assert.ok(upscale!.seconds.median >= 4 && upscale!.seconds.p95 < 30);
  assert.deepEqual([upscale!.credits, upscale!.priced, upscale!.cost_micros], [1, 1, 2500]);
  assert.equal(upscale!.margin_micros, upscale!.value_micros - 2500);
  assert.deepEqual([queue.pending, queue.processing], [1, 0]);
  assert.ok(queue.oldest_seconds! >= 5);
  assert.deepEqual(spend.map(({ provider, calls, failed }) => [provider, calls, failed]), [[
    "replicate",
    2,
    1,
  ]]);
  assert.deepEqual([uploads, people.active], [1, 1]);
  // What happened stays in the figures when the pictures are gone.
  await s.dtf.sql`delete from dtf.images i where i.processing_status <> 'processing'`;
  assert.deepEqual((await s.metrics()).operations, operations);
});

Deno.test("F-13: revenue is of paid invoices, month by month, each currency apart, less what is gone", async () => {
  await using s = await scene();
  const { dtf: { sql } } = s;
  await sql`select billing.publish_price('dtf', 'pack-10', 'EUR', 700, 10)`;
  const user = await s.dtf.person();
  const pay = async (currency: string, month: string) => {
    const [row] = await sql`
      insert into billing.invoices (product, holder, key, fingerprint, price_id, offer_code, offer_title, amount, currency, credits, state,
        grant_id, paid_at)
      select 'dtf', ${user}, ${crypto.randomUUID()}, 'x', p.id, o.code, o.title, p.amount, p.currency, p.credits, 'paid',
        (ledger.grant_credits('dtf', ${user}, p.credits, ${crypto.randomUUID()}) ->> 'grant_id')::uuid, ${`${month}-15T00:00:00Z`}
      from billing.offers o join billing.prices p on p.offer_id = o.id and p.retired_at is null and p.currency = ${currency}
      where o.product = 'dtf' and o.code = 'pack-10' returning id`;
    return row!["id"] as string;
  };
  const refunded = await pay("USD", "2026-03");
  await pay("USD", "2026-03");
  await pay("EUR", "2026-03");
  await pay("USD", "2026-05");
  // What was refunded and came back is with us again.
  for (const [kind, amount] of [["refund", 300], ["refund_failed", 100]] as const) {
    await sql`insert into billing.refunds (invoice_id, kind, reference, amount, credits_taken, credits_owed)
      values (${refunded}, ${kind}, 're_1', ${amount}, 0, 0)`;
  }
  const months = await s.dtf.kernel.call<Record<string, unknown>[]>(
    "authenticated",
    s.keeper,
    "revenue_by_month",
    { product: "dtf", first_month: "2026-03-01", last_month: "2026-04-01" },
  );
  assert.deepEqual(months, [
    {
      month: "2026-03",
      currency: "EUR",
      invoices: 1,
      credits: 10,
      gross: 700,
      refunded: 0,
      net: 700,
    },
    {
      month: "2026-03",
      currency: "USD",
      invoices: 2,
      credits: 20,
      gross: 1598,
      refunded: 200,
      net: 1398,
    },
  ]);
  const seen = await s.dtf.as(
    "service_role",
    null,
    (tx) =>
      tx`select currency, amount::int, refunded_amount::int from dtf.revenue_analytics
      where month < '2026-04-01' order by currency`,
  );
  assert.deepEqual(seen.map((row) => ({ ...row })), [
    { currency: "EUR", amount: 700, refunded_amount: 0 },
    { currency: "USD", amount: 1598, refunded_amount: 200 },
  ]);
});
