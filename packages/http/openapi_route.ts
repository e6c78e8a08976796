import { type Route, route } from "./route.ts";
import { z } from "zod";

/** How long caches may keep the description, in seconds. */
const maxAge = 300;

/**
 * `GET /`: the description of all functions, as it was generated when they were built.
 *
 * @param document an OpenAPI document; its servers are replaced by `serverUrl`.
 */
export function apiDocsRoute(document: Record<string, unknown>, serverUrl: string): Route {
  const text = JSON.stringify({ ...document, servers: [{ url: serverUrl }] });
  const tag = digest(text);
  return route({
    method: "GET",
    path: "/",
    auth: "anyone",
    summary: "This description.",
    limit: { calls: 120, seconds: 60 },
    answers: { 200: z.record(z.string(), z.unknown()) },
    async handle({ request }) {
      const etag = await tag;
      const headers = { "Cache-Control": `public, max-age=${maxAge}`, ETag: etag };
      if (request.headers.get("if-none-match") === etag) return { status: 304, headers };
      const type = { "Content-Type": "application/json; charset=utf-8" };
      return { status: 200, body: text, headers: { ...headers, ...type } };
    },
  });
}

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `"${new Uint8Array(bytes).toHex().slice(0, 32)}"`;
}
