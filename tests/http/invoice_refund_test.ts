import assert from "node:assert/strict";
import { serviceCaller } from "../../packages/database/database.ts";
import { stripeRefunds } from "../../packages/payments/refund_provider.ts";
import { stripeClient } from "../../packages/payments/stripe_client.ts";
import { fakeDatabase } from "../../packages/http/fakes.ts";
import { eventually } from "../harness/eventually.ts";
import { testPlatform } from "../harness/environment.ts";
import { callJson, newUser, type User } from "../harness/platform.ts";
import { balanceOf, freshKey, newAdmin, type ProblemBody } from "./people.ts";
import { mailAbout } from "./mailbox.ts";
import { emulator, invoiceState, paidSale, type Sale, sale } from "./stripe.ts";

interface Refund {
  refund_id: string;
  state: string;
  amount: number;
  invoice_state: string;
  refunded: number;
  credits_taken: number;
  credits_owed: number;
}

const refund = <T = Refund>(
  caller: User,
  sold: { invoice_id: string },
  body: Record<string, unknown> = {},
  key = freshKey(),
) =>
  callJson<T>("invoice-refund", {
    caller,
    key,
    body: { invoice_id: sold.invoice_id, reason: "The picture was late.", ...body },
  });

const stripe = () => stripeClient({ secretKey: "sk_test", apiUrl: testPlatform().stripe_url! });

/** The refunds that Stripe made of a sale, by their amounts. */
async function atStripe(sold: Sale): Promise<number[]> {
  const { data } = await stripe().refunds.list({ payment_intent: sold.intent });
  return data.map(({ amount }) => amount);
}

Deno.test("an admin refunds a part, then the rest; credits go in proportion, once", async () => {
  const [user, admin] = [await newUser(), await newAdmin("modera")];
  const sold = await paidSale(user);
  const part = await refund(admin, sold, { amount: 100 });
  assert.equal(part.status, 200);
  assert.deepEqual(
    [part.body.state, part.body.refunded, part.body.credits_taken, part.body.invoice_state],
    ["accepted", 100, 10, "paid"],
  );
  const rest = await refund(admin, sold);
  assert.deepEqual(
    [rest.body.amount, rest.body.refunded, rest.body.credits_taken, rest.body.invoice_state],
    [399, 499, 50, "refunded"],
  );
  assert.equal((await balanceOf(user)).available, 0);
  assert.deepEqual(await atStripe(sold), [399, 100]);
  await mailAbout(user.email, `Refund for ${sold.number}`);
});

Deno.test("the same key refunds once, and another body with it conflicts", async () => {
  const [user, admin] = [await newUser(), await newAdmin("modera")];
  const sold = await paidSale(user);
  const key = freshKey();
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => refund(admin, sold, { amount: 100 }, key)),
  );
  assert.ok(answers.every(({ status }) => status === 200 || status === 503));
  const again = await refund(admin, sold, { amount: 100 }, key);
  assert.deepEqual([again.status, again.body.refunded], [200, 100]);
  const other = await refund<ProblemBody>(admin, sold, { amount: 101 }, key);
  assert.deepEqual([other.status, other.body.code], [409, "idempotency_conflict"]);
  assert.deepEqual(await atStripe(sold), [100]);
});

Deno.test("what cannot be refunded is refused by name", async () => {
  const [user, admin] = [await newUser(), await newAdmin("modera")];
  const [unpaid, sold] = [await sale(user), await paidSale(user)];
  const code = async (...args: Parameters<typeof refund>) => {
    const { status, body } = await refund<ProblemBody>(...args);
    return [status, body.code];
  };
  assert.deepEqual(await code(admin, unpaid), [409, "invoice_not_paid"]);
  assert.deepEqual(await code(admin, sold, { amount: 500 }), [409, "refund_exceeds_payment"]);
  assert.deepEqual(await code(admin, { invoice_id: freshKey() }), [404, "not_found"]);
  for (const wrong of [{ amount: 0 }, { amount: 1.5 }, { reason: " " }, { credits: 1 }]) {
    assert.deepEqual(await code(admin, sold, wrong), [422, "invalid_request"]);
  }
  assert.equal((await refund(admin, sold)).status, 200);
  assert.deepEqual(await code(admin, sold), [409, "already_refunded"]);
});

