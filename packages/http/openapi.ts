import { z } from "zod";
import type { App } from "./app.ts";
import { problemCodes } from "./problem_codes.ts";
import type { Route } from "./route.ts";

type JsonObject = Record<string, unknown>;

/**
 * Describes apps as an OpenAPI 3.1 document. It is made of the schemas that validate, so it cannot
 * say anything else than the code does.
 *
 * @param serverUrl the base of all functions, e.g. `https://<ref>.supabase.co/functions/v1`.
 */
export function describeRoutes(apps: readonly App[], serverUrl: string): JsonObject {
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
    info: { title: "Tessera", version: "1" },
    servers: [{ url: serverUrl }],
    paths,
    components: { securitySchemes, schemas: { Problem: problemSchema } },
  };
}

const securitySchemes = {
  user: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
  secret: { type: "apiKey", in: "header", name: "apikey" },
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

function describeRoute(slug: string, route: Route): JsonObject {
  const answers = Object.entries(route.answers).map(([status, schema]) => [
    status,
    { description: "", content: { "application/json": { schema: jsonSchema(schema, "output") } } },
  ]);
  return {
    operationId: `${slug}${route.path === "/" ? "" : route.path.replaceAll(/\W+/g, "-")}`,
    summary: route.summary,
    security: securityOf(route),
    parameters: parametersOf(route),
    ...(route.body
      ? {
        requestBody: {
          required: !route.body.safeParse(undefined).success,
          content: { "application/json": { schema: jsonSchema(route.body, "input") } },
        },
      }
      : {}),
    responses: {
      ...Object.fromEntries(answers),
      default: {
        description: "A problem document (RFC 9457)",
        content: {
          "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
        },
      },
    },
  };
}

function securityOf(route: Route): JsonObject[] {
  if (route.auth === "signature" || route.auth === "anyone") return [];
  return [route.auth === "user" || route.auth === "admin" ? { user: [] } : { secret: [] }];
}

function parametersOf(route: Route): JsonObject[] {
  return [
    ...(route.idempotent
      ? [{
        name: "Idempotency-Key",
        in: "header",
        required: true,
        schema: { type: "string", minLength: 1, maxLength: 255 },
      }]
      : []),
    ...membersOf(route.params, "path"),
    ...membersOf(route.query, "query"),
  ];
}

function membersOf(schema: z.ZodType | undefined, place: "path" | "query"): JsonObject[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = jsonSchema(schema, "input") as {
    properties?: Record<string, JsonObject>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, member]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema: member,
  }));
}

function jsonSchema(schema: z.ZodType, io: "input" | "output"): JsonObject {
  const { $schema: _dialect, ...described } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
  });
  return described;
}
