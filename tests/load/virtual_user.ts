import type { Platform } from "../../packages/platform/mod.ts";
import type { Customer } from "../faults/customer.ts";

/** One request that was answered, or not. */
export interface Call {
  what: string;
  /** Milliseconds since the load began, when it was answered. */
  at: number;
  /** Milliseconds until the whole answer was there. */
  took: number;
  /** 0 when there was no answer. */
  status: number;
  /** Of an answer that is no success: the problem's code; of none: what went wrong. */
  failure?: string;
}

/** How often each thing is done, of a hundred. */
const shares = {
  "credit-balance": 34,
  "credit-debit": 30,
  "a row of one's own": 12,
  "try-on, read": 12,
  "try-on": 8,
  checkout: 4,
} as const;
type Deed = keyof typeof shares;

/** Somebody who does one thing after the other, each when the one before is done. */
export class VirtualUser {
  readonly calls: Call[] = [];
  #tryOn: string | undefined;

  /** @param began the moment from which calls are timed, as performance.now() tells it */
  constructor(
    readonly platform: Platform,
    readonly customer: Customer,
    readonly began: number,
  ) {}

  /** Goes on while `open`, with a pause of `pauseMs` at most, half of it on average, after each deed. */
  async act(open: () => boolean, pauseMs: number): Promise<void> {
    while (open()) {
      await this.#do(chosen());
      await new Promise((resolve) => setTimeout(resolve, Math.random() * pauseMs));
    }
  }

  async #do(deed: Deed): Promise<void> {
    const { id, person, garment } = this.customer;
    const product = "modera";
    switch (deed) {
      case "credit-balance":
        return void await this.#call(deed, "functions/v1/credit-balance?product=modera");
      case "credit-debit":
        return void await this.#call(deed, "functions/v1/credit-debit", {
          body: { product, holder: id, amount: 1 },
          headers: { apikey: this.platform.secret_key },
        });
      case "a row of one's own":
        return void await this.#call(deed, "rest/v1/users?select=credits", {
          headers: { ...this.#own(), "accept-profile": product },
        });
      case "try-on": {
        const body = { product, person_path: person, garment_path: garment };
        const begun = await this.#call(deed, "functions/v1/try-on", { body });
        this.#tryOn = begun?.["try_on_id"] as string | undefined ?? this.#tryOn;
        return;
      }
      case "try-on, read": {
        if (!this.#tryOn) return;
        return void await this.#call(deed, `functions/v1/try-on/${this.#tryOn}?product=modera`);
      }
      case "checkout": {
        const body = { product, offer: "basic", currency: "USD" };
        const opened = await this.#call(deed, "functions/v1/checkout", { body });
        if (opened) await this.#pay(`${opened["url"]}/complete`);
      }
    }
  }

  #own(): Record<string, string> {
    return {
      apikey: this.platform.publishable_key,
      authorization: `Bearer ${this.customer.token}`,
    };
  }

  /** Pays on Stripe's page, which is not ours to measure; its webhook is part of the load. */
  async #pay(page: string): Promise<void> {
    const answer = await fetch(page, { method: "POST", redirect: "manual" }).catch(() => null);
    await answer?.body?.cancel();
  }

  async #call(
    what: string,
    path: string,
    { body, headers = this.#own() }: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Record<string, unknown> | undefined> {
    const started = performance.now();
    let status = 0;
    let answer: Record<string, unknown> | undefined;
    let failure: string | undefined;
    try {
      const response = await fetch(`${this.platform.api_url}/${path}`, {
        method: body ? "POST" : "GET",
        headers: {
          ...headers,
          ...(body
            ? { "content-type": "application/json", "idempotency-key": crypto.randomUUID() }
            : {}),
        },
        body: body ? JSON.stringify(body) : null,
      });
      status = response.status;
      answer = await response.json();
      if (!response.ok) failure = String(answer?.["code"]);
    } catch (reason) {
      status = 0;
      failure = String(reason);
    }
    const now = performance.now();
    const call: Call = { what, at: now - this.began, took: now - started, status };
    this.calls.push(failure === undefined ? call : { ...call, failure });
    return failure === undefined ? answer : undefined;
  }
}

function chosen(): Deed {
  let left = Math.random() * Object.values(shares).reduce((sum, share) => sum + share, 0);
  for (const [deed, share] of Object.entries(shares) as [Deed, number][]) {
    left -= share;
    if (left < 0) return deed;
  }
  return "credit-balance";
}