Deno.test("only an admin of the product refunds", async () => {
  const user = await newUser();
  const sold = await paidSale(user);
  for (const caller of [user, await newUser(), await newAdmin("dtf")]) {
    const { status, body } = await refund<ProblemBody>(caller, sold);
    assert.deepEqual([status, body.code], [403, "admin_required"]);
  }
  for (const caller of ["nobody", "secret", "automations"] as const) {
    const body = { invoice_id: sold.invoice_id, reason: "x" };
    const { status } = await callJson("invoice-refund", { caller, key: freshKey(), body });
    assert.equal(status, 401);
  }
  assert.equal((await balanceOf(user)).available, 50);
});

Deno.test("Stripe down is 503 and nothing changed; the same key refunds when it is back", async () => {
  const [user, admin] = [await newUser(), await newAdmin("modera")];
  const sold = await paidSale(user);
  const key = freshKey();
  await emulator("down", { down: true });
  try {
    const { status, body } = await refund<ProblemBody>(admin, sold, {}, key);
    assert.deepEqual([status, body.code], [503, "provider_unavailable"]);
  } finally {
    await emulator("down", { down: false });
  }
  assert.deepEqual([await invoiceState(sold), (await balanceOf(user)).available], ["paid", 50]);
  assert.deepEqual(await atStripe(sold), []);
  assert.equal((await refund(admin, sold, {}, key)).body.invoice_state, "refunded");
  assert.deepEqual(await atStripe(sold), [499]);
});

Deno.test("a crash after Stripe refunded and before we wrote: the retry refunds nothing more", async () => {
  const [user, admin] = [await newUser(), await newAdmin("modera")];
  const sold = await paidSale(user);
  const key = freshKey();
  await emulator("webhooks", { paused: true });
  try {
    const { data: order } = await admin.client.schema("api").rpc("open_refund", {
      invoice_id: sold.invoice_id,
      amount: 200,
      reason: "The picture was late.",
      key,
    });
    const crashed = fakeDatabase().as(serviceCaller);
    await assert.rejects(stripeRefunds(stripe()).refund({ ...order, replayed: false }, crashed));
    assert.deepEqual([await atStripe(sold), (await balanceOf(user)).available], [[200], 50]);
    const { body } = await refund(admin, sold, { amount: 200 }, key);
    assert.deepEqual([body.state, body.refunded, body.credits_taken], ["accepted", 200, 20]);
    assert.deepEqual(await atStripe(sold), [200]);
  } finally {
    await emulator("webhooks", { paused: false });
  }
  assert.equal((await balanceOf(user)).available, 30);
});

Deno.test("a refund that the bank does not take gives the credits back", async () => {
  const [user, admin] = [await newUser(), await newAdmin("modera")];
  const sold = await paidSale(user);
  await refund(admin, sold);
  assert.equal((await balanceOf(user)).available, 0);
  const [made] = (await stripe().refunds.list({ payment_intent: sold.intent })).data;
  await emulator(`refunds/${made!.id}/fail`);
  const { available } = await eventually(() => balanceOf(user), (b) => b.available > 0);
  assert.deepEqual([available, await invoiceState(sold)], [50, "paid"]);
  await mailAbout(user.email, `Refund for ${sold.number} did not arrive`);
});

Deno.test("what Stripe refuses is refused here, again with the same key", async () => {
  const [user, admin] = [await newUser(), await newAdmin("modera")];
  const sold = await paidSale(user);
  await emulator("webhooks", { paused: true });
  try {
    await stripe().refunds.create({ payment_intent: sold.intent });
    const key = freshKey();
    for (let attempt = 0; attempt < 2; attempt++) {
      const { status, body } = await refund<ProblemBody>(admin, sold, {}, key);
      assert.deepEqual([status, body.code, body["refusal"]], [
        409,
        "refund_refused",
        "charge_already_refunded",
      ]);
    }
    assert.equal(await invoiceState(sold), "paid");
  } finally {
    await emulator("webhooks", { paused: false });
  }
  await eventually(() => invoiceState(sold), (state) => state === "refunded");
});
