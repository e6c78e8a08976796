import assert from "node:assert/strict";
import { serviceCaller } from "../database/database.ts";
import { fakeDatabase, keptLog } from "../http/fakes.ts";
import { expireInvoices } from "./expire_invoices.ts";
import { FakeStripe, refused } from "./fake_stripe.ts";

const id = (n: number) => `0b7f3c1e-6a51-4b4e-8f39-0d8c5a1f7a${String(n).padStart(2, "0")}`;

function books(sessions: (string | null)[]) {
  return fakeDatabase({
    due_invoices: () =>
      sessions.map((checkout_session_id, n) => ({
        invoice_id: id(n),
        number: `INV-${n}`,
        provider: checkout_session_id?.startsWith("stars") ? "telegram" : "stripe",
        checkout_session_id,
      })),
    expire_invoice: () => ({ state: "expired", expired: true }),
    apply_payment_event: () => ({ outcome: "applied", state: "paid" }),
  });
}

async function run(stripe: FakeStripe, database = books(["cs_1"])) {
  const { log } = keptLog();
  const report = await expireInvoices(stripe.client, database.as(serviceCaller), log);
  return { report, called: database.calls.slice(1) };
}

const session = (changes: Record<string, unknown>) => ({
  body: { id: "cs_1", object: "checkout.session", created: 1, ...changes },
});

Deno.test("an open session is expired at Stripe before its invoice", async () => {
  await using stripe = new FakeStripe(() => session({ status: "open" }));
  const { report, called } = await run(stripe);
  assert.deepEqual(report, { expired: 1, paid: 0, left: 0 });
  assert.deepEqual(stripe.requests.map(({ method, path }) => `${method} ${path}`), [
    "GET /v1/checkout/sessions/cs_1",
    "POST /v1/checkout/sessions/cs_1/expire",
  ]);
  assert.deepEqual(called.map(({ name }) => name), ["expire_invoice"]);
});

Deno.test("M-13: an invoice that was paid at Stripe unheard is honoured, not expired", async () => {
  await using stripe = new FakeStripe(() =>
    session({
      status: "complete",
      payment_status: "paid",
      amount_total: 500,
      currency: "usd",
      payment_intent: "pi_1",
      client_reference_id: id(0),
    })
  );
  const { report, called } = await run(stripe);
  assert.deepEqual(report, { expired: 0, paid: 1, left: 0 });
  assert.deepEqual(called.map(({ name }) => name), ["apply_payment_event"]);
  const { event_id, effect } = called[0]?.args ?? {};
  assert.equal(event_id, "reconcile:cs_1:checkout_paid");
  assert.deepEqual(effect, {
    kind: "checkout_paid",
    checkout_session_id: "cs_1",
    payment_intent_id: "pi_1",
    invoice_id: id(0),
    amount: 500,
    currency: "USD",
  });
});

Deno.test("a session that is expired, unknown or was never made leaves only ours to expire", async () => {
  await using expired = new FakeStripe(() => session({ status: "expired" }));
  assert.equal((await run(expired)).report.expired, 1);
  await using unknown = new FakeStripe(() => refused({ code: "resource_missing" }, 404));
  assert.equal((await run(unknown)).report.expired, 1);
  await using unasked = new FakeStripe(() => "down");
  assert.equal((await run(unasked, books([null]))).report.expired, 1);
  assert.equal(unasked.requests.length, 0);
});

Deno.test("a buyer who pays while we expire keeps the invoice until the next run", async () => {
  await using stripe = new FakeStripe(({ method }) =>
    method === "GET" ? session({ status: "open" }) : refused({ message: "not open" })
  );
  const { report, called } = await run(stripe);
  assert.deepEqual(report, { expired: 0, paid: 0, left: 1 });
  assert.deepEqual(called, []);
});

Deno.test("when Stripe is down, invoices wait; it is asked about the first few only", async () => {
  await using stripe = new FakeStripe(() => "down");
  const sessions = Array.from({ length: 30 }, (_, n) => n === 20 ? null : `cs_${n}`);
  const { report } = await run(stripe, books(sessions));
  assert.deepEqual(report, { expired: 1, paid: 0, left: 29 });
  assert.equal(new Set(stripe.requests.map(({ path }) => path)).size, 8);
});

Deno.test("a run out of time leaves the rest to the next", async () => {
  await using stripe = new FakeStripe(() => session({ status: "expired" }));
  const database = books(["cs_1", "cs_2"]);
  const service = database.as(serviceCaller);
  const report = await expireInvoices(stripe.client, service, keptLog().log, { budgetMs: 0 });
  assert.deepEqual(report, { expired: 0, paid: 0, left: 2 });
});

Deno.test("M-32: an invoice in Telegram Stars expires without asking Stripe", async () => {
  await using stripe = new FakeStripe(() => "down");
  const { report } = await run(stripe, books(["stars-1"]));
  assert.deepEqual(report, { expired: 1, paid: 0, left: 0 });
  assert.equal(stripe.requests.length, 0);
});
