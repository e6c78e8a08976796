import type { Events } from "./events.ts";
import { StripeForm } from "./form.ts";
import type { Invoices, MonthlyPrice } from "./invoices.ts";
import { newId, nowSeconds, stripeError, type StripeObject } from "./objects.ts";
import type { Upstream } from "./upstream.ts";

/** One item of a subscription, as Stripe shows it. */
type Item = StripeObject & {
  price: StripeObject;
  current_period_start: number;
  current_period_end: number;
};

/** A phase of a schedule: which price from when on. */
interface Phase {
  start_date: number;
  end_date: number;
  items: { price: string; quantity: number }[];
}

/** Subscriptions with their pages and schedules, which the emulator does not have. */
export class Subscriptions {
  readonly #sessions = new Map<string, StripeObject>();
  readonly #all = new Map<string, StripeObject>();
  readonly #schedules = new Map<string, StripeObject>();
  /** Of which the card does not pay. */
  readonly #declining = new Set<string>();

  constructor(
    readonly upstream: Upstream,
    readonly events: Events,
    readonly invoices: Invoices,
  ) {}

  /** `POST /v1/checkout/sessions` in the mode `subscription`. @param origin where the page is */
  async openSession(form: StripeForm, origin: string): Promise<Response> {
    const price = await this.#price(form.get("line_items[0][price]"));
    if (!price) return stripeError(400, "No such price", { param: "line_items[0][price]" });
    const id = newId("cs_test");
    const session: StripeObject = {
      id,
      object: "checkout.session",
      mode: "subscription",
      status: "open",
      payment_status: "unpaid",
      amount_total: price.unit_amount,
      currency: price.currency,
      client_reference_id: form.get("client_reference_id"),
      customer: form.get("customer"),
      customer_email: form.get("customer_email"),
      metadata: form.hash("metadata"),
      subscription: null,
      invoice: null,
      expires_at: form.integer("expires_at"),
      success_url: form.get("success_url"),
      url: `${origin}/checkout/${id}`,
      price: price.id,
      subscription_metadata: form.hash("subscription_data[metadata]"),
    };
    this.#sessions.set(id, session);
    return Response.json(session);
  }

  session(id: string): StripeObject | undefined {
    return this.#sessions.get(id);
  }

  /** Expires an open session; null when it is not open. */
  expire(id: string): StripeObject | null {
    const session = this.#sessions.get(id);
    if (session?.["status"] !== "open") return null;
    Object.assign(session, { status: "expired", url: null });
    this.events.happened("checkout.session.expired", session);
    return session;
  }

