import { setTimeout } from "node:timers/promises";
import Stripe from "stripe";
import { newId, nowSeconds, type StripeObject } from "./objects.ts";

/** What tests may change about deliveries. */
export interface DeliveryControls {
  /** Events are kept and not sent until this is false again. */
  paused: boolean;
  /** Each event is sent this many times. */
  copies: number;
  delayMs: number;
  /** Up to this much more, by chance, so that events come in another order. */
  jitterMs: number;
  /** Events happen and are listed, and nobody is told: what only reconciliation finds. */
  lost: boolean;
}

const retryAfterMs = [500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000];
const timeoutMs = 20_000;

/** The events that happened, and their signed delivery to one endpoint with retries, as Stripe does it. */
export class Events {
  readonly all: StripeObject[] = [];
  readonly controls: DeliveryControls = {
    paused: false,
    copies: 1,
    delayMs: 0,
    jitterMs: 0,
    lost: false,
  };
  /** How many events nobody was told of. */
  lost = 0;
  readonly #waiting: StripeObject[] = [];
  readonly #stopping = new AbortController();
  readonly #stripe = new Stripe("sk_test_local");

  constructor(
    readonly url: string,
    readonly secret: string,
    readonly log: (line: string) => void,
  ) {}

  /** Records that something happened to `object` and tells the endpoint. */
  happened(type: string, object: Record<string, unknown>): StripeObject {
    const event: StripeObject = {
      id: newId("evt"),
      object: "event",
      api_version: "2026-01-28.preview",
      created: nowSeconds(),
      type,
      data: { object: structuredClone(object) },
      livemode: false,
      pending_webhooks: 1,
      request: { id: null, idempotency_key: null },
    };
    this.all.push(event);
    if (this.controls.lost) this.lost++;
    else this.#waiting.push(event);
    this.flush();
    return event;
  }

  /** Sends what waits, unless deliveries are paused. */
  flush(): void {
    if (this.controls.paused) return;
    for (const event of this.#waiting.splice(0)) {
      for (let copy = 0; copy < this.controls.copies; copy++) this.deliver(event);
    }
  }

  /** Delivers one event until the endpoint answers 2xx or the attempts are used up. */
  async deliver(event: StripeObject): Promise<boolean> {
    const { delayMs, jitterMs } = this.controls;
    if (!await this.#pause(delayMs + Math.random() * jitterMs)) return false;
    for (const pause of [...retryAfterMs, null]) {
      const status = await this.#post(event);
      if (status !== null && status >= 200 && status < 300) return true;
      this.log(`${event["type"]} ${event.id} was answered ${status ?? "by nobody"}`);
      if (pause === null || !await this.#pause(pause)) return false;
    }
    return false;
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #post(event: StripeObject): Promise<number | null> {
    const payload = JSON.stringify(event);
    const signature = await this.#stripe.webhooks.generateTestHeaderStringAsync({
      payload,
      secret: this.secret,
    });
    const response = await fetch(this.url, {
      method: "POST",
      headers: { "content-type": "application/json; charset=utf-8", "stripe-signature": signature },
      body: payload,
      signal: AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(timeoutMs)]),
    }).catch(() => null);
    await response?.body?.cancel();
    return response?.status ?? null;
  }

  /** Waits; false when the emulator stops meanwhile. */
  #pause(ms: number): Promise<boolean> {
    const { signal } = this.#stopping;
    if (ms === 0) return Promise.resolve(!signal.aborted);
    return setTimeout(ms, true, { signal }).catch(() => false);
  }
}
