/**
 * What somebody writes who needs one debit over HTTP and nothing else: no check of the caller, the request or the
 * answer, no limit, no log. It says to Postgres what the function says, over as many connections.
 */
import postgres from "postgres";
import { callMessage } from "../../packages/database/direct.ts";

const sql = postgres(Deno.env.get("FUNCTIONS_DB_URL") ?? "", {
  max: 4,
  prepare: false,
  fetch_types: false,
  onnotice: () => {},
});
const caller = { role: "service_role", claims: { role: "service_role" } } as const;

export default {
  async fetch(request: Request): Promise<Response> {
    const { product, holder, amount } = await request.json();
    const key = request.headers.get("idempotency-key");
    const message = callMessage({ caller, timeoutMs: 15_000 }, "api", "debit", {
      product,
      holder,
      key,
      amount,
    });
    const results: unknown = await sql.unsafe(message).simple();
    return Response.json((results as { answer: unknown }[][])[1]?.[0]?.answer);
  },
};
