import assert from "node:assert/strict";
import Stripe from "stripe";
import { stripeClient } from "../../payments/stripe_client.ts";
import { type Emulators } from "../contracts.ts";
import { startEmulators } from "./mod.ts";

/** An endpoint that keeps the events it could verify, and the emulators that post to it. */
class Shop implements AsyncDisposable {
  readonly events: Stripe.Event[] = [];
  readonly stripe: Stripe;
  readonly #waiting: (() => void)[] = [];

  private constructor(
    readonly emulators: Emulators,
    readonly server: Deno.HttpServer,
    statuses: number[],
  ) {
    this.stripe = stripeClient({ secretKey: "sk_test_local", apiUrl: emulators.stripe_url });
    this.receive = async (request) => {
      const event = await this.stripe.webhooks.constructEventAsync(
        await request.text(),
        request.headers.get("stripe-signature") ?? "",
        emulators.stripe_webhook_secret,
      );
      this.events.push(event);
      for (const wake of this.#waiting.splice(0)) wake();
      return new Response(null, { status: statuses.shift() ?? 200 });
    };
  }

  receive: (request: Request) => Promise<Response>;

  static async open(statuses: number[] = []): Promise<Shop> {
    const holder: { shop?: Shop } = {};
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => holder.shop!.receive(request),
    );
    const webhookUrl = `http://127.0.0.1:${(server.addr as Deno.NetAddr).port}/`;
    return holder.shop = new Shop(
      await startEmulators({ webhookUrl, log: () => {} }),
      server,
      statuses,
    );
  }