  /** Pays a session, as a person does on the page; null when that is over. */
  async begin(id: string): Promise<StripeObject | null> {
    const session = this.#sessions.get(id);
    if (session?.["status"] !== "open") return null;
    const price = (await this.#price(String(session["price"])))!;
    const email = session["customer_email"];
    const customer = session["customer"] ??
      (await this.upstream.call("POST", "/v1/customers", email ? { email: String(email) } : {}))
        ?.id;
    const start = nowSeconds();
    const subscription = newSubscription(String(customer), session, price, start);
    this.#all.set(subscription.id, subscription);
    this.events.happened("customer.subscription.created", subscription);
    const invoice = this.#invoice(subscription, "subscription_create");
    this.invoices.pay(invoice);
    Object.assign(session, {
      status: "complete",
      payment_status: "paid",
      url: null,
      customer,
      subscription: subscription.id,
      invoice: invoice.id,
    });
    this.events.happened("checkout.session.completed", session);
    return session;
  }

  /** @param expand whether the schedule is shown in full */
  get(id: string, expand = false): StripeObject | null {
    const subscription = this.#all.get(id);
    if (!subscription) return null;
    const schedule = this.#schedules.get(String(subscription["schedule"]));
    return expand && schedule ? { ...subscription, schedule } : subscription;
  }

  /** `POST /v1/subscriptions/:id`: the end with the period, or another price. */
  async update(id: string, form: StripeForm): Promise<Response> {
    const subscription = this.#all.get(id);
    if (!subscription) return missing("subscription");
    const price = form.get("items[0][price]");
    const ends = form.get("cancel_at_period_end");
    if (isOver(subscription)) return stripeError(400, "A canceled subscription cannot be updated.");
    if (ends !== null) {
      if (subscription["schedule"]) {
        return stripeError(400, "The subscription is managed by a subscription schedule.");
      }
      subscription["cancel_at_period_end"] = ends === "true";
      subscription["canceled_at"] = ends === "true" ? nowSeconds() : null;
    }
    if (price !== null) {
      if (this.#declining.has(id)) {
        return Response.json({
          error: {
            type: "card_error",
            code: "card_declined",
            decline_code: "insufficient_funds",
            message: "No.",
          },
        }, { status: 402 });
      }
      const next = await this.#price(price);
      if (!next) return stripeError(400, "No such price", { param: "items[0][price]" });
      this.#prorate(subscription, next);
    }
    this.events.happened("customer.subscription.updated", subscription);
    return Response.json(subscription);
  }

  /** `DELETE /v1/subscriptions/:id`: the end, at once. */
  cancel(id: string): Response {
    const subscription = this.#all.get(id);
    if (!subscription || isOver(subscription)) return missing("subscription");
    this.#end(subscription);
    return Response.json(subscription);
  }

  /** `POST /v1/subscription_schedules`, from a subscription. */
  schedule(form: StripeForm): Response {
    const subscription = this.#all.get(form.get("from_subscription") ?? "");
    if (!subscription) return missing("subscription");
    if (subscription["schedule"]) {
      return stripeError(400, "You cannot migrate a subscription that is already attached.");
    }
    const item = itemOf(subscription);
    const { current_period_start: start_date, current_period_end: end_date } = item;
    const schedule: StripeObject = {
      id: newId("sub_sched"),
      object: "subscription_schedule",
      status: "active",
      subscription: subscription.id,
      released_subscription: null,
      end_behavior: "release",
      current_phase: { start_date, end_date },
      phases: [{ start_date, end_date, items: [{ price: item.price.id, quantity: 1 }] }],
    };
    this.#schedules.set(schedule.id, schedule);
    subscription["schedule"] = schedule.id;
    this.events.happened("customer.subscription.updated", subscription);
    return Response.json(schedule);
  }

  scheduleOf(id: string): StripeObject | undefined {
    return this.#schedules.get(id);
  }

  /** `POST /v1/subscription_schedules/:id`: the phases, each of which begins when the one before ends. */
  reschedule(id: string, form: StripeForm): Response {
    const schedule = this.#schedules.get(id);
    if (schedule?.["status"] !== "active") return missing("subscription_schedule");
    const phases: Phase[] = [];
    for (let i = 0; form.get(`phases[${i}][items][0][price]`) !== null; i++) {
      const start_date = form.integer(`phases[${i}][start_date]`) ?? phases[i - 1]!.end_date;
      const end_date = form.integer(`phases[${i}][end_date]`) ?? monthAfter(start_date);
      const price = form.get(`phases[${i}][items][0][price]`)!;
      phases.push({ start_date, end_date, items: [{ price, quantity: 1 }] });
    }
    schedule["phases"] = phases;
    this.events.happened("subscription_schedule.updated", schedule);
    return Response.json(schedule);
  }

  /** `POST /v1/subscription_schedules/:id/release`: the subscription goes on as it is. */
  release(id: string): Response {
    const schedule = this.#schedules.get(id);
    if (schedule?.["status"] !== "active") {
      return stripeError(400, "You cannot release a subscription schedule that is not active.");
    }
    const subscription = this.#all.get(String(schedule["subscription"]))!;
    this.#detach(subscription, schedule);
    this.events.happened("customer.subscription.updated", subscription);
    return Response.json(schedule);
  }

  /** Whether a subscription's card pays from now on. */
  behave(id: string, pays: boolean): boolean {
    if (pays) this.#declining.delete(id);
    else this.#declining.add(id);
    return this.#all.has(id);
  }

  /** Puts a subscription into a state of Stripe's that nothing here leads to, without telling of it. */
  putInto(id: string, status: string): boolean {
    const subscription = this.#all.get(id);
    if (subscription) subscription["status"] = status;
    return subscription !== undefined;
  }

  /** Time goes on to the end of the period, and what Stripe does then happens. */
  async renew(id: string): Promise<StripeObject | null> {
    const subscription = this.#all.get(id);
    if (!subscription || isOver(subscription)) return null;
    if (subscription["cancel_at_period_end"] === true) {
      this.#end(subscription);
      return subscription;
    }
    const item = itemOf(subscription);
    const schedule = this.#schedules.get(String(subscription["schedule"]));
    const next = (schedule?.["phases"] as Phase[] | undefined)?.[1];
    if (schedule && next) {
      item.price = priceObject((await this.#price(next.items[0]!.price))!);
      this.#detach(subscription, schedule);
    }
    const { current_period_end: end } = item;
    Object.assign(item, { current_period_start: end, current_period_end: monthAfter(end) });
    const invoice = this.#invoice(subscription, "subscription_cycle");
    if (this.#declining.has(id)) {
      subscription["status"] = "past_due";
      this.invoices.fail(invoice);
    } else {
      this.invoices.pay(invoice);
    }
    this.events.happened("customer.subscription.updated", subscription);
    return subscription;
  }

  /** The open invoice is tried again, or given up: then the subscription is unpaid. */
  retry(id: string): StripeObject | null {
    const subscription = this.#all.get(id);
    const invoice = this.invoices.openOf(id);
    if (!subscription || !invoice) return null;
    const declined = this.#declining.has(id);
    if (declined) this.invoices.fail(invoice);
    else this.invoices.pay(invoice);
    subscription["status"] = declined ? "unpaid" : "active";
    this.events.happened("customer.subscription.updated", subscription);
    return subscription;
  }

  /** Unused time is given back and the rest of the period asked for, on an invoice that is paid at once. */
  #prorate(subscription: StripeObject, next: MonthlyPrice): void {
    const item = itemOf(subscription);
    const { current_period_start: start, current_period_end: end } = item;
    const now = nowSeconds();
    const rest = (end - now) / (end - start);
    const before = monthly(item.price);
    item.price = priceObject(next);
    const line = (price: MonthlyPrice, sign: 1 | -1) => ({
      price,
      amount: sign * Math.round(price.unit_amount * rest),
      start: now,
      end,
      proration: true,
    });
    const lines = [line(before, -1), line(next, 1)];
    const invoice = this.invoices.make(subscription, "subscription_update", lines);
    subscription["latest_invoice"] = invoice.id;
    this.invoices.pay(invoice);
  }

  #invoice(subscription: StripeObject, reason: string): StripeObject {
    const { price, current_period_start: start, current_period_end: end } = itemOf(subscription);
    const whole = monthly(price);
    const line = { price: whole, amount: whole.unit_amount, start, end, proration: false };
    const invoice = this.invoices.make(subscription, reason, [line]);
    subscription["latest_invoice"] = invoice.id;
    return invoice;
  }

  #end(subscription: StripeObject): void {
    const now = nowSeconds();
    const canceled_at = subscription["canceled_at"] ?? now;
    Object.assign(subscription, { status: "canceled", ended_at: now, canceled_at });
    this.events.happened("customer.subscription.deleted", subscription);
  }

