import assert from "node:assert/strict";
import { attempt } from "../../packages/jobs/fakes.ts";
import { carryOut } from "../../packages/payments/change_subscription.ts";
import { reconcileHandler } from "../../packages/payments/reconcile.ts";
import { stripeClient } from "../../packages/payments/stripe_client.ts";
import { readOrder } from "../../packages/payments/subscription.ts";
import { readSubscriptionHandler } from "../../packages/payments/subscription_jobs.ts";
import type { Session } from "../../packages/database/database.ts";
import { testPlatform } from "../harness/environment.ts";
import { eventually } from "../harness/eventually.ts";
import { callJson, newUser, service, type User } from "../harness/platform.ts";
import { freshKey, newAdmin, type ProblemBody } from "./people.ts";
import { ask, creditsOf, membershipOf, open, openOf, payPage, query, subscribe } from "./plans.ts";
import { deliver, emulator, inboxOf, stripeEvent } from "./stripe.ts";

const stripe = () => stripeClient({ secretKey: "sk_test", apiUrl: testPlatform().stripe_url! });

const state = async (user: User, wanted: string) => {
  await eventually(() => openOf(user), (subscription) => subscription?.state === wanted);
  return await membershipOf(user);
};

const credits = (user: User, wanted: number) =>
  eventually(() => creditsOf(user), (have) => have === wanted);

Deno.test("F-16: everybody sees the plans and their prices before they sign in", async () => {
  const { status, body } = await callJson<{ plans: { plan: string; prices: unknown[] }[] }>(
    "catalogue?product=dtf",
  );
  assert.equal(status, 200);
  assert.deepEqual(body.plans.map(({ plan, prices }) => [plan, prices.length]), [
    ["free", 0],
    ["basic", 1],
    ["starter", 1],
  ]);
});

Deno.test("F-08: a plan is subscribed to on Stripe's page and grants its credits, again with each renewal", async () => {
  const user = await newUser();
  assert.deepEqual(await membershipOf(user), { product: "dtf", plan: "free", subscription: null });
  const id = await subscribe(user, "basic");
  assert.equal((await membershipOf(user)).plan, "basic");
  await credits(user, 20);
  const before = (await membershipOf(user)).subscription!.current_period_end;
  await emulator(`subscriptions/${id}/renew`);
  await credits(user, 40);
  assert.ok((await membershipOf(user)).subscription!.current_period_end > before);
});

Deno.test("a page is opened once for a key, and pays once", async () => {
  const user = await newUser();
  const key = freshKey();
  const pages = await Promise.all([1, 2, 3].map(() => open(user, "basic", key)));
  assert.deepEqual(pages.map(({ status }) => status), [201, 201, 201]);
  assert.equal(new Set(pages.map(({ body }) => body.url)).size, 1);
  const other = await open<ProblemBody>(user, "starter", key);
  assert.deepEqual([other.status, other.body.code], [409, "idempotency_conflict"]);
});

Deno.test("a page that another took the place of cannot be paid", async () => {
  const user = await newUser();
  const [older, newer] = [await open(user, "basic"), await open(user, "starter")];
  assert.equal(await payPage(older.body.url!), false);
  assert.equal(await payPage(newer.body.url!), true);
  await state(user, "active");
  const again = await open<ProblemBody>(user, "basic");
  assert.deepEqual([again.status, again.body.code], [409, "already_subscribed"]);
});

Deno.test("an upgrade is paid and granted at once, for the difference; repeated, it is the same", async () => {
  const user = await newUser();
  await subscribe(user, "basic");
  const key = freshKey();
  for (let time = 0; time < 2; time++) {
    const { status, body } = await ask(user, "subscription-change", { plan: "starter" }, key);
    assert.deepEqual([status, body.subscription?.plan], [200, "starter"]);
  }
  await credits(user, 60);
  const invoices = await query((sql) =>
    sql`select amount::int, credits::int from billing.invoices where holder = ${user.id} order by created_at`
  );
  assert.deepEqual(invoices.map((row) => ({ ...row })), [
    { amount: 999, credits: 20 },
    { amount: 1500, credits: 40 },
  ]);
});

Deno.test("a card that does not pay for an upgrade changes nothing", async () => {
  const user = await newUser();
  const id = await subscribe(user, "basic");
  await emulator(`subscriptions/${id}/card`, { pays: false });
  const key = freshKey();
  for (let time = 0; time < 2; time++) {
    const refused = await ask<ProblemBody>(user, "subscription-change", { plan: "starter" }, key);
    assert.deepEqual([refused.status, refused.body.code], [402, "payment_declined"]);
    assert.equal(refused.body["refusal"], "insufficient_funds");
  }
  assert.equal((await membershipOf(user)).plan, "basic");
  assert.equal(await creditsOf(user), 20);
});

