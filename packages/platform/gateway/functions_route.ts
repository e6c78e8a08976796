import type { FunctionHost } from "../functions/supervisor.ts";
import type { Tokens } from "./tokens.ts";

const hopByHop = ["connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer"];

/**
 * Passes a request for /functions/v1/<slug>/… on to the function host, as the hosted gateway does:
 * the path loses /functions/v1, `verify_jwt` is honoured, and bodies stream both ways.
 */
export async function functionsRoute(
  request: Request,
  functions: FunctionHost,
  tokens: Tokens,
  clientAddress: string,
): Promise<Response> {
  const url = new URL(request.url);
  const path = url.pathname.slice("/functions/v1".length);
  const slug = path.split("/")[1] ?? "";
  const headers = new Headers(request.headers);
  const bearer = headers.get("authorization")?.match(/^Bearer\s+(.+)$/i)?.[1];
  const verified = bearer && bearer.split(".").length === 3 ? await tokens.verify(bearer) : null;
  if (verified) headers.set("authorization", `Bearer ${verified.withKeyId}`);
  else if (await functions.verifiesJwt(slug) && request.method !== "OPTIONS") {
    return unauthorized(bearer === undefined);
  }
  for (const name of hopByHop) headers.delete(name);
  headers.set("accept-encoding", "identity");
  headers.set("x-forwarded-for", clientAddress);
  headers.set("x-forwarded-host", url.host);
  headers.set("x-forwarded-proto", url.protocol.slice(0, -1));
  const origin = await functions.origin();
  if (origin === null) return problem(503, "BOOT_ERROR", "The functions are not running");
  try {
    const answer = await fetch(`${origin}${path}${url.search}`, {
      method: request.method,
      headers,
      body: request.body,
      redirect: "manual",
    });
    return new Response(answer.body, { status: answer.status, headers: answer.headers });
  } catch {
    return problem(502, "WORKER_ERROR", "The function ended before it answered");
  }
}

function unauthorized(missing: boolean): Response {
  return missing
    ? problem(401, "UNAUTHORIZED_NO_AUTH_HEADER", "Missing authorization header")
    : problem(401, "UNAUTHORIZED_INVALID_JWT_FORMAT", "Invalid JWT");
}

function problem(status: number, code: string, message: string): Response {
  return Response.json({ code, message }, {
    status,
    headers: { "access-control-allow-origin": "*" },
  });
}
