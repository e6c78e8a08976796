import { z } from "zod";
import type { App } from "./app.ts";
import { type JsonObject, jsonSchema, parametersOf, requestBodyOf } from "./openapi_request.ts";
import { problemCodes } from "./problem_codes.ts";
import type { AuthMode, Route } from "./route.ts";

/**
 * Describes apps as an OpenAPI 3.1 document. It is made of the schemas that validate, so it cannot
 * say anything else than the code does.
 *
 * @param serverUrl the base of all functions, e.g. `https://<ref>.supabase.co/functions/v1`.
 */
export function describeRoutes(
  apps: readonly Pick<App, "slug" | "routes">[],
  serverUrl: string,
): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const app of apps) {
    for (const route of app.routes) {
      const below = route.path === "/" ? "" : route.path.replaceAll(/:(\w+)/g, "{$1}");
      const path = paths[`/${app.slug}${below}`] ??= {};
      path[route.method.toLowerCase()] = describeRoute(app.slug, route);
    }
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Tessera",
      version: "1",
      summary: "Edge functions of credit-metered products.",
      description:
        "Every answer carries `X-Request-Id`. What goes wrong is a problem document (RFC 9457) with a stable `code`.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: serverUrl }],
    tags,
    paths,
    components: {
      securitySchemes,
      schemas: { Problem: problemSchema },
      responses: { Problem: problemResponse },
    },
  };
}

const tags = [
  { name: "people", description: "Called by a signed-in person, or for them." },
  { name: "public", description: "Called by anyone." },
  { name: "admins", description: "Called by a signed-in admin." },
  { name: "servers", description: "Called by servers that hold a secret key." },
  { name: "clock", description: "Called by the clock of the database alone." },
  { name: "providers", description: "Called by providers, which sign what they send." },
];

const securitySchemes = {
  user: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "A user's token." },
  secret: { type: "apiKey", in: "header", name: "apikey", description: "A secret key." },
};

const problemSchema = {
  type: "object",
  required: ["type", "title", "status", "detail", "code", "request_id"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    code: { type: "string", enum: Object.keys(problemCodes) },
    request_id: { type: "string" },
    errors: {
      type: "array",
      items: {
        type: "object",
        required: ["field", "message"],
        properties: { field: { type: "string" }, message: { type: "string" } },
      },
    },
  },
};

const problemResponse = {
  description: "A problem document (RFC 9457)",
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
};

const problemReference = { $ref: "#/components/responses/Problem" };

function describeRoute(slug: string, route: Route): JsonObject {
  return {
    operationId: operationId(slug, route),
    summary: route.summary,
    tags: [tagOf(route.auth)],
    security: securityOf(route.auth),
    parameters: parametersOf(route),
    ...requestBodyOf(route),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.answers).map(([status, schema]) => [status, answerOf(status, schema)]),
      ),
      "4XX": problemReference,
      "5XX": problemReference,
    },
  };
}

/** `postTryOn`, `getTryOnById`: the method, the function and the path below it. */
function operationId(slug: string, { method, path }: Route): string {
  const words = path.split("/").filter((part) => part !== "")
    .flatMap((part) => part.startsWith(":") ? ["by", part.slice(1)] : [part]);
  const name = [method.toLowerCase(), ...slug.split("-"), ...words.flatMap((w) => w.split(/\W+/))];
  return name.map((word, n) => n === 0 ? word : word[0]?.toUpperCase() + word.slice(1)).join("");
}

function answerOf(status: string, schema: z.ZodType): JsonObject {
  const described = jsonSchema(schema, "output");
  const description = statusTexts[status] ?? `Status ${status}`;
  if (schema instanceof z.ZodUndefined || schema instanceof z.ZodVoid) return { description };
  const type = described["type"] === "string" ? "text/plain" : "application/json";
  return { description, content: { [type]: { schema: described } } };
}

const statusTexts: Record<string, string> = {
  200: "Done",
  201: "Made",
  202: "Begun",
  204: "Done, with nothing to say",
  302: "The address is in `Location`",
};

function tagOf(auth: AuthMode): string {
  switch (auth) {
    case "anyone":
      return "public";
    case "user":
      return "people";
    case "admin":
      return "admins";
    case "signature":
      return "providers";
    case "secret:automations":
      return "clock";
    default:
      return "servers";
  }
}

function securityOf(auth: AuthMode): JsonObject[] {
  if (auth === "signature" || auth === "anyone") return [];
  return [auth === "user" || auth === "admin" ? { user: [] } : { secret: [] }];
}
