import type { Kernel } from "../kernel/kernel.ts";
import { Shop, type Verdict } from "./shop.ts";

/** What api.open_subscription and the other orders answer. */
export type Order = {
  order_id: string;
  request: string;
  state: string;
  refusal: string | null;
  plan: string | null;
  url: string | null;
  provider_price_id: string | null;
  provider_subscription_id: string | null;
  other_session_ids: string[];
  replayed: boolean;
};

/** What api.subscription answers. */
export type Membership = {
  plan: string;
  subscription: {
    plan: string;
    state: string;
    cancel_at_period_end: boolean;
    next_plan: string | null;
    current_period_end: string;
  } | null;
};

/** A subscription as the provider has it. */
export type Truth = {
  provider_subscription_id: string;
  order_id: string | null;
  product: string;
  holder: string;
  customer_id: string;
  state: string;
  provider_price_id: string;
  next_provider_price_id: string | null;
  current_period_start: string;
  current_period_end: string;
  cancel_at_period_end: boolean;
  started_at: string;
  cancelled_at: string | null;
  ended_at: string | null;
};

/** An invoice as the provider has it. */
export type Bill = {
  provider_invoice_id: string;
  paid: boolean;
  amount: number;
  currency: string;
  reason: string;
  lines: { provider_price_id: string; amount: number; period_start: string; period_end: string }[];
  failed_attempt?: number;
};

/** acme with plans: free, basic (20 credits for 9.99) and starter (60 for 24.99, kept a month longer). */
export class PlanShop implements AsyncDisposable {
  private constructor(readonly shop: Shop) {}

  static async open(): Promise<PlanShop> {
    const shop = await Shop.open();
    await shop.sql`select billing.publish_plan('acme', 'free', 'Free', 0),
      billing.publish_plan('acme', 'basic-plan', 'Basic', 10, '', '0', 'USD', 999, 20),
      billing.publish_plan('acme', 'starter', 'Starter', 20, '', '1 month', 'USD', 2499, 60)`;
    await shop.sql`
      select billing.link_price(p.id, 'price_' || o.code) from billing.prices p join billing.offers o on o.id = p.offer_id
      where o.kind = 'plan'`;
    return new PlanShop(shop);
  }

  get kernel(): Kernel {
    return this.shop.kernel;
  }

  get sql(): Kernel["sql"] {
    return this.shop.sql;
  }

  order(user: string, plan = "basic-plan", key: string = crypto.randomUUID()): Promise<Order> {
    return this.kernel.call("authenticated", user, "open_subscription", {
      product: "acme",
      plan,
      key,
    });
  }

  change(user: string, plan: string, key: string = crypto.randomUUID()): Promise<Order> {
    const args = { product: "acme", plan, key };
    return this.kernel.call("authenticated", user, "order_subscription_change", args);
  }

  end(user: string, resume = false, key: string = crypto.randomUUID()): Promise<Order> {
    const args = { product: "acme", key, resume };
    return this.kernel.call("authenticated", user, "order_subscription_end", args);
  }

  membership(user: string): Promise<Membership> {
    return this.kernel.call("authenticated", user, "subscription", { product: "acme" });
  }

  /** What the provider will have once `user` paid the page of an order. */
  async truth(user: string, plan = "basic-plan", changes: Partial<Truth> = {}): Promise<Truth> {
    const { order_id } = await this.order(user, plan);
    const now = await this.now();
    return {
      provider_subscription_id: `sub_${order_id}`,
      order_id,
      product: "acme",
      holder: user,
      customer_id: `cus_${user}`,
      state: "active",
      provider_price_id: `price_${plan}`,
      next_provider_price_id: null,
      current_period_start: now.toISOString(),
      current_period_end: monthAfter(now).toISOString(),
      cancel_at_period_end: false,
      started_at: now.toISOString(),
      cancelled_at: null,
      ended_at: null,
      ...changes,
    };
  }

  /** The paid bill of the period that a subscription is in. */
  bill(truth: Truth, changes: Partial<Bill> = {}): Bill {
    const amount = truth.provider_price_id === "price_starter" ? 2499 : 999;
    const { provider_price_id, current_period_start, current_period_end } = truth;
    return {
      provider_invoice_id: `in_${crypto.randomUUID()}`,
      paid: true,
      amount,
      currency: "USD",
      reason: "subscription_cycle",
      lines: [{
        provider_price_id,
        amount,
        period_start: current_period_start,
        period_end: current_period_end,
      }],
      ...changes,
    };
  }

  async version(truth: Truth): Promise<number> {
    const { provider_subscription_id } = truth;
    return Number(
      await this.kernel.service("subscription_version", {
        provider: "stripe",
        provider_subscription_id,
      }),
    );
  }

  /** News that was read when `version` was known here; read just now, when none is given. */
  async news(
    truth: Truth,
    { bill, version, id }: { bill?: Bill; version?: number; id?: string } = {},
  ): Promise<Verdict> {
    return await this.shop.event({
      kind: "subscription",
      version: version ?? await this.version(truth),
      subscription: truth,
      ...(bill && { invoice: bill }),
      ...(bill?.paid && { payment_intent_id: intentOf(bill) }),
    }, id);
  }

  /** Somebody on a plan whose first month is paid. */
  async subscriber(plan = "basic-plan"): Promise<{ user: string; truth: Truth; bill: Bill }> {
    const user = await this.kernel.user();
    const truth = await this.truth(user, plan);
    const bill = this.bill(truth);
    await this.news(truth, { bill });
    return { user, truth, bill };
  }

  async now(): Promise<Date> {
    const [row] = await this.sql`select private.now() as now`;
    return row!["now"];
  }

  /** The periods of a person's subscriptions, in order, as "plan state". */
  async history(user: string): Promise<string[]> {
    const rows = await this.sql`
      select p.code || ' ' || h.subscription_state || case when h.ended_at is null then '' else ' ended' end as period
      from billing.subscription_periods h join billing.subscriptions s on s.id = h.subscription_id
      join billing.plans p on p.id = h.plan_id
      where s.holder = ${user} order by h.started_at, h.ended_at nulls last, h.created_at`;
    return rows.map((row) => row["period"]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shop[Symbol.asyncDispose]();
  }
}

/** What the provider calls the payment of a bill. */
export function intentOf({ provider_invoice_id }: Bill): string {
  return `pi_${provider_invoice_id}`;
}

/** The same day of the next month. */
function monthAfter(moment: Date): Date {
  const later = new Date(moment);
  later.setUTCMonth(later.getUTCMonth() + 1);
  return later;
}

/** A subscription in its next period. */
export function renewed(truth: Truth, changes: Partial<Truth> = {}): Truth {
  const start = truth.current_period_end;
  const current_period_end = monthAfter(new Date(start)).toISOString();
  return { ...truth, current_period_start: start, current_period_end, ...changes };
}
