import type { Events } from "./events.ts";
import { StripeForm } from "./form.ts";
import {
  newId,
  nowSeconds,
  type Payment,
  type SessionFacts,
  stripeError,
  type StripeObject,
} from "./objects.ts";
import type { Upstream } from "./upstream.ts";

const minutes = 60;
const day = 24 * 60 * minutes;

/** Checkout Sessions: the emulator's, with the members that real ones have. */
export class Sessions {
  readonly #facts = new Map<string, SessionFacts>();
  /** How far the clock of sessions is ahead, in seconds. */
  ahead = 0;

  constructor(
    readonly upstream: Upstream,
    readonly events: Events,
    readonly payments: Map<string, Payment>,
  ) {}

  /** Opens a session; `expires_at` is 30 minutes to 24 hours ahead, as Stripe wants it. */
  async create(request: Request, body: string): Promise<Response> {
    const form = new StripeForm(body);
    const now = nowSeconds() + this.ahead;
    const expires_at = form.integer("expires_at") ?? now + day;
    if (expires_at < now + 30 * minutes - 5 || expires_at > now + day + 5) {
      return stripeError(
        400,
        "The `expires_at` timestamp must be between 30 minutes and 24 hours from creation.",
        {
          param: "expires_at",
        },
      );
    }
    const total = await this.#total(form);
    if (!total) return await this.upstream.pass(request, body);
    const answer = await this.upstream.pass(request, body);
    if (!answer.ok) return answer;
    const session: StripeObject = await answer.json();
    this.#facts.set(session.id, {
      ...total,
      expires_at,
      client_reference_id: form.get("client_reference_id"),
      customer: form.get("customer"),
      customer_email: form.get("customer_email"),
      payment_intent: null,
      metadata: form.hash("metadata"),
    });
    return Response.json(this.#whole(session));
  }

  /** A session as it is now: one past its time has expired. */
  async get(id: string): Promise<StripeObject | null> {
    const session = await this.upstream.call("GET", `/v1/checkout/sessions/${id}`);
    if (!session) return null;
    const whole = this.#whole(session);
    const due = whole["status"] === "open" &&
      Number(whole["expires_at"]) <= nowSeconds() + this.ahead;
    return due ? await this.expire(id) : whole;
  }

  /** Expires an open session; null when it is not open. */
  async expire(id: string): Promise<StripeObject | null> {
    const session = await this.upstream.call("POST", `/v1/checkout/sessions/${id}/expire`);
    if (!session) return null;
    const whole = this.#whole(session);
    this.events.happened("checkout.session.expired", whole);
    return whole;
  }

  /**
   * Pays a session, as the buyer does on the page.
   * @param method `card` pays at once; `bank` only begins to
   * @param late also when it has expired, as money that was already under way can
   */
  async pay(
    id: string,
    { method = "card", late = false }: { method?: "card" | "bank"; late?: boolean } = {},
  ): Promise<StripeObject | null> {
    const session = await this.get(id);
    const facts = this.#facts.get(id);
    if (
      !session || !facts ||
      (session["status"] !== "open" && !(late && session["status"] === "expired"))
    ) return null;
    await this.upstream.call("POST", `/checkout/${id}/complete`);
    facts.customer ??= (await this.upstream.call("POST", "/v1/customers", {
      ...(facts.customer_email ? { email: facts.customer_email } : {}),
    }))?.id ?? null;
    facts.payment_intent = newId("pi");
    facts.status = "complete";
    facts.payment_status = method === "card" ? "paid" : "unpaid";
    if (method === "card") this.#charge(facts);
    const whole = this.#whole(session);
    this.events.happened("checkout.session.completed", whole);
    return whole;
  }

  /** The end of a payment by bank. */
  async settle(id: string, succeeded: boolean): Promise<StripeObject | null> {
    const facts = this.#facts.get(id);
    if (facts?.payment_status !== "unpaid") return null;
    if (succeeded) {
      facts.payment_status = "paid";
      this.#charge(facts);
    }
    const session = (await this.get(id))!;
    this.events.happened(
      `checkout.session.async_payment_${succeeded ? "succeeded" : "failed"}`,
      session,
    );
    return session;
  }

  #charge({ payment_intent, amount_total, currency, customer }: SessionFacts): void {
    if (payment_intent === null) return;
    const charge = newId("ch");
    this.payments.set(payment_intent, {
      charge,
      payment_intent,
      amount: amount_total,
      currency,
      customer,
      refunded: 0,
      refunds: [],
    });
  }

  /** What the line items come to; null when the emulator will refuse one of them anyway. */
  async #total(form: StripeForm): Promise<{ amount_total: number; currency: string } | null> {
    let amount_total = 0;
    let currency = "";
    for (let i = 0; form.get(`line_items[${i}][price]`) !== null; i++) {
      const price = await this.upstream.call(
        "GET",
        `/v1/prices/${form.get(`line_items[${i}][price]`)}`,
      );
      if (!price) return null;
      amount_total += Number(price["unit_amount"]) *
        (form.integer(`line_items[${i}][quantity]`) ?? 1);
      currency = String(price["currency"]);
    }
    return currency === "" ? null : { amount_total, currency };
  }

  #whole(session: StripeObject): StripeObject {
    const facts = this.#facts.get(session.id);
    if (!facts) return session;
    const { status = session["status"], payment_status = session["payment_status"], ...rest } =
      facts;
    const url = status === "open" ? session["url"] : null;
    return { ...session, ...rest, amount_subtotal: rest.amount_total, status, payment_status, url };
  }
}
