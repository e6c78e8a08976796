import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import type { Platform } from "../../packages/platform/mod.ts";
import { pixel } from "../http/fitting_room.ts";

interface Answer {
  status: number;
  body: Record<string, unknown>;
  /** When it may be asked for again, by performance.now(). */
  againAt: number;
}

/** Something that was asked for, and is asked for again with the same key until the answer is final. */
interface Wish {
  path: string;
  body: Record<string, unknown>;
  headers: Record<string, string>;
  done(answer: Answer): void | Promise<void>;
  /** By performance.now(). */
  notBefore: number;
}

/**
 * A customer who buys, spends and tries on, and keeps their own books: what they paid, what was
 * debited, which try-ons they began. An unclear answer leaves a wish, which they repeat.
 */
export class Customer {
  readonly paid: string[] = [];
  readonly tryOns: string[] = [];
  debited = 0;
  /** Answers that were unclear and had to be asked for again, by function and problem. */
  readonly unclear: Record<string, number> = {};
  /** Answers that said no, in the same way. */
  readonly refused: Record<string, number> = {};
  readonly #wishes = new Set<Wish>();

  private constructor(
    readonly id: string,
    readonly platform: Platform,
    readonly token: string,
    readonly person: string,
    readonly garment: string,
  ) {}

  static async arrive(platform: Platform): Promise<Customer> {
    const client: SupabaseClient = createClient(platform.api_url, platform.publishable_key, {
      auth: { persistSession: false, autoRefreshToken: false },
    });
    const email = `${crypto.randomUUID()}@example.com`;
    const { data, error } = await client.auth.signUp({ email, password: crypto.randomUUID() });
    if (error || !data.user || !data.session) throw error ?? new Error("no session");
    const consent = await client.schema("modera").rpc("give_consent");
    if (consent.error) throw consent.error;
    const upload = async (name: string) => {
      const path = `${data.user?.id}/${name}.png`;
      const put = await client.storage.from("modera-inputs")
        .upload(path, pixel, { contentType: "image/png" });
      if (put.error) throw put.error;
      return path;
    };
    const [person, garment] = [await upload("person"), await upload("garment")];
    return new Customer(data.user.id, platform, data.session.access_token, person, garment);
  }

  /** Opens a checkout and pays on Stripe's page; while that is down, the page is left. */
  async buy(): Promise<void> {
    await this.#wish("checkout", { product: "modera", offer: "basic", currency: "USD" }, {
      done: async ({ status, body }) => {
        if (status !== 201) return;
        const page = await fetch(`${body["url"]}/complete`, { method: "POST", redirect: "manual" });
        await page.body?.cancel();
        if (page.status >= 400) this.#count(`Stripe's page: ${page.status}`, this.refused);
        else this.paid.push(String(body["invoice_id"]));
      },
    });
  }

  /** Spends one credit through an app's server. */
  async spend(): Promise<void> {
    const body = { product: "modera", holder: this.id, amount: 1 };
    await this.#wish("credit-debit", body, {
      headers: { apikey: this.platform.secret_key },
      done: ({ status }) => {
        if (status === 200) this.debited++;
      },
    });
  }

  /** Begins a try-on and does not wait for it. */
  async tryOn(): Promise<void> {
    const body = { product: "modera", person_path: this.person, garment_path: this.garment };
    await this.#wish("try-on", body, {
      done: ({ status, body }) => {
        if (status === 202) this.tryOns.push(String(body["try_on_id"]));
      },
    });
  }

  /** Repeats what was unclear and may be asked for again; true when nothing is unclear. */
  async settle(): Promise<boolean> {
    for (const wish of [...this.#wishes]) {
      if (wish.notBefore <= performance.now()) await this.#ask(wish);
    }
    return this.#wishes.size === 0;
  }

  async #wish(
    path: string,
    body: Record<string, unknown>,
    { done, headers }: { done: Wish["done"]; headers?: Record<string, string> },
  ): Promise<void> {
    const wish: Wish = {
      path,
      body,
      headers: {
        "content-type": "application/json",
        "idempotency-key": crypto.randomUUID(),
        ...(headers ?? {
          apikey: this.platform.publishable_key,
          authorization: `Bearer ${this.token}`,
        }),
      },
      done,
      notBefore: 0,
    };
    this.#wishes.add(wish);
    await this.#ask(wish);
  }

  /** Asks once; the wish stays when the answer was none, or one that may be another next time. */
  async #ask(wish: Wish): Promise<void> {
    const answer = await this.#post(wish).catch(() => undefined);
    if (!answer || answer.status >= 500 || answer.status === 429) {
      const what = `${wish.path}: ${answer ? answer.body["code"] ?? answer.status : "no answer"}`;
      this.#count(what, this.unclear);
      wish.notBefore = answer?.againAt ?? 0;
      return;
    }
    this.#wishes.delete(wish);
    if (answer.status >= 400) this.#count(`${wish.path}: ${answer.body["code"]}`, this.refused);
    await Promise.resolve(wish.done(answer)).catch(() => {});
  }

  #count(what: string, counts: Record<string, number>): void {
    counts[what] = (counts[what] ?? 0) + 1;
  }

  async #post({ path, body, headers }: Wish): Promise<Answer> {
    const response = await fetch(`${this.platform.functions_url}/${path}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    });
    const pause = Number(response.headers.get("retry-after") ?? 0);
    const againAt = performance.now() + 1000 * pause;
    return { status: response.status, body: await response.json(), againAt };
  }
}
