/**
 * What somebody writes who needs one debit over HTTP and nothing else: no check of the caller, the request or the
 * answer, no limit, no log. The role and the claims are those that the function's call runs with.
 */
import postgres from "postgres";

const sql = postgres(Deno.env.get("FUNCTIONS_DB_URL") ?? "", { onnotice: () => {} });
const claims = JSON.stringify({ role: "service_role" });

export default {
  async fetch(request: Request): Promise<Response> {
    const { product, holder, amount } = await request.json();
    const key = request.headers.get("idempotency-key");
    const [, rows] = await sql.begin((sql) => [
      sql`select set_config('role', 'service_role', true), set_config('request.jwt.claims', ${claims}, true)`,
      sql`select api.debit(${product}, ${holder}, ${key}, null, ${amount}, null) as answer`,
    ]);
    return Response.json(rows[0]?.["answer"]);
  },
};
