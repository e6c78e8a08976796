import { setTimeout } from "node:timers/promises";
import { type Context, Hono } from "hono";
import { type CardBehaviour, Cards } from "./cards.ts";
import type { Events } from "./events.ts";
import { StripeForm } from "./form.ts";
import { Idempotency } from "./idempotency.ts";
import { Invoices } from "./invoices.ts";
import { type Payment, stripeError, stripeList } from "./objects.ts";
import { Prices } from "./prices.ts";
import { Returns } from "./returns.ts";
import { Sessions } from "./sessions.ts";
import { subscriptionFront } from "./subscription_front.ts";
import { Subscriptions } from "./subscriptions.ts";
import type { Upstream } from "./upstream.ts";

const missing = (what: string) => stripeError(404, `No such ${what}`, { code: "resource_missing" });

/**
 * What clients of the emulated Stripe speak to: the emulator, with the members of real sessions, lookup keys, refunds,
 * disputes, idempotency, the list of events and signed webhooks added. `/_emulator/…` is for tests.
 */
export function stripeFront(upstream: Upstream, events: Events): Hono {
  const payments = new Map<string, Payment>();
  const sessions = new Sessions(upstream, events, payments);
  const returns = new Returns(payments, events);
  const cards = new Cards(payments, events);
  const invoices = new Invoices(payments, events);
  const subscriptions = new Subscriptions(upstream, events, invoices);
  const prices = new Prices(upstream);
  const idempotency = new Idempotency();
  const app = new Hono();
  let down = false;
  let slowMs = 0;

  /** A POST of the API: its body is read once, and its idempotency key is honoured. */
  const post = (path: string, answer: (c: Context, body: string) => Response | Promise<Response>) =>
    app.post(path, async (c) => {
      const body = await c.req.text();
      const key = c.req.header("idempotency-key") ?? null;
      return await idempotency.once(
        key,
        `${c.req.path}\n${body}`,
        async () => await answer(c, body),
      );
    });

  app.use(
    "/v1/*",
    async (c, next) =>
      down
        ? stripeError(503, "Stripe is down", { type: "api_error" })
        : await pause(slowMs, c.req.raw).then(next),
  );
  post("/v1/checkout/sessions", (c, body) => {
    const form = new StripeForm(body);
    const { origin } = new URL(c.req.url);
    if (form.get("mode") === "setup") return cards.openSetup(form, origin);
    if (form.get("mode") === "subscription") return subscriptions.openSession(form, origin);
    return sessions.create(c.req.raw, body);
  });
  post("/v1/payment_intents", (_c, body) => cards.charge(new StripeForm(body)));
  post("/v1/payment_methods/:id/detach", (c) => cards.detach(c.req.param("id")!));
  app.get("/v1/checkout/sessions/:id", async (c) => {
    const id = c.req.param("id");
    const session = cards.setup(id) ?? subscriptions.session(id) ?? await sessions.get(id);
    return session ? c.json(session) : missing("checkout.session");
  });
  post("/v1/checkout/sessions/:id/expire", async (c) => {
    const id = c.req.param("id")!;
    const known = subscriptions.session(id);
    if (!known && !await sessions.get(id)) return missing("checkout.session");
    const session = known ? subscriptions.expire(id) : await sessions.expire(id);
    return session
      ? c.json(session)
      : stripeError(400, "Only Checkout Sessions with a status of `open` can be expired.");
  });
  post("/v1/refunds", (_c, body) => returns.refund(body));
  app.get("/v1/refunds", (c) => returns.refundsOf(c.req.query("payment_intent") ?? ""));
  post("/v1/prices", (c, body) => prices.create(c.req.raw, body));
  app.get("/v1/prices", (c) => {
    const keys = new StripeForm(new URL(c.req.url).search).array("lookup_keys");
    return keys.length > 0 ? prices.find(keys) : upstream.pass(c.req.raw, "");
  });
  subscriptionFront(app, post, subscriptions, invoices);
  app.get("/v1/events", (c) => listEvents(c, events));
  post("/v1/*", (c, body) => upstream.pass(c.req.raw, body));

  app.get("/checkout/:id", async (c) => {
    await sessions.get(c.req.param("id"));
    return await upstream.pass(c.req.raw, "");
  });
  app.post("/checkout/:id/complete", async (c) => {
    const method = c.req.query("method") === "bank" ? "bank" : "card";
    const id = c.req.param("id");
    const paid = cards.setup(id)
      ? cards.save(id)
      : subscriptions.session(id)
      ? await subscriptions.begin(id)
      : await sessions.pay(id, { method });
    return paid
      ? c.redirect(String(paid["success_url"] ?? `/checkout/${paid.id}`), 303)
      : c.text("This page can no longer be paid.", 409);
  });

  app.post("/_emulator/sessions/:id/pay-late", async (c) => {
    const paid = await sessions.pay(c.req.param("id"), { late: true });
    return paid ? c.json(paid) : missing("checkout.session");
  });
  app.post("/_emulator/sessions/:id/settle", async (c) => {
    const settled = await sessions.settle(
      c.req.param("id"),
      (await c.req.json())["succeeded"] === true,
    );
    return settled ? c.json(settled) : missing("checkout.session");
  });
  app.post("/_emulator/customers/:id/cards", async (c) => {
    const { behaviour } = await c.req.json<{ behaviour: CardBehaviour }>();
    return cards.behave(c.req.param("id"), behaviour) ? c.json({ behaviour }) : missing("customer");
  });
  app.post("/_emulator/payment_intents/:id/settle", async (c) => {
    const intent = cards.settle(c.req.param("id"), (await c.req.json())["succeeded"] === true);
    return intent ? c.json(intent) : missing("payment_intent");
  });
  app.post("/_emulator/refunds/:id/fail", (c) => {
    const refund = returns.failRefund(c.req.param("id"));
    return refund ? c.json(refund) : missing("refund");
  });
  app.post("/_emulator/disputes", async (c) => {
    const dispute = returns.dispute((await c.req.json())["payment_intent"]);
    return dispute ? c.json(dispute) : missing("payment_intent");
  });
  app.post("/_emulator/disputes/:id/close", async (c) => {
    const dispute = returns.closeDispute(
      c.req.param("id"),
      (await c.req.json())["won"] === true ? "won" : "lost",
    );
    return dispute ? c.json(dispute) : missing("dispute");
  });
  app.post("/_emulator/webhooks", async (c) => {
    Object.assign(events.controls, await c.req.json());
    events.flush();
    return c.json({ ...events.controls, events_lost: events.lost });
  });
  app.post("/_emulator/clock", async (c) => {
    sessions.ahead += Number((await c.req.json())["advance_seconds"] ?? 0);
    return c.json({ ahead_seconds: sessions.ahead });
  });
  app.post("/_emulator/events/:id/resend", async (c) => {
    const event = events.all.find(({ id }) => id === c.req.param("id"));
    return event ? c.json({ delivered: await events.deliver(event) }) : missing("event");
  });
  app.post(
    "/_emulator/down",
    async (c) => {
      const wanted = await c.req.json();
      slowMs = Number(wanted["slow_ms"] ?? 0);
      return c.json({ down: down = wanted["down"] === true });
    },
  );
  app.all("*", async (c) => await upstream.pass(c.req.raw, await c.req.text()));
  return app;
}

/** `GET /v1/events`, newest first, by type and time, page by page. */
function listEvents(c: Context, events: Events): Response {
  const query = new StripeForm(new URL(c.req.url).search.slice(1));
  const types = [...query.array("types"), ...(query.get("type") ? [query.get("type")!] : [])];
  const since = query.integer("created[gte]") ?? query.integer("created[gt]") ?? 0;
  const limit = query.integer("limit") ?? 10;
  let found = events.all.filter((event) =>
    Number(event["created"]) >= since &&
    (types.length === 0 || types.includes(String(event["type"])))
  ).toReversed();
  const after = query.get("starting_after");
  if (after) found = found.slice(found.findIndex(({ id }) => id === after) + 1);
  const before = query.get("ending_before");
  if (before) {
    const newer = found.slice(0, Math.max(0, found.findIndex(({ id }) => id === before)));
    return stripeList("/v1/events", newer.slice(-limit), newer.length > limit);
  }
  return stripeList("/v1/events", found.slice(0, limit), found.length > limit);
}

/** Waits, but not for a caller who has left. */
async function pause(ms: number, request: Request): Promise<void> {
  if (ms > 0) await setTimeout(ms, undefined, { signal: request.signal }).catch(() => undefined);
}
