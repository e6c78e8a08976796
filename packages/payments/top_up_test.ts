import assert from "node:assert/strict";
import { serviceCaller } from "../database/database.ts";
import type { Json } from "../database/types.ts";
import { fakeDatabase } from "../http/fakes.ts";
import { attempt } from "../jobs/fakes.ts";
import { FakeStripe, refused } from "./fake_stripe.ts";
import { topUpHandler } from "./top_up.ts";

const invoice_id = "0b7f3c1e-6a51-4b4e-8f39-0d8c5a1f7a11";

const begun = {
  top_up_id: "0b7f3c1e-6a51-4b4e-8f39-0d8c5a1f7a10",
  state: "open",
  invoice_id,
  number: "INV-1",
  product: "acme",
  offer_title: "Basic",
  amount: 500,
  currency: "USD",
  customer_id: "cus_1",
  payment_method_id: "pm_1",
};

const intent = {
  id: "pi_1",
  object: "payment_intent",
  amount: 500,
  amount_received: 500,
  currency: "usd",
  customer: "cus_1",
  created: 1,
  status: "succeeded",
  metadata: { top_up_id: begun.top_up_id, invoice_id },
};

type Reply = ConstructorParameters<typeof FakeStripe>[0];

/** Does the job when SQL begins so and Stripe answers so. */
async function work(begins: Json, reply: Reply = () => ({ body: intent })) {
  await using stripe = new FakeStripe(reply);
  const database = fakeDatabase({
    begin_top_up: () => begins,
    apply_payment_event: () => ({ outcome: "applied", state: "paid" }),
  });
  const service = database.as(serviceCaller);
  const result = await attempt(topUpHandler(stripe.client), { payload: { fact_id: 1 } }, {
    service,
  });
  const told = database.calls.flatMap(({ args }) => "effect" in args ? [args["effect"]] : []);
  return { result, asked: stripe.requests, told };
}

/** How Stripe says that a card did not pay. */
const declined = (code: string): Reply => () => ({
  status: 402,
  body: {
    error: {
      type: "card_error",
      code,
      message: "no",
      payment_intent: {
        ...intent,
        status: "requires_payment_method",
        last_payment_error: { code },
      },
    },
  },
});

Deno.test("the saved card is charged off-session, under the attempt's id", async () => {
  const { result, asked, told } = await work(begun);
  assert.deepEqual(result, { done: { top_up_id: begun.top_up_id, state: "paid" } });
  const [request] = asked;
  assert.equal(request?.idempotencyKey, begun.top_up_id);
  const { off_session, confirm, amount, customer, payment_method } = request!.form;
  assert.deepEqual({ off_session, confirm, amount, customer, payment_method }, {
    off_session: "true",
    confirm: "true",
    amount: "500",
    customer: "cus_1",
    payment_method: "pm_1",
  });
  assert.deepEqual((told[0] as { kind: string }).kind, "checkout_paid");
});

Deno.test("what is not to be charged, or was, is not asked of Stripe", async () => {
  for (const begins of [{ skipped: "off" }, { ...begun, state: "failed" }]) {
    assert.equal((await work(begins)).asked.length, 0);
  }
});

Deno.test("a decline is told with its code", async () => {
  const { told } = await work(begun, declined("authentication_required"));
  assert.deepEqual(told, [{
    kind: "payment_failed",
    payment_intent_id: "pi_1",
    invoice_id,
    amount: 500,
    currency: "USD",
    customer_id: "cus_1",
    failure: "authentication_required",
  }]);
});

Deno.test("a card that Stripe does not know any more, or that is forgotten here, is a failure", async () => {
  const unknown = await work(begun, () => refused({ code: "resource_missing" }));
  assert.deepEqual(unknown.told, [
    { kind: "payment_failed", invoice_id, failure: "resource_missing" },
  ]);
  const forgotten = await work({ ...begun, payment_method_id: null });
  assert.deepEqual(forgotten.told, [
    { kind: "payment_failed", invoice_id, failure: "payment_method_removed" },
  ]);
  assert.equal(forgotten.asked.length, 0);
});

Deno.test("Stripe's silence leaves the attempt open for the next try", async () => {
  await assert.rejects(work(begun, () => "down"));
});
