import type { Context, Hono } from "hono";
import { StripeForm } from "./form.ts";
import type { Invoices } from "./invoices.ts";
import { newId, stripeError } from "./objects.ts";
import type { Subscriptions } from "./subscriptions.ts";

/** Registers a POST of the API that honours idempotency keys. */
export type Post = (
  path: string,
  answer: (c: Context, body: string) => Response | Promise<Response>,
) => void;

const missing = (what: string) => stripeError(404, `No such ${what}`, { code: "resource_missing" });

/** The API of subscriptions, and what tests may have happen to one. */
export function subscriptionFront(
  app: Hono,
  post: Post,
  subscriptions: Subscriptions,
  invoices: Invoices,
): void {
  post(
    "/v1/subscriptions/:id",
    (c, body) => subscriptions.update(c.req.param("id")!, new StripeForm(body)),
  );
  app.get("/v1/subscriptions/:id", (c) => {
    const expand = c.req.url.includes("expand");
    const subscription = subscriptions.get(c.req.param("id"), expand);
    return subscription ? c.json(subscription) : missing("subscription");
  });
  app.delete("/v1/subscriptions/:id", (c) => subscriptions.cancel(c.req.param("id")));
  app.get("/v1/invoices", (c) => {
    const status = c.req.query("status") ?? null;
    return invoices.of(c.req.query("subscription") ?? "", status);
  });
  app.get("/v1/invoices/:id", (c) => {
    const invoice = invoices.get(c.req.param("id"));
    return invoice ? c.json(invoice) : missing("invoice");
  });
  post("/v1/subscription_schedules", (_c, body) => subscriptions.schedule(new StripeForm(body)));
  post(
    "/v1/subscription_schedules/:id",
    (c, body) => subscriptions.reschedule(c.req.param("id")!, new StripeForm(body)),
  );
  post(
    "/v1/subscription_schedules/:id/release",
    (c) => subscriptions.release(c.req.param("id")!),
  );
  app.get("/v1/subscription_schedules/:id", (c) => {
    const schedule = subscriptions.scheduleOf(c.req.param("id"));
    return schedule ? c.json(schedule) : missing("subscription_schedule");
  });
  post("/v1/billing_portal/sessions", (c, body) => {
    const customer = new StripeForm(body).get("customer");
    const id = newId("bps");
    const url = `${new URL(c.req.url).origin}/portal/${id}`;
    return Response.json({ id, object: "billing_portal.session", customer, url });
  });

  app.post("/_emulator/subscriptions/:id/card", async (c) => {
    const { pays } = await c.req.json<{ pays: boolean }>();
    return subscriptions.behave(c.req.param("id"), pays)
      ? c.json({ pays })
      : missing("subscription");
  });
  app.post("/_emulator/subscriptions/:id/status", async (c) => {
    const { status } = await c.req.json<{ status: string }>();
    return subscriptions.putInto(c.req.param("id"), status)
      ? c.json({ status })
      : missing("subscription");
  });
  app.post("/_emulator/subscriptions/:id/renew", async (c) => {
    const renewed = await subscriptions.renew(c.req.param("id"));
    return renewed ? c.json(renewed) : missing("subscription");
  });
  app.post("/_emulator/subscriptions/:id/cancel", (c) => subscriptions.cancel(c.req.param("id")));
  app.post("/_emulator/subscriptions/:id/retry", (c) => {
    const retried = subscriptions.retry(c.req.param("id"));
    return retried ? c.json(retried) : missing("subscription");
  });
}
