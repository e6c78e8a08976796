import { z } from "zod";
import { productName } from "../credits/shapes.ts";
import { exampleIds } from "../http/example_ids.ts";
import { problem } from "../http/problem.ts";
import { type Route, route } from "../http/route.ts";
import type { OpenSession, SessionProduct } from "./product.ts";

const session = z.object({
  session_id: z.uuid(),
  type: z.string(),
  status: z.string(),
  created_at: z.string(),
  expires_at: z.string().describe("After this moment it can only expire"),
});

/** `POST /`: opens a session that waits for one request until it expires. */
export function sessionStartRoute(products: readonly SessionProduct[]): Route {
  return route({
    method: "POST",
    path: "/",
    auth: "user",
    summary: "Open a session, which waits for one try-on or one style analysis.",
    idempotent: true,
    limit: { calls: 30, seconds: 60 },
    examples: { "For a try-on": { body: { product: "modera", type: "tryon" } } },
    body: z.strictObject({ product: productName, type: z.enum(["tryon", "styling"]) }),
    answers: { 201: session },
    async handle({ db, body, idempotencyKey }) {
      const opened = await offering(products, body.product).start(db, body.type, idempotencyKey);
      return { status: 201, body: shown(opened) };
    },
  });
}

/** `POST /`: ends a session early. May be repeated. */
export function sessionCancelRoute(products: readonly SessionProduct[]): Route {
  return route({
    method: "POST",
    path: "/",
    auth: "user",
    summary: "Cancel a session: what it held is free again, and its work is given up.",
    limit: { calls: 60, seconds: 60 },
    examples: {
      "A session of one's own": { body: { product: "modera", session_id: exampleIds.session } },
    },
    body: z.strictObject({ product: productName, session_id: z.uuid() }),
    answers: { 200: session },
    async handle({ db, body, log }) {
      const ended = await offering(products, body.product).cancel(db, body.session_id);
      log.info("session_cancelled", { product: body.product, session_id: ended.sessionId });
      return { status: 200, body: shown(ended) };
    },
  });
}

function offering(products: readonly SessionProduct[], name: string): SessionProduct {
  const product = products.find((known) => known.product === name);
  if (product) return product;
  throw problem("unknown_product", "No product with this name has sessions.", {
    extra: { field: "product" },
  });
}

function shown({ sessionId, type, status, createdAt, expiresAt }: OpenSession) {
  return {
    session_id: sessionId,
    type,
    status,
    created_at: createdAt,
    expires_at: expiresAt,
  } satisfies z.infer<typeof session>;
}
