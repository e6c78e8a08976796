import type Stripe from "stripe";
import { stripeClient } from "./stripe_client.ts";

/** A request that the fake received; form fields by name. */
export interface StripeRequest {
  method: string;
  path: string;
  idempotencyKey: string | null;
  form: Record<string, string>;
}

type Reply = { status?: number; body: unknown } | "down";

/** Stripe's API on loopback for unit tests: answers as told and keeps what it was asked. */
export class FakeStripe implements AsyncDisposable {
  readonly requests: StripeRequest[] = [];
  readonly client: Stripe;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(reply: (request: StripeRequest) => Reply) {
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(options, async (request) => {
      const received = await read(request);
      this.requests.push(received);
      const answer = reply(received);
      if (answer === "down") {
        return Response.json({ error: { type: "api_error" } }, { status: 503 });
      }
      return Response.json(answer.body, { status: answer.status ?? 200 });
    });
    const apiUrl = `http://127.0.0.1:${this.#server.addr.port}`;
    this.client = stripeClient({ secretKey: "sk_test_fake", apiUrl });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** How Stripe says that it refuses a request. */
export function refused(error: Record<string, unknown>, status = 400): Reply {
  return { status, body: { error: { type: "invalid_request_error", message: "no", ...error } } };
}

async function read(request: Request): Promise<StripeRequest> {
  const { pathname, search } = new URL(request.url);
  return {
    method: request.method,
    path: pathname + search,
    idempotencyKey: request.method === "POST" ? request.headers.get("idempotency-key") : null,
    form: Object.fromEntries(new URLSearchParams(await request.text())),
  };
}
