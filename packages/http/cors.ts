const allowedHeaders =
  "authorization, apikey, content-type, idempotency-key, x-client-info, x-request-id";
const exposedHeaders = "x-request-id, traceparent, retry-after, allow";

/**
 * The CORS headers of an answer.
 *
 * @param allowed origins, or `["*"]` for any; callers are known by tokens, never by cookies.
 */
export function corsHeaders(request: Request, allowed: readonly string[]): Record<string, string> {
  const origin = request.headers.get("origin") ?? "";
  const headers: Record<string, string> = { "Access-Control-Expose-Headers": exposedHeaders };
  if (allowed.includes("*")) return { ...headers, "Access-Control-Allow-Origin": "*" };
  return allowed.includes(origin)
    ? { ...headers, "Access-Control-Allow-Origin": origin, "Vary": "Origin" }
    : { ...headers, "Vary": "Origin" };
}

/** The answer to a preflight request for a path with these methods. */
export function preflight(methods: readonly string[]): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "Access-Control-Allow-Methods": [...methods, "OPTIONS"].join(", "),
      "Access-Control-Allow-Headers": allowedHeaders,
      "Access-Control-Max-Age": "86400",
    },
  });
}

/** Reads ALLOWED_ORIGINS: a comma-separated list; nothing or `*` means any. */
export function allowedOrigins(listed: string | undefined): string[] {
  const origins = (listed ?? "").split(",").map((origin) => origin.trim()).filter(Boolean);
  return origins.length > 0 ? origins : ["*"];
}