Deno.test("a downgrade waits for the period's end, can be withdrawn, and then happens", async () => {
  const user = await newUser();
  const id = await subscribe(user, "starter");
  const change = async (plan: string) =>
    (await ask(user, "subscription-change", { plan })).body.subscription;
  assert.equal((await change("basic"))?.next_plan, "basic");
  assert.equal((await change("starter"))?.next_plan, null);
  const waiting = await change("basic");
  assert.deepEqual([waiting?.plan, waiting?.next_plan], ["starter", "basic"]);
  await emulator(`subscriptions/${id}/renew`);
  await eventually(() => openOf(user), (subscription) => subscription?.plan === "basic");
  assert.equal((await membershipOf(user)).subscription?.next_plan, null);
  await credits(user, 80);
  const history = await query((sql) =>
    sql`select p.code from billing.subscription_periods h join billing.subscriptions s on s.id = h.subscription_id
      join billing.plans p on p.id = h.plan_id where s.holder = ${user.id} order by h.started_at, h.created_at`
  );
  assert.deepEqual(history.map(({ code }) => code), ["starter", "basic"]);
});

Deno.test("a subscription that was cancelled can be resumed until its period ends, and then is over", async () => {
  const user = await newUser();
  const id = await subscribe(user, "basic");
  const ends = async (path: "subscription-cancel" | "subscription-cancel/resume") =>
    (await ask(user, path)).body.subscription?.cancel_at_period_end;
  assert.equal(await ends("subscription-cancel"), true);
  assert.equal(await ends("subscription-cancel/resume"), false);
  assert.equal(await ends("subscription-cancel"), true);
  const change = await ask<ProblemBody>(user, "subscription-change", { plan: "starter" });
  assert.deepEqual([change.status, change.body.code], [409, "subscription_ending"]);
  await emulator(`subscriptions/${id}/renew`);
  await eventually(() => openOf(user), (subscription) => subscription === null);
  assert.deepEqual([(await membershipOf(user)).plan, await creditsOf(user)], ["free", 20]);
  const resumed = await ask<ProblemBody>(user, "subscription-cancel/resume");
  assert.deepEqual([resumed.status, resumed.body.code], [409, "subscription_required"]);
});

Deno.test("F-17: a period that is not paid is past due, then unpaid; paid late, it grants its credits", async () => {
  const user = await newUser();
  const id = await subscribe(user, "basic");
  await emulator(`subscriptions/${id}/card`, { pays: false });
  await emulator(`subscriptions/${id}/renew`);
  assert.equal((await state(user, "past_due")).plan, "basic");
  const change = await ask<ProblemBody>(user, "subscription-change", { plan: "starter" });
  assert.deepEqual([change.status, change.body.code], [409, "subscription_unpaid"]);
  await emulator(`subscriptions/${id}/retry`);
  assert.equal((await state(user, "unpaid")).plan, "free");
  assert.equal(await creditsOf(user), 20);
  await emulator(`subscriptions/${id}/card`, { pays: true });
  await emulator(`subscriptions/${id}/retry`);
  assert.equal((await state(user, "active")).plan, "basic");
  await credits(user, 40);
});

Deno.test("F-08: an old event changes nothing: what is true at Stripe is", async () => {
  const user = await newUser();
  const id = await subscribe(user, "basic");
  await ask(user, "subscription-cancel");
  const stale = stripeEvent("customer.subscription.updated", {
    id,
    object: "subscription",
    status: "unpaid",
    cancel_at_period_end: false,
  });
  for (let time = 0; time < 2; time++) assert.equal((await deliver(stale)).status, 200);
  assert.deepEqual(await inboxOf(stale.id), ["processed"]);
  const { subscription } = await membershipOf(user);
  assert.deepEqual([subscription?.state, subscription?.cancel_at_period_end], ["active", true]);
});

Deno.test("events of a customer who is not ours are taken and ignored, by name", async () => {
  for (
    const [type, object] of [
      ["customer.subscription.created", { id: "sub_of_another", object: "subscription" }],
      ["customer.subscription.deleted", { id: "sub_of_another", object: "subscription" }],
      ["invoice.paid", { id: "in_of_another", object: "invoice" }],
      ["invoice.payment_failed", { id: "in_of_another", object: "invoice" }],
      ["checkout.session.completed", {
        id: "cs",
        mode: "subscription",
        subscription: "sub_of_another",
      }],
    ] as const
  ) {
    const event = stripeEvent(type, object);
    const { status } = await deliver(event);
    assert.equal(status, 200, type);
    const rows = await query((sql) =>
      sql`select state, reason from events.inbox where event_id = ${event.id}`
    );
    assert.deepEqual(rows.map((row) => ({ ...row })), [{ state: "ignored", reason: "not_ours" }]);
  }
});

Deno.test("events of a subscription are for later while Stripe cannot be asked", async () => {
  await emulator("down", { down: true });
  try {
    const event = stripeEvent("customer.subscription.updated", { id: "sub_x" });
    assert.equal((await deliver(event)).status, 503);
    assert.deepEqual(await inboxOf(event.id), []);
  } finally {
    await emulator("down", { down: false });
  }
});

