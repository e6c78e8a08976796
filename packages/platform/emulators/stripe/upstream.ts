import type { StripeObject } from "./objects.ts";

/** The emulator takes 5,000 calls of a key in an hour; Stripe takes more in a minute. */
const callsOfAKey = 4000;

/** The emulator behind the front. */
export class Upstream {
  #calls = 0;

  constructor(readonly url: string) {}

  /** Hands a request on as it came. */
  async pass(request: Request, body: string): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const answer = await fetch(this.url + pathname + search, {
      method: request.method,
      headers: {
        "content-type": request.headers.get("content-type") ?? "",
        authorization: this.#authorization(),
      },
      ...(body === "" ? {} : { body }),
      redirect: "manual",
    });
    return new Response(answer.body, { status: answer.status, headers: kept(answer.headers) });
  }

  /** Calls its API. @returns null when it answers with an error. */
  async call(
    method: "GET" | "POST",
    path: string,
    fields: Record<string, string> = {},
  ): Promise<StripeObject | null> {
    const answer = await fetch(this.url + path, {
      method,
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        authorization: this.#authorization(),
      },
      ...(method === "POST" ? { body: new URLSearchParams(fields).toString() } : {}),
      redirect: "manual",
    });
    if (answer.status >= 400 || !answer.headers.get("content-type")?.includes("json")) {
      await answer.body?.cancel();
      return null;
    }
    return await answer.json();
  }

  /** Any key is good; each is used for a while. */
  #authorization(): string {
    return `Bearer sk_test_local_${Math.floor(this.#calls++ / callsOfAKey)}`;
  }
}

function kept(headers: Headers): Headers {
  const copy = new Headers();
  for (const name of ["content-type", "location"]) {
    const value = headers.get(name);
    if (value) copy.set(name, value);
  }
  return copy;
}