  #detach(subscription: StripeObject, schedule: StripeObject): void {
    Object.assign(schedule, {
      status: "released",
      subscription: null,
      released_subscription: subscription.id,
    });
    subscription["schedule"] = null;
  }

  async #price(id: string | null): Promise<MonthlyPrice | null> {
    const price = id ? await this.upstream.call("GET", `/v1/prices/${id}`) : null;
    return price && monthly(price);
  }
}

function newSubscription(
  customer: string,
  session: StripeObject,
  price: MonthlyPrice,
  start: number,
): StripeObject {
  return {
    id: newId("sub"),
    object: "subscription",
    customer,
    status: "active",
    metadata: session["subscription_metadata"],
    start_date: start,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    ended_at: null,
    schedule: null,
    latest_invoice: null,
    items: {
      object: "list",
      has_more: false,
      data: [{
        id: newId("si"),
        object: "subscription_item",
        quantity: 1,
        price: priceObject(price),
        current_period_start: start,
        current_period_end: monthAfter(start),
      }],
    },
  };
}

function itemOf(subscription: StripeObject): Item {
  return (subscription["items"] as { data: [Item] }).data[0];
}

function isOver(subscription: StripeObject): boolean {
  return subscription["status"] === "canceled";
}

function priceObject({ id, unit_amount, currency }: MonthlyPrice): StripeObject {
  return { id, object: "price", unit_amount, currency, recurring: { interval: "month" } };
}

function monthly(price: StripeObject): MonthlyPrice {
  const { id, unit_amount, currency } = price;
  return { id, unit_amount: Number(unit_amount), currency: String(currency) };
}

/** Seconds since the epoch, a month on; the last of a shorter month. */
function monthAfter(seconds: number): number {
  const moment = new Date(seconds * 1000);
  const day = moment.getUTCDate();
  moment.setUTCMonth(moment.getUTCMonth() + 1);
  if (moment.getUTCDate() !== day) moment.setUTCDate(0);
  return Math.floor(moment.getTime() / 1000);
}

function missing(what: string): Response {
  return stripeError(404, `No such ${what}`, { code: "resource_missing" });
}
