import assert from "node:assert/strict";
import { serviceCaller } from "../database/database.ts";
import { Problem } from "../database/problem.ts";
import { fakeDatabase } from "../http/fakes.ts";
import { FakeStripe, refused } from "./fake_stripe.ts";
import { type RefundOrder, RefundRefused, stripeRefunds } from "./refund_provider.ts";

const order: RefundOrder = {
  refund_id: "0b7f3c1e-6a51-4b4e-8f39-0d8c5a1f7a10",
  payment_intent_id: "pi_1",
  amount: 200,
  paid: 500,
  currency: "USD",
  replayed: false,
};

const made = {
  id: "re_1",
  object: "refund",
  payment_intent: "pi_1",
  amount: 200,
  currency: "usd",
  created: 1,
  status: "succeeded",
  metadata: { order_id: order.refund_id },
};

type Reply = ConstructorParameters<typeof FakeStripe>[0];

/** Refunds `order` at a Stripe that answers so; what Stripe was asked, and what the books were told. */
async function refund(reply: Reply, changes: Partial<RefundOrder> = {}) {
  await using stripe = new FakeStripe(reply);
  const database = fakeDatabase({ apply_payment_event: () => ({ outcome: "applied" }) });
  const service = database.as(serviceCaller);
  await stripeRefunds(stripe.client).refund({ ...order, ...changes }, service);
  return { asked: stripe.requests, told: database.calls.map(({ args }) => args["effect"]) };
}

const effect = {
  kind: "refunded",
  payment_intent_id: "pi_1",
  refund_id: "re_1",
  order_id: order.refund_id,
  amount: 200,
  currency: "USD",
};

Deno.test("Stripe is asked once for an order, by its id, and its answer goes into the books", async () => {
  const { asked, told } = await refund(() => ({ body: made }));
  assert.deepEqual(asked.map(({ method, idempotencyKey }) => [method, idempotencyKey]), [
    ["POST", order.refund_id],
  ]);
  assert.equal(asked[0]?.form["amount"], "200");
  assert.equal(asked[0]?.form["metadata[order_id]"], order.refund_id);
  assert.deepEqual(told, [effect]);
});

Deno.test("a refund that was made when Stripe still knew the key is found, not made again", async () => {
  const list = { object: "list", data: [{ ...made, id: "re_0", metadata: {} }, made] };
  const { asked, told } = await refund(() => ({ body: list }), { replayed: true });
  assert.deepEqual(asked.map(({ method }) => method), ["GET"]);
  assert.deepEqual(told, [effect]);
});

Deno.test("an order that was never made is made when it is repeated", async () => {
  const reply: Reply = ({ method }) => ({ body: method === "GET" ? { data: [] } : made });
  const { asked } = await refund(reply, { replayed: true });
  assert.deepEqual(asked.map(({ method }) => method), ["GET", "POST"]);
});

Deno.test("a refund that failed at once is told as failed", async () => {
  const { told } = await refund(() => ({ body: { ...made, status: "failed" } }));
  assert.deepEqual(told, [{ ...effect, kind: "refund_failed" }]);
});

Deno.test("Stripe's no is a refusal with its code; its silence is not", async () => {
  const no = refund(() => refused({ code: "charge_disputed" }));
  await assert.rejects(
    no,
    (error) => error instanceof RefundRefused && error.code === "charge_disputed",
  );
  await assert.rejects(
    refund(() => "down"),
    (error) => error instanceof Problem && error.code === "provider_unavailable",
  );
});