/** The service's calls, as a job makes them. */
const asService: Session = {
  marked: () => asService,
  async rpc(schema, name, args) {
    const { data, error } = await service().schema(schema).rpc(name, args);
    if (error) throw error;
    return data;
  },
};

Deno.test("reconciliation books the renewal whose events were lost", async () => {
  const user = await newUser();
  const id = await subscribe(user, "basic");
  await emulator("webhooks", { lost: true });
  try {
    await emulator(`subscriptions/${id}/renew`);
  } finally {
    await emulator("webhooks", { lost: false });
  }
  assert.equal(await creditsOf(user), 20);
  await attempt(reconcileHandler(stripe()), {}, { service: asService });
  assert.equal(await creditsOf(user), 40);
});

Deno.test("reading a subscription books what was paid and never told, once", async () => {
  const user = await newUser();
  const id = await subscribe(user, "basic");
  await emulator("webhooks", { lost: true });
  try {
    for (let month = 0; month < 2; month++) await emulator(`subscriptions/${id}/renew`);
  } finally {
    await emulator("webhooks", { lost: false });
  }
  for (let time = 0; time < 2; time++) {
    const job = { payload: { provider_subscription_id: id } };
    await attempt(readSubscriptionHandler(stripe()), job, { service: asService });
  }
  assert.equal(await creditsOf(user), 60);
});

Deno.test("an admin refunds a renewal, and its unspent credits go back", async () => {
  const [user, admin] = [await newUser(), await newAdmin("dtf")];
  await subscribe(user, "basic");
  const [invoice] = await query((sql) =>
    sql`select id from billing.invoices where holder = ${user.id}`
  );
  const { status } = await callJson("invoice-refund", {
    caller: admin,
    key: freshKey(),
    body: { invoice_id: invoice!["id"], reason: "By mistake." },
  });
  assert.equal(status, 200);
  await credits(user, 0);
});

Deno.test("whoever asks for erasure is not charged for another period", async () => {
  const user = await newUser();
  await subscribe(user, "basic");
  const { status } = await callJson("account-erasure", {
    caller: user,
    body: { confirm: "erase my account" },
  });
  assert.equal(status, 202);
  await eventually(
    () => openOf(user),
    (subscription) => subscription?.cancel_at_period_end === true,
  );
});

Deno.test("the portal is for those whom Stripe knows", async () => {
  const user = await newUser();
  const portal = <T>() => callJson<T>("billing-portal", { caller: user, body: { product: "dtf" } });
  const nobody = await portal<ProblemBody>();
  assert.deepEqual([nobody.status, nobody.body.code], [409, "customer_required"]);
  await subscribe(user, "basic");
  const { status, body } = await portal<{ url: string }>();
  assert.equal(status, 201);
  assert.match(body.url, /\/portal\/bps_/);
});

Deno.test("what cannot be asked is refused by name", async () => {
  const user = await newUser();
  const refusals = [
    await open<ProblemBody>(user, "gold"),
    await ask<ProblemBody>(user, "subscription-change", { plan: "starter" }),
    await ask<ProblemBody>(user, "subscription-cancel"),
    await callJson<ProblemBody>("subscribe", {
      caller: user,
      body: { product: "dtf", plan: "basic" },
    }),
    await callJson<ProblemBody>("subscribe", {
      caller: user,
      key: freshKey(),
      body: { product: "dtf", plan: "basic", currency: "EUR" },
    }),
  ].map(({ status, body: { code } }) => [status, code]);
  assert.deepEqual(refusals, [
    [404, "unknown_plan"],
    [409, "subscription_required"],
    [409, "subscription_required"],
    [400, "invalid_request"],
    [404, "unknown_plan"],
  ]);
});

/** Calls that end with whoever makes them when it comes to writing what Stripe answered. */
const dying: Session = {
  marked: () => dying,
  rpc: (schema, name, args) =>
    name === "apply_payment_event"
      ? Promise.reject(new Error("killed"))
      : asService.rpc(schema, name, args),
};

Deno.test("an upgrade that was killed after Stripe charged goes on with its key, and charges once", async () => {
  const user = await newUser();
  await subscribe(user, "basic");
  const key = freshKey();
  await emulator("webhooks", { lost: true });
  try {
    const { data } = await user.client.schema("api").rpc("order_subscription_change", {
      product: "dtf",
      plan: "starter",
      key,
    });
    await assert.rejects(carryOut({ stripe: stripe(), service: dying }, readOrder(data)), /killed/);
  } finally {
    await emulator("webhooks", { lost: false });
  }
  const { status } = await ask(user, "subscription-change", { plan: "starter" }, key);
  assert.equal(status, 200);
  assert.equal(await creditsOf(user), 60);
  const invoices = await query((sql) =>
    sql`select amount::int from billing.invoices where holder = ${user.id} order by created_at`
  );
  assert.deepEqual(invoices.map(({ amount }) => amount), [999, 1500]);
});
