import assert from "node:assert/strict";
import type { Session } from "../../packages/database/database.ts";
import { attempt } from "../../packages/jobs/fakes.ts";
import { stripeClient } from "../../packages/payments/stripe_client.ts";
import { topUpHandler } from "../../packages/payments/top_up.ts";
import { eventually } from "../harness/eventually.ts";
import { testPlatform } from "../harness/environment.ts";
import { callJson, newUser, platformDatabase, service, type User } from "../harness/platform.ts";
import { mailAbout, mailTo } from "./mailbox.ts";
import { balanceOf, freshKey, type ProblemBody, userWithCredits } from "./people.ts";
import { emulator } from "./stripe.ts";
import {
  agree,
  cardsOf,
  paymentsAtStripe,
  saveCard,
  type Setting,
  settingOf,
  spend,
  terms,
  toppedUp,
} from "./top_ups.ts";

const available = async (user: User) => (await balanceOf(user)).available;

const settled = (user: User) =>
  eventually(() => settingOf(user), ({ attempt }) => attempt !== null && attempt.state !== "open");

const declined = "Your automatic top-up did not go through";

Deno.test("low credits buy the agreed pack by the saved card, once, with a receipt and no warning", async () => {
  const user = await toppedUp(12);
  await spend(user, 5);
  assert.equal((await settled(user)).attempt?.state, "succeeded");
  await eventually(() => available(user), (credits) => credits === 57);
  assert.equal((await settingOf(user)).spent, 499);
  await eventually(() => mailTo(user.email), (mails) => mails.length > 0);
  const subjects = (await mailTo(user.email)).map(({ subject }) => subject);
  assert.match(subjects.join(), /^Receipt INV-\d+-\d+$/);
  assert.equal((await paymentsAtStripe(user)).length, 1);
});

Deno.test("a card that is declined is told, charges nothing, and pauses", async () => {
  const user = await toppedUp(12);
  await cardsOf(user, "declines");
  await spend(user, 5);
  const { attempt, declines, enabled } = await settled(user);
  assert.deepEqual([attempt?.failure, declines, enabled], ["insufficient_funds", 1, true]);
  const { text } = await mailAbout(user.email, declined);
  assert.match(text, /declined \$4\.99/);
  assert.equal(await available(user), 7);
});

Deno.test("a bank that wants the person themselves is told to the person", async () => {
  const user = await toppedUp(12);
  await cardsOf(user, "asks");
  await spend(user, 5);
  assert.equal((await settled(user)).attempt?.failure, "authentication_required");
  assert.match((await mailAbout(user.email, declined)).text, /confirm \$4\.99/);
});

Deno.test("a payment that takes its time is settled by Stripe's event", async () => {
  for (const succeeded of [true, false]) {
    const user = await toppedUp(12);
    await cardsOf(user, "processes");
    await spend(user, 5);
    const sql = platformDatabase();
    const [row] = await eventually(
      () =>
        sql`
        select e.effect ->> 'payment_intent_id' as intent from events.inbox e
        join billing.top_up_attempts t on t.invoice_id::text = e.effect ->> 'invoice_id'
        where t.holder = ${user.id}`,
      (rows) => rows.length > 0,
    );
    await sql.end();
    await emulator(`payment_intents/${row?.["intent"]}/settle`, { succeeded });
    assert.equal((await settled(user)).attempt?.state, succeeded ? "succeeded" : "failed");
    await eventually(() => available(user), (credits) => credits === (succeeded ? 57 : 7));
  }
});

