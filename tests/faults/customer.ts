import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import type { Platform } from "../../packages/platform/mod.ts";
import { pixel } from "../http/fitting_room.ts";

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** Something that was asked for, and is asked for again with the same key until the answer is final. */
interface Wish {
  path: string;
  body: Record<string, unknown>;
  headers: Record<string, string>;
  done(answer: Answer): void;
}

/**
 * A customer who buys, spends and tries on, and keeps their own books: what they paid, what was
 * debited, which try-ons they began. An unclear answer leaves a wish, which they repeat.
 */
export class Customer {
  readonly paid: string[] = [];
  readonly tryOns: string[] = [];
  debited = 0;
  /** Answers that were unclear and had to be asked for again. */
  unclear = 0;
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
      done: () => {},
      then: async ({ body }) => {
        const page = await fetch(`${body["url"]}/complete`, { method: "POST", redirect: "manual" });
        await page.body?.cancel();
        if (page.status < 400) this.paid.push(String(body["invoice_id"]));
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

  /** Repeats what was unclear; true when nothing is. */
  async settle(): Promise<boolean> {
    for (const wish of [...this.#wishes]) await this.#ask(wish);
    return this.#wishes.size === 0;
  }

  async #wish(
    path: string,
    body: Record<string, unknown>,
    { done, then, headers }: {
      done: Wish["done"];
      then?: (answer: Answer) => Promise<void>;
      headers?: Record<string, string>;
    },
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
    };
    this.#wishes.add(wish);
    const answer = await this.#ask(wish);
    if (answer && answer.status < 300) await then?.(answer).catch(() => {});
  }

  /** Asks once; undefined when the answer was none, or one that may be another next time. */
  async #ask(wish: Wish): Promise<Answer | undefined> {
    const answer = await this.#post(wish).catch(() => undefined);
    if (!answer || answer.status >= 500 || answer.status === 429) {
      this.unclear++;
      return undefined;
    }
    this.#wishes.delete(wish);
    wish.done(answer);
    return answer;
  }

  async #post({ path, body, headers }: Wish): Promise<Answer> {
    const response = await fetch(`${this.platform.functions_url}/${path}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    });
    return { status: response.status, body: await response.json() };
  }
}
