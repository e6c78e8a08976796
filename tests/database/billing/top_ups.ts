import { Shop } from "./shop.ts";

/** What begins a top-up, as the worker hears it. */
export type TopUp = {
  top_up_id: string;
  state: string;
  invoice_id: string;
  amount: number;
  currency: string;
  payment_method_id: string;
  skipped?: string;
};

/** What people see of their top-up. */
export type Setting = {
  enabled: boolean;
  threshold: number | null;
  declines: number;
  retry_at: string | null;
  switched_off: string | null;
  spent: number | null;
  attempt: { state: string; failure: string | null } | null;
};

/** A shop whose people buy the basic pack (50 credits for 5.00 USD) by themselves. */
export class TopUpShop implements AsyncDisposable {
  private constructor(readonly shop: Shop) {}

  static async open(): Promise<TopUpShop> {
    return new TopUpShop(await Shop.open());
  }

  /** Somebody with a saved card who agreed, and holds `credits`. */
  async person(credits: number, terms: Record<string, unknown> = {}): Promise<string> {
    const { kernel } = this.shop;
    const user = await kernel.user();
    await kernel.sql`select ledger.register_holder('acme', ${user})`;
    await kernel.sql`select ledger.grant_credits('acme', ${user}, ${credits}, 'start')`;
    await this.saveCard(user);
    await this.agree(user, terms);
    return user;
  }

  /** The provider says that somebody saved a card. */
  saveCard(user: string, card = `pm_${user}`, at: string | null = null) {
    const effect = {
      kind: "method_saved",
      product: "acme",
      holder: user,
      customer_id: `cus_${user}`,
      payment_method_id: card,
    };
    return this.shop.event(effect, undefined, at);
  }

  /** Agrees: below 10 credits, the basic pack, for at most 20.00 USD. */
  agree(user: string, terms: Record<string, unknown> = {}): Promise<Setting> {
    const args = { product: "acme", enabled: true, threshold: 10, offer: "basic", cap: 2000 };
    return this.shop.kernel.call("authenticated", user, "set_auto_top_up", { ...args, ...terms });
  }

  setting(user: string): Promise<Setting> {
    return this.shop.kernel.call("authenticated", user, "auto_top_up", { product: "acme" });
  }

  /** What the worker's due jobs of top-ups begin. */
  async begin(): Promise<TopUp[]> {
    const { kernel } = this.shop;
    const jobs = await kernel.service<{ job_id: string; payload: unknown }[]>("claim_jobs", {
      kinds: ["billing.top-up"],
      worker: "w",
      max: 100,
    });
    const begun: TopUp[] = [];
    for (const { job_id, payload } of jobs) {
      begun.push(await kernel.service<TopUp>("begin_top_up", { request: payload }));
      await kernel.service("complete_job", { job_id, worker: "w" });
    }
    return begun;
  }

  /** The one top-up that begins. */
  async begun(): Promise<TopUp> {
    const begun = (await this.begin()).filter(({ skipped }) => !skipped);
    if (begun.length !== 1) throw new Error(`${begun.length} top-ups begin, not one`);
    return begun[0]!;
  }

  pay(topUp: TopUp) {
    return this.shop.event({
      kind: "checkout_paid",
      payment_intent_id: `pi_${topUp.top_up_id}`,
      invoice_id: topUp.invoice_id,
      amount: topUp.amount,
      currency: topUp.currency,
    });
  }

  decline(topUp: TopUp, failure = "insufficient_funds") {
    return this.shop.event({
      kind: "payment_failed",
      payment_intent_id: `pi_${topUp.top_up_id}`,
      invoice_id: topUp.invoice_id,
      failure,
    });
  }

  /** How often a topic was published. */
  async told(topic: string): Promise<number> {
    return (await this.shop.kernel.topics()).filter((one) => one === topic).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shop[Symbol.asyncDispose]();
  }
}