  /** The nth event of a type, once it has come in. */
  async event(type: string, nth = 1): Promise<Stripe.Event> {
    for (;;) {
      const found = this.events.filter((event) => event.type === type)[nth - 1];
      if (found) return found;
      await new Promise<void>((wake) => this.#waiting.push(wake));
    }
  }

  async session(
    more: Partial<Stripe.Checkout.SessionCreateParams> = {},
  ): Promise<Stripe.Checkout.Session> {
    const product = await this.stripe.products.create({ name: "Pack" });
    const price = await this.stripe.prices.create({
      product: product.id,
      currency: "usd",
      unit_amount: 499,
    });
    return await this.stripe.checkout.sessions.create({
      mode: "payment",
      line_items: [{ price: price.id, quantity: 2 }],
      client_reference_id: "invoice-1",
      metadata: { invoice_id: "invoice-1" },
      success_url: "http://127.0.0.1/return",
      ...more,
    });
  }

  async post(path: string, body: unknown = {}): Promise<Record<string, unknown>> {
    const answer = await fetch(this.emulators.stripe_url + path, {
      method: "POST",
      body: JSON.stringify(body),
      redirect: "manual",
    });
    const text = await answer.text();
    return text.startsWith("{") ? JSON.parse(text) : { status: answer.status };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.emulators.stop();
    await this.server.shutdown();
  }
}

// The emulator's servers keep sockets of their own open for a moment after they are closed.
const leaky = { sanitizeOps: false, sanitizeResources: false };

Deno.test("a session has what real ones have, paid or not", leaky, async () => {
  await using shop = await Shop.open();
  const { id, amount_total, currency, client_reference_id, metadata, status, expires_at, url } =
    await shop.session();
  assert.deepEqual([amount_total, currency, client_reference_id, status], [
    998,
    "usd",
    "invoice-1",
    "open",
  ]);
  assert.equal(metadata?.["invoice_id"], "invoice-1");
  assert.ok(expires_at > Date.now() / 1000 + 3600);
  assert.ok(url?.startsWith(shop.emulators.stripe_url));
  await shop.post(new URL(url!).pathname + "/complete");
  const paid = (await shop.event("checkout.session.completed")).data
    .object as Stripe.Checkout.Session;
  assert.deepEqual([paid.id, paid.payment_status, paid.amount_total], [id, "paid", 998]);
  assert.match(String(paid.payment_intent), /^pi_/);
  assert.equal((await shop.stripe.checkout.sessions.retrieve(id)).status, "complete");
});

Deno.test(
  "a session ends between half an hour and a day from now, or is refused",
  leaky,
  async () => {
    await using shop = await Shop.open();
    const soon = Math.floor(Date.now() / 1000) + 60;
    await assert.rejects(shop.session({ expires_at: soon }), { param: "expires_at" });
    const session = await shop.session();
    await shop.stripe.checkout.sessions.expire(session.id);
    await shop.event("checkout.session.expired");
    await assert.rejects(shop.stripe.checkout.sessions.expire(session.id), {
      type: "StripeInvalidRequestError",
    });
  },
);

Deno.test(
  "an idempotency key gives the first answer again, and refuses other parameters",
  leaky,
  async () => {
    await using shop = await Shop.open();
    const key = { idempotencyKey: crypto.randomUUID() };
    const first = await shop.stripe.products.create({ name: "One" }, key);
    assert.equal((await shop.stripe.products.create({ name: "One" }, key)).id, first.id);
    await assert.rejects(shop.stripe.products.create({ name: "Two" }, key), {
      type: "StripeIdempotencyError",
    });
  },
);

Deno.test("an event that was not taken comes again under its id", leaky, async () => {
  await using shop = await Shop.open([500, 503]);
  const { url } = await shop.session();
  await shop.post(new URL(url!).pathname + "/complete");
  await shop.event("checkout.session.completed", 3);
  assert.equal(new Set(shop.events.map((event) => event.id)).size, 1);
});

Deno.test("a bank payment is completed unpaid and settles later", leaky, async () => {
  await using shop = await Shop.open();
  const { id, url } = await shop.session();
  await shop.post(new URL(url!).pathname + "/complete?method=bank");
  const completed = (await shop.event("checkout.session.completed")).data
    .object as Stripe.Checkout.Session;
  assert.equal(completed.payment_status, "unpaid");
  await shop.post(`/_emulator/sessions/${id}/settle`, { succeeded: true });
  const settled = (await shop.event("checkout.session.async_payment_succeeded")).data
    .object as Stripe.Checkout.Session;
  assert.equal(settled.payment_status, "paid");
});

Deno.test("refunds carry the running total; more than was paid is refused", leaky, async () => {
  await using shop = await Shop.open();
  const { id, url } = await shop.session();
  await shop.post(new URL(url!).pathname + "/complete");
  const { payment_intent } = await shop.stripe.checkout.sessions.retrieve(id);
  await shop.stripe.refunds.create({ payment_intent: String(payment_intent), amount: 100 });
  await shop.stripe.refunds.create({ payment_intent: String(payment_intent) });
  const told = [await shop.event("charge.refunded", 1), await shop.event("charge.refunded", 2)]
    .map(({ data }) => data.object as Stripe.Charge)
    .sort((one, other) => one.amount_refunded - other.amount_refunded);
  assert.deepEqual(told.map((charge) => [charge.amount_refunded, charge.refunded]), [
    [100, false],
    [998, true],
  ]);
  await assert.rejects(shop.stripe.refunds.create({ payment_intent: String(payment_intent) }), {
    code: "charge_already_refunded",
  });
});

Deno.test("a dispute opens and closes", leaky, async () => {
  await using shop = await Shop.open();
  const { id, url } = await shop.session();
  await shop.post(new URL(url!).pathname + "/complete");
  const { payment_intent } = await shop.stripe.checkout.sessions.retrieve(id);
  const dispute = await shop.post("/_emulator/disputes", { payment_intent });
  await shop.post(`/_emulator/disputes/${dispute["id"]}/close`, { won: true });
  const closed = (await shop.event("charge.dispute.closed")).data.object as Stripe.Dispute;
  assert.equal(closed.status, "won");
});

Deno.test("events are listed newest first, by type and page", leaky, async () => {
  await using shop = await Shop.open();
  for (let i = 0; i < 3; i++) {
    const session = await shop.session();
    await shop.stripe.checkout.sessions.expire(session.id);
  }
  const listed = await shop.stripe.events.list({ types: ["checkout.session.expired"], limit: 2 });
  assert.deepEqual([listed.data.length, listed.has_more], [2, true]);
  const rest = await shop.stripe.events.list({
    types: ["checkout.session.expired"],
    limit: 2,
    starting_after: listed.data[1]!.id,
  });
  assert.deepEqual([rest.data.length, rest.has_more], [1, false]);
});

Deno.test("prices are found by their lookup keys", leaky, async () => {
  await using shop = await Shop.open();
  const product = await shop.stripe.products.create({ name: "Pack" });
  const { id } = await shop.stripe.prices.create({
    product: product.id,
    currency: "usd",
    unit_amount: 5,
    lookup_key: "k",
  });
  assert.deepEqual(
    (await shop.stripe.prices.list({ lookup_keys: ["k"] })).data.map((price) => price.id),
    [id],
  );
});

Deno.test("mail that was sent can be read back", leaky, async () => {
  await using shop = await Shop.open();
  const headers = { authorization: "Bearer re_test", "content-type": "application/json" };
  const mail = {
    from: "shop@example.com",
    to: ["buyer@example.com"],
    subject: "Receipt",
    html: "<p>Thanks</p>",
  };
  const sent = await fetch(`${shop.emulators.mail_url}/emails`, {
    method: "POST",
    headers,
    body: JSON.stringify(mail),
  });
  const { id } = await sent.json();
  const read = await (await fetch(`${shop.emulators.mail_url}/emails/${id}`, { headers })).json();
  assert.equal(read.subject, "Receipt");
});

Deno.test("more is asked of Stripe than the emulator takes of one key in an hour", async () => {
  await using shop = await Shop.open();
  const product = await shop.stripe.products.create({ name: "Credits" });
  const statuses = new Set<number>();
  for (let asked = 0; asked < 5200; asked += 50) {
    await Promise.all(Array.from({ length: 50 }, async () => {
      const answer = await fetch(`${shop.emulators.stripe_url}/v1/products/${product.id}`);
      statuses.add(answer.status);
      await answer.body?.cancel();
    }));
  }
  assert.deepEqual([...statuses], [200]);
});

Deno.test("a plan is subscribed to, renewed, changed and ended", leaky, async () => {
  await using shop = await Shop.open();
  const product = await shop.stripe.products.create({ name: "Plan" });
  const [basic, starter] = await Promise.all(
    [999, 2499].map((unit_amount) =>
      shop.stripe.prices.create({
        product: product.id,
        currency: "usd",
        unit_amount,
        recurring: { interval: "month" },
      })
    ),
  );
  const { id, url } = await shop.stripe.checkout.sessions.create({
    mode: "subscription",
    line_items: [{ price: basic!.id, quantity: 1 }],
    subscription_data: { metadata: { order_id: "order-1" } },
    success_url: "http://127.0.0.1/return",
  });
  await shop.post(new URL(url!).pathname + "/complete");
  const subscription = String((await shop.stripe.checkout.sessions.retrieve(id)).subscription);
  const { metadata } = await shop.stripe.subscriptions.retrieve(subscription);
  assert.equal(metadata["order_id"], "order-1");

  const upgraded = await shop.stripe.subscriptions.update(subscription, {
    items: [{ id: "si", price: starter!.id }],
    proration_behavior: "always_invoice",
  });
  const difference = await shop.stripe.invoices.retrieve(String(upgraded.latest_invoice));
  assert.deepEqual([difference.status, difference.amount_paid], ["paid", 1500]);

  const { id: schedule } = await shop.stripe.subscriptionSchedules.create({
    from_subscription: subscription,
  });
  const { current_period_end: end_date } = upgraded.items.data[0]!;
  await shop.stripe.subscriptionSchedules.update(schedule, {
    phases: [
      { items: [{ price: starter!.id }], start_date: upgraded.start_date, end_date },
      { items: [{ price: basic!.id }] },
    ],
  });
  await shop.post(`/_emulator/subscriptions/${subscription}/renew`);
  const renewed = await shop.stripe.subscriptions.retrieve(subscription);
  assert.deepEqual([renewed.items.data[0]?.price.id, renewed.schedule], [basic!.id, null]);

  await shop.post(`/_emulator/subscriptions/${subscription}/card`, { pays: false });
  await shop.post(`/_emulator/subscriptions/${subscription}/renew`);
  await shop.event("invoice.payment_failed");
  assert.equal((await shop.stripe.subscriptions.retrieve(subscription)).status, "past_due");
  await shop.post(`/_emulator/subscriptions/${subscription}/retry`);
  assert.equal((await shop.stripe.subscriptions.retrieve(subscription)).status, "unpaid");
  await shop.stripe.subscriptions.cancel(subscription);
  await shop.event("customer.subscription.deleted");
});
