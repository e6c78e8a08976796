import type { Events } from "./events.ts";
import { StripeForm } from "./form.ts";
import { newId, nowSeconds, type Payment, stripeError, type StripeObject } from "./objects.ts";

/** What a saved card does when it is charged while its owner is away. */
export type CardBehaviour = "pays" | "declines" | "asks" | "processes";

interface SavedCard {
  customer: string;
  behaviour: CardBehaviour;
}

/** Cards that are saved on a page and charged later, which the emulator does not have. */
export class Cards {
  readonly #setups = new Map<string, StripeObject>();
  readonly #cards = new Map<string, SavedCard>();
  readonly #intents = new Map<string, StripeObject>();

  constructor(readonly payments: Map<string, Payment>, readonly events: Events) {}

  /** `POST /v1/checkout/sessions` in the mode `setup`. @param origin where the page is */
  openSetup(form: StripeForm, origin: string): Response {
    if (!form.get("currency")) {
      return stripeError(400, "Missing required param: currency.", { param: "currency" });
    }
    const id = newId("cs_test");
    const session: StripeObject = {
      id,
      object: "checkout.session",
      mode: "setup",
      status: "open",
      payment_status: "no_payment_required",
      amount_total: null,
      currency: form.get("currency"),
      client_reference_id: form.get("client_reference_id"),
      customer: form.get("customer"),
      metadata: form.hash("metadata"),
      setup_intent: newId("seti"),
      setup_metadata: form.hash("setup_intent_data[metadata]"),
      success_url: form.get("success_url"),
      url: `${origin}/checkout/${id}`,
    };
    this.#setups.set(id, session);
    return Response.json(session);
  }

  setup(id: string): StripeObject | undefined {
    return this.#setups.get(id);
  }

  /** Saves a card, as a person does on the page; null when that is over. */
  save(id: string): StripeObject | null {
    const session = this.#setups.get(id);
    if (session?.["status"] !== "open") return null;
    const customer = String(session["customer"] ?? newId("cus"));
    const payment_method = newId("pm");
    Object.assign(session, { status: "complete", url: null, customer });
    this.#cards.set(payment_method, { customer, behaviour: "pays" });
    this.events.happened("checkout.session.completed", session);
    this.events.happened("setup_intent.succeeded", {
      id: session["setup_intent"],
      object: "setup_intent",
      customer,
      payment_method,
      metadata: session["setup_metadata"],
      status: "succeeded",
      usage: "off_session",
    });
    return session;
  }

  /** Changes what all cards of a customer do. */
  behave(customer: string, behaviour: CardBehaviour): boolean {
    const cards = [...this.#cards.values()].filter((card) => card.customer === customer);
    for (const card of cards) card.behaviour = behaviour;
    return cards.length > 0;
  }

  /** `POST /v1/payment_intents`, confirmed at once and without its owner. */
  charge(form: StripeForm): Response {
    const card = this.#cards.get(form.get("payment_method") ?? "");
    if (!card || card.customer !== form.get("customer")) {
      return stripeError(400, "No such PaymentMethod", {
        code: "resource_missing",
        param: "payment_method",
      });
    }
    const intent: StripeObject = {
      id: newId("pi"),
      object: "payment_intent",
      amount: form.integer("amount"),
      amount_received: 0,
      currency: form.get("currency"),
      customer: card.customer,
      payment_method: form.get("payment_method"),
      metadata: form.hash("metadata"),
      created: nowSeconds(),
      last_payment_error: null,
      status: "processing",
    };
    this.#intents.set(intent.id, intent);
    if (card.behaviour === "pays") return Response.json(this.#succeed(intent));
    if (card.behaviour === "processes") {
      this.events.happened("payment_intent.processing", intent);
      return Response.json(intent);
    }
    const error = card.behaviour === "asks"
      ? { code: "authentication_required", decline_code: "authentication_required" }
      : { code: "card_declined", decline_code: "insufficient_funds" };
    const failed = this.#fail(intent, error);
    return Response.json(
      { error: { type: "card_error", message: "No.", ...error, payment_intent: failed } },
      { status: 402 },
    );
  }

  /** The end of a payment that was processing. */
  settle(id: string, succeeded: boolean): StripeObject | null {
    const intent = this.#intents.get(id);
    if (intent?.["status"] !== "processing") return null;
    return succeeded
      ? this.#succeed(intent)
      : this.#fail(intent, { code: "card_declined", decline_code: "generic_decline" });
  }

  /** `POST /v1/payment_methods/:id/detach`. */
  detach(id: string): Response {
    if (!this.#cards.delete(id)) {
      return stripeError(404, "No such PaymentMethod", { code: "resource_missing" });
    }
    const method = { id, object: "payment_method", customer: null };
    this.events.happened("payment_method.detached", method);
    return Response.json(method);
  }

  #succeed(intent: StripeObject): StripeObject {
    const amount = Number(intent["amount"]);
    Object.assign(intent, { status: "succeeded", amount_received: amount });
    this.payments.set(intent.id, {
      charge: newId("ch"),
      payment_intent: intent.id,
      amount,
      currency: String(intent["currency"]),
      customer: String(intent["customer"]),
      refunded: 0,
      refunds: [],
    });
    this.events.happened("payment_intent.succeeded", intent);
    return intent;
  }

  #fail(intent: StripeObject, error: Record<string, string>): StripeObject {
    Object.assign(intent, { status: "requires_payment_method", last_payment_error: error });
    this.events.happened("payment_intent.payment_failed", intent);
    return intent;
  }
}
