import { Kernel } from "../kernel/kernel.ts";

/** What api.open_invoice answers. */
export type Invoice = {
  invoice_id: string;
  number: string;
  state: string;
  amount: number;
  currency: string;
  credits: number;
  created_at: string;
  expires_at: string;
  offer_title: string;
  provider_price_id: string | null;
  checkout_session_id: string | null;
  url: string | null;
  customer_email: string;
  replayed: boolean;
};

/** What api.apply_payment_event answers. */
export type Verdict = { outcome: string; reason?: string; invoice_id?: string; state?: string };

/** An event's effect; see billing.apply_effect. */
export type Effect = { kind: string } & Record<string, unknown>;

/** An invoice with its checkout, and the names the provider gives them. */
export type Sale = Invoice & { user: string; session: string; intent: string };

/** The kernel with something to sell: acme's basic pack, 50 credits for 5.00 USD or 4.50 EUR. */
export class Shop implements AsyncDisposable {
  #events = 0;
  private constructor(readonly kernel: Kernel) {}

  static async open(): Promise<Shop> {
    const kernel = await Kernel.open();
    await kernel.sql`select billing.publish_price('acme', 'basic', 'USD', 500, 50, 'Basic pack'),
      billing.publish_price('acme', 'basic', 'EUR', 450, 50)`;
    return new Shop(kernel);
  }

  get sql(): Kernel["sql"] {
    return this.kernel.sql;
  }

  /** `user` opens an invoice. */
  invoice(user: string, args: Record<string, unknown> = {}): Promise<Invoice> {
    const key = crypto.randomUUID();
    return this.kernel.call("authenticated", user, "open_invoice", {
      product: "acme",
      offer: "basic",
      key,
      ...args,
    });
  }

  attach(invoice: string, session: string): Promise<{ attached: boolean; state: string }> {
    return this.kernel.service("attach_checkout", {
      invoice_id: invoice,
      checkout_session_id: session,
      url: `https://pay.example.com/${session}`,
    });
  }

  /** An invoice of a new user, with its checkout open. */
  async sale(args: Record<string, unknown> = {}): Promise<Sale> {
    const user = await this.kernel.user();
    const invoice = await this.invoice(user, args);
    const session = `cs_${invoice.invoice_id}`;
    await this.attach(invoice.invoice_id, session);
    return { ...invoice, user, session, intent: `pi_${invoice.invoice_id}` };
  }

  /** A sale that was paid. */
  async paid(args: Record<string, unknown> = {}): Promise<Sale> {
    const sale = await this.sale(args);
    await this.event(payment(sale));
    return sale;
  }

  /** Delivers an event, once; a new id unless one is given. */
  event(
    effect: Effect,
    id = `evt_${++this.#events}_${crypto.randomUUID()}`,
    at: string | null = null,
  ): Promise<Verdict> {
    return this.kernel.service("apply_payment_event", {
      provider: "stripe",
      event_id: id,
      event_type: effect.kind,
      occurred_at: at,
      effect,
      payload: { id },
    });
  }

  async state(sale: { invoice_id: string }): Promise<string> {
    const [row] = await this.sql`
      select state from billing.invoices where id = ${sale.invoice_id}`;
    return row!.state;
  }

  /** Credits of an invoice that were taken back and that are owed. */
  async returned(sale: { invoice_id: string }): Promise<{ taken: number; owed: number }> {
    const [row] = await this.sql<{ taken: number; owed: number }[]>`
      select coalesce(sum(credits_taken), 0)::int as taken, coalesce(sum(credits_owed), 0)::int as owed
      from billing.refunds where invoice_id = ${sale.invoice_id}`;
    return { ...row! };
  }

  /** `user` spends credits. */
  async spend(user: string, amount: number): Promise<void> {
    await this.kernel.service("debit", {
      product: "acme",
      holder: user,
      amount,
      key: crypto.randomUUID(),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kernel[Symbol.asyncDispose]();
  }
}

/** The checkout of a sale was paid. */
export function payment(sale: Sale, differences: Record<string, unknown> = {}): Effect {
  return {
    kind: "checkout_paid",
    checkout_session_id: sale.session,
    payment_intent_id: sale.intent,
    amount: sale.amount,
    currency: sale.currency.toLowerCase(),
    customer_id: `cus_${sale.user}`,
    ...differences,
  };
}

/** All refunds of a sale's payment are now `total`, in minor units. */
export function refund(sale: Sale, total: number): Effect {
  return {
    kind: "refunded",
    payment_intent_id: sale.intent,
    amount_refunded_total: total,
    currency: sale.currency.toLowerCase(),
  };
}

/** The buyer's bank took the money back, or decided about it. */
export function dispute(
  sale: Sale,
  step: "opened" | "won" | "lost",
  amount = sale.amount,
  id = `dp_${sale.invoice_id}`,
): Effect {
  return {
    kind: step === "opened" ? "dispute_opened" : "dispute_closed",
    payment_intent_id: sale.intent,
    dispute_id: id,
    amount,
    currency: sale.currency.toLowerCase(),
    ...(step !== "opened" && { dispute_won: step === "won" }),
  };
}
