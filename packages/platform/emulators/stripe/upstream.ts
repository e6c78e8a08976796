import type { StripeObject } from "./objects.ts";

/** The emulator behind the front. */
export class Upstream {
  constructor(readonly url: string) {}

  /** Hands a request on as it came. */
  async pass(request: Request, body: string): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const answer = await fetch(this.url + pathname + search, {
      method: request.method,
      headers: {
        "content-type": request.headers.get("content-type") ?? "",
        authorization: authorization(request),
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
        authorization: "Bearer sk_test_local",
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
}

function authorization(request: Request): string {
  return request.headers.get("authorization") ?? "Bearer sk_test_local";
}

function kept(headers: Headers): Headers {
  const copy = new Headers();
  for (const name of ["content-type", "location"]) {
    const value = headers.get(name);
    if (value) copy.set(name, value);
  }
  return copy;
}
