import assert from "node:assert/strict";
import { callFunction, callJson, newUser } from "../harness/platform.ts";
import { balanceOf, freshKey, type ProblemBody } from "./people.ts";
import { deliver, inboxOf, invoiceState, sale, sessionOf, stripeEvent } from "./stripe.ts";

Deno.test("a payment grants the credits of its invoice", async () => {
  const user = await newUser();
  const sold = await sale(user);
  const { status, body } = await deliver(
    stripeEvent("checkout.session.completed", sessionOf(sold)),
  );
  assert.deepEqual([status, body], [200, { received: true, outcome: "applied" }]);
  assert.equal(await invoiceState(sold), "paid");
  assert.equal((await balanceOf(user)).available, sold.credits);
});

Deno.test("X-03: the same webhook 50 times at once grants once", async () => {
  const user = await newUser();
  const sold = await sale(user);
  const event = stripeEvent("checkout.session.completed", sessionOf(sold));
  const answers = await Promise.all(Array.from({ length: 50 }, () => deliver(event)));
  assert.ok(answers.every(({ status }) => status === 200));
  const outcomes = answers.map(({ body }) => body["outcome"]);
  assert.equal(outcomes.filter((outcome) => outcome === "applied").length, 1);
  assert.equal(outcomes.filter((outcome) => outcome === "duplicate").length, 49);
  assert.deepEqual(await inboxOf(event.id), ["processed"]);
  assert.equal((await balanceOf(user)).available, sold.credits);
});

Deno.test("M-07: two events that say the same payment grant once", async () => {
  const user = await newUser();
  const sold = await sale(user);
  const session = sessionOf(sold);
  await Promise.all([
    deliver(stripeEvent("checkout.session.completed", session)),
    deliver(stripeEvent("checkout.session.async_payment_succeeded", session)),
    deliver(stripeEvent("checkout.session.expired", { ...session, status: "expired" })),
  ]);
  assert.equal((await balanceOf(user)).available, sold.credits);
  assert.equal(await invoiceState(sold), "paid");
});

const forgeries = {
  "another's signature": { secret: "whsec_guess" },
  "a signature of six minutes ago": { timestamp: Math.floor(Date.now() / 1000) - 360 },
  "a changed amount": {
    tamper: (body: string) => body.replace(/"amount_total":\d+/, '"amount_total":1'),
  },
  "a changed byte": { tamper: (body: string) => `${body} ` },
};

for (const [what, forgery] of Object.entries(forgeries)) {
  Deno.test(`X-08: a webhook with ${what} is 400 and leaves no trace`, async () => {
    const user = await newUser();
    const sold = await sale(user);
    const event = stripeEvent("checkout.session.completed", sessionOf(sold));
    const { status, body } = await deliver(event, forgery);
    assert.deepEqual([status, body.code], [400, "invalid_signature"]);
    assert.deepEqual(await inboxOf(event.id), []);
    assert.equal((await balanceOf(user)).available, 0);
  });
}

Deno.test("a webhook without a signature is 400", async () => {
  const body = stripeEvent("checkout.session.completed", { id: "cs_x" });
  const answer = await callJson<ProblemBody>("stripe-webhook", { body });
  assert.deepEqual([answer.status, answer.body.code], [400, "invalid_signature"]);
});

Deno.test("M-14: another amount or currency than the invoice's grants nothing and is kept as dead", async () => {
  for (const changes of [{ amount_total: 1 }, { currency: "rub" }, { amount_total: null }]) {
    const user = await newUser();
    const event = stripeEvent(
      "checkout.session.completed",
      sessionOf(await sale(user), changes),
    );
    const { status, body } = await deliver(event);
    assert.deepEqual([status, body["outcome"]], [200, "dead"]);
    assert.deepEqual(await inboxOf(event.id), ["dead"]);
    assert.equal((await balanceOf(user)).available, 0);
  }
});

Deno.test("a payment that takes days grants when it arrives, and nothing when it fails", async () => {
  const user = await newUser();
  const [arrives, fails] = [await sale(user), await sale(user)];
  for (const sold of [arrives, fails]) {
    await deliver(
      stripeEvent("checkout.session.completed", sessionOf(sold, { payment_status: "unpaid" })),
    );
  }
  assert.equal((await balanceOf(user)).available, 0);
  await deliver(stripeEvent("checkout.session.async_payment_succeeded", sessionOf(arrives)));
  await deliver(
    stripeEvent(
      "checkout.session.async_payment_failed",
      sessionOf(fails, { payment_status: "unpaid" }),
    ),
  );
  assert.equal((await balanceOf(user)).available, arrives.credits);
  assert.deepEqual([await invoiceState(arrives), await invoiceState(fails)], ["paid", "cancelled"]);
});

Deno.test("a refund takes unspent credits back, also when it is told before the payment", async () => {
  const user = await newUser();
  const sold = await sale(user);
  const charge = {
    id: "ch_1",
    object: "charge",
    payment_intent: sold.intent,
    amount: sold.amount,
    amount_refunded: sold.amount,
    currency: "usd",
  };
  const early = await deliver(stripeEvent("charge.refunded", charge));
  assert.equal(early.body["outcome"], "deferred");
  await deliver(stripeEvent("checkout.session.completed", sessionOf(sold)));
  assert.equal(await invoiceState(sold), "refunded");
  assert.equal((await balanceOf(user)).available, 0);
});

Deno.test("a dispute takes credits back, and gives them again when it is won", async () => {
  const user = await newUser();
  const sold = await sale(user);
  await deliver(stripeEvent("checkout.session.completed", sessionOf(sold)));
  const dispute = {
    id: `dp_${freshKey()}`,
    object: "dispute",
    payment_intent: sold.intent,
    amount: sold.amount,
    currency: "usd",
  };
  await deliver(stripeEvent("charge.dispute.created", { ...dispute, status: "needs_response" }));
  assert.equal((await balanceOf(user)).available, 0);
  await deliver(stripeEvent("charge.dispute.closed", { ...dispute, status: "won" }));
  assert.equal((await balanceOf(user)).available, sold.credits);
});

Deno.test("a buyer's name that cannot be stored does not keep the money from arriving", async () => {
  const user = await newUser();
  const session = sessionOf(await sale(user), { customer_details: { name: "A\0da \ud800" } });
  const { body } = await deliver(stripeEvent("checkout.session.completed", session));
  assert.equal(body["outcome"], "applied");
});

Deno.test("an event that means nothing to us is taken and ignored", async () => {
  const event = stripeEvent("customer.created", { id: "cus_1" });
  const { status, body } = await deliver(event);
  assert.deepEqual([status, body["outcome"]], [200, "ignored"]);
  assert.deepEqual(await inboxOf(event.id), ["ignored"]);
});

Deno.test("a webhook of more than a megabyte is refused unread", async () => {
  const answer = await callFunction("stripe-webhook", {
    method: "POST",
    body: new Uint8Array(2 * 1024 * 1024),
    headers: { "content-type": "application/json", "stripe-signature": "t=1,v1=0" },
  });
  assert.equal(answer.status, 413);
  await answer.body?.cancel();
});
