import { StripeForm } from "./form.ts";
import { stripeList, type StripeObject } from "./objects.ts";
import type { Upstream } from "./upstream.ts";

/** Prices with their lookup keys, which the emulator forgets. */
export class Prices {
  readonly #byKey = new Map<string, StripeObject>();

  constructor(readonly upstream: Upstream) {}

  async create(request: Request, body: string): Promise<Response> {
    const answer = await this.upstream.pass(request, body);
    const key = new StripeForm(body).get("lookup_key");
    if (!answer.ok || key === null) return answer;
    const price = { ...await answer.json(), lookup_key: key };
    this.#byKey.set(key, price);
    return Response.json(price);
  }

  /** The prices with these lookup keys. */
  find(keys: string[]): Response {
    return stripeList("/v1/prices", keys.flatMap((key) => this.#byKey.get(key) ?? []));
  }
}
