import { stripeError } from "./objects.ts";

interface Kept {
  request: string;
  answer: Promise<{ status: number; body: string; headers: [string, string][] }>;
}

/** Stripe's idempotency: one key, one answer; other parameters under it are an error. */
export class Idempotency {
  readonly #kept = new Map<string, Kept>();

  /** Answers a repeated request as the first time, and keeps the answer to a new one unless it is a fault (5xx). */
  async once(
    key: string | null,
    request: string,
    answer: () => Promise<Response>,
  ): Promise<Response> {
    if (key === null) return await answer();
    const known = this.#kept.get(key);
    if (known && known.request !== request) {
      return stripeError(
        400,
        "Keys for idempotent requests can only be used with the same parameters.",
        {
          type: "idempotency_error",
        },
      );
    }
    const kept: Kept = known ?? { request, answer: read(answer()) };
    this.#kept.set(key, kept);
    const { status, body, headers } = await kept.answer;
    if (status >= 500) this.#kept.delete(key);
    return new Response(body, {
      status,
      headers: [...headers, ["idempotent-replayed", String(known !== undefined)]],
    });
  }
}

async function read(answer: Promise<Response>) {
  const { status, headers, text } = await answer.then(async (one) => ({
    status: one.status,
    headers: [...one.headers] as [string, string][],
    text: await one.text(),
  }));
  return { status, body: text, headers };
}
