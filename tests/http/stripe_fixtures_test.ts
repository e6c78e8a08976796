/**
 * Events that the emulated Stripe does not make, in `stripe_events/`: every member that the API of the SDK's version has
 * (https://docs.stripe.com/api/events), with ids of our own. They are signed by the SDK and delivered as they are.
 */
import assert from "node:assert/strict";
import Stripe from "stripe";
import {
  invoiceFacts,
  paymentIntentOf,
  subscriptionFacts,
  subscriptionOf,
} from "../../packages/payments/subscription_effect.ts";
import { subscriptionNews } from "../../packages/payments/subscription_news.ts";
import { newUser } from "../harness/platform.ts";
import { eventually } from "../harness/eventually.ts";
import { creditsOf, membershipOf, openOf, query, subscribe } from "./plans.ts";
import { deliver, emulator, inboxOf } from "./stripe.ts";

const folder = new URL("stripe_events/", import.meta.url);
const [subscription, invoice] = ["sub_1TkFixtureSubscription", "in_1TkFixtureInvoice"];

/** A fixture with an id of its own, about another subscription when one is given. */
async function fixture(type: string, about = subscription): Promise<Stripe.Event> {
  const text = await Deno.readTextFile(new URL(`${type}.json`, folder));
  const event = JSON.parse(text.replaceAll(subscription, about));
  return { ...event, id: `evt_${crypto.randomUUID()}` };
}

const signed = (event: Stripe.Event) => deliver(event as unknown as Record<string, unknown>);

const outcome = (event: Stripe.Event) =>
  query(async (sql) => {
    const rows = await sql`select state, reason from events.inbox where event_id = ${event.id}`;
    return rows.map(({ state, reason }) => [state, reason]);
  });

Deno.test("every fixture is of the version of Stripe's API that the SDK speaks", async () => {
  let count = 0;
  for await (const { name } of Deno.readDir(folder)) {
    const event = await fixture(name.replace(".json", ""));
    assert.equal(event.api_version, Stripe.API_VERSION, name);
    assert.equal(`${event.type}.json`, name);
    count++;
  }
  assert.ok(count >= 8);
});

Deno.test("what a fixture is about is read out of it", async () => {
  for (
    const [type, news] of [
      ["customer.subscription.paused", [subscription, null, false]],
      ["customer.subscription.resumed", [subscription, null, false]],
      ["customer.subscription.deleted", [subscription, null, false]],
      ["subscription_schedule.canceled", [subscription, null, false]],
      ["invoice.paid", [null, invoice, false]],
      ["invoice.payment_failed", [null, invoice, true]],
      ["invoice.payment_action_required", null],
      ["customer.subscription.trial_will_end", null],
    ] as const
  ) {
    const read = subscriptionNews(await fixture(type));
    const found = read && [read.subscriptionId, read.invoiceId, read.failed];
    assert.deepEqual(found, news, type);
  }
  const paused = (await fixture("customer.subscription.paused")).data.object;
  const facts = subscriptionFacts(paused as Stripe.Subscription);
  assert.deepEqual(
    [facts.state, facts.provider_price_id, facts.current_period_end, facts.order_id],
    ["paused", "price_1TkFixturePrice", "2027-02-01T00:00:00.000Z", null],
  );
  const bill = (await fixture("invoice.payment_failed")).data.object as Stripe.Invoice;
  const { paid, amount, failed_attempt, lines } = invoiceFacts(bill, true);
  assert.deepEqual([paid, amount, failed_attempt, lines.length], [false, 999, 2, 1]);
  assert.deepEqual([subscriptionOf(bill), paymentIntentOf(bill)], [subscription, null]);
});

Deno.test("events of another's customer are taken, and change nothing", async () => {
  for await (const { name } of Deno.readDir(folder)) {
    const event = await fixture(name.replace(".json", ""));
    for (let time = 0; time < 2; time++) assert.equal((await signed(event)).status, 200, name);
    const found = await outcome(event);
    assert.ok(found.length <= 1, name);
    assert.ok(found.every(([state]) => state === "ignored"), `${name}: ${found}`);
  }
  const rows = await query((sql) =>
    sql`select from billing.subscriptions where provider_subscription_id = ${subscription}`
  );
  assert.equal(rows.length, 0);
});

Deno.test("F-17: a subscription that Stripe paused gives no plan until it is resumed", async () => {
  const user = await newUser();
  const id = await subscribe(user, "basic");
  for (
    const [type, status, plan] of [
      ["customer.subscription.paused", "paused", "free"],
      ["customer.subscription.resumed", "active", "basic"],
    ] as const
  ) {
    await emulator(`subscriptions/${id}/status`, { status });
    const event = await fixture(type, id);
    assert.equal((await signed(event)).status, 200);
    assert.deepEqual(await inboxOf(event.id), ["processed"]);
    await eventually(() => openOf(user), (now) => now?.state === status);
    assert.equal((await membershipOf(user)).plan, plan);
  }
  assert.equal(await creditsOf(user), 20);
});

Deno.test("a schedule that was cancelled at Stripe is read, and leaves the subscription as it is there", async () => {
  const user = await newUser();
  const id = await subscribe(user, "basic");
  const event = await fixture("subscription_schedule.canceled", id);
  assert.equal((await signed(event)).status, 200);
  assert.deepEqual(await inboxOf(event.id), ["processed"]);
  const { plan, subscription } = await membershipOf(user);
  assert.deepEqual([plan, subscription?.next_plan], ["basic", null]);
});