Deno.test("a worker killed after Stripe charged and before we wrote: the next charges nothing more", async () => {
  const user = await toppedUp(12);
  await emulator("down", { down: true });
  try {
    await spend(user, 5);
    await eventually(() => settingOf(user), ({ attempt }) => attempt?.state === "open");
  } finally {
    await emulator("webhooks", { paused: true });
    await emulator("down", { down: false });
  }
  const sql = platformDatabase();
  const [job] = await sql`
    select q.payload from jobs.queue q join events.outbox o on o.id = (q.payload ->> 'fact_id')::bigint
    where q.kind = 'billing.top-up' and o.payload ->> 'holder' = ${user.id}`;
  try {
    const stripe = stripeClient({ secretKey: "sk_test", apiUrl: testPlatform().stripe_url! });
    const killed = { payload: job?.["payload"] };
    await assert.rejects(attempt(topUpHandler(stripe), killed, { service: dying }), /killed/);
    assert.equal((await paymentsAtStripe(user)).length, 1);
    await sql`
      select jobs.enqueue('billing.top-up', ${job?.["payload"]}, ${freshKey()})`;
    await eventually(() => available(user), (credits) => credits === 57);
    assert.equal((await paymentsAtStripe(user)).length, 1);
  } finally {
    await emulator("webhooks", { paused: false });
    await sql.end();
  }
  assert.equal((await settled(user)).attempt?.state, "succeeded");
  assert.equal(await available(user), 57);
});

/** The service's calls of a worker that dies before it writes what Stripe answered. */
const dying: Session = {
  marked: () => dying,
  async rpc(schema, name, args) {
    if (name === "apply_payment_event") throw new Error("killed");
    const { data, error } = await service().schema(schema).rpc(name, args);
    if (error) throw error;
    return data;
  },
};

Deno.test("people see and end their own top-up, and nobody else's", async () => {
  const [user, other] = [await toppedUp(50), await newUser()];
  assert.deepEqual((await settingOf(other)).enabled, false);
  const ended = await agree(user, { product: "modera", enabled: false });
  assert.deepEqual([ended.status, ended.body.enabled], [200, false]);
  await spend(user, 45);
  await mailAbout(user.email, "You have 5 credits left");
  assert.equal((await settingOf(user)).attempt, null);
});

Deno.test("a saved card can be forgotten, which ends top-ups and tells Stripe", async () => {
  const user = await toppedUp(50);
  const path = "auto-top-up/payment-method?product=modera";
  for (let time = 0; time < 2; time++) {
    const { status, body } = await callJson<Setting>(path, { method: "DELETE", caller: user });
    assert.deepEqual([status, body.enabled, body.payment_method_saved_at], [200, false, null]);
    assert.equal(body.switched_off, "payment_method_removed");
  }
});

Deno.test("what cannot be agreed to is refused by name, and nothing is written", async () => {
  const [cardless, user] = [await newUser(), await userWithCredits(50)];
  const refusal = async (who: User, change: Record<string, unknown>) => {
    const { status, body } = await agree<ProblemBody>(who, { ...terms, ...change });
    return [status, body.code];
  };
  assert.deepEqual(await refusal(cardless, {}), [409, "payment_method_required"]);
  await saveCard(user);
  assert.deepEqual(await refusal(user, { offer: "gold" }), [404, "unknown_offer"]);
  assert.deepEqual(await refusal(user, { cap: 498 }), [422, "invalid_amount"]);
  for (
    const wrong of [
      { threshold: 0 },
      { threshold: "10" },
      { cap: -1 },
      { currency: "usd" },
      { enabled: "yes" },
      { amount: 1 },
    ]
  ) assert.deepEqual(await refusal(user, wrong), [422, "invalid_request"]);
  assert.equal((await settingOf(user)).enabled, false);
});

Deno.test("Stripe down: no page to save a card on, and the same key opens it later", async () => {
  const user = await newUser();
  const key = freshKey();
  const open = () =>
    callJson<ProblemBody>("auto-top-up/payment-method", {
      caller: user,
      key,
      body: { product: "modera", currency: "USD" },
    });
  await emulator("down", { down: true });
  try {
    const { status, body } = await open();
    assert.deepEqual([status, body.code], [503, "provider_unavailable"]);
  } finally {
    await emulator("down", { down: false });
  }
  assert.equal((await open()).status, 201);
});
