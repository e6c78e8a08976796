import { z } from "zod";
import type { Route } from "./route.ts";

/** Part of a description. */
export type JsonObject = Record<string, unknown>;

/** A schema as JSON Schema: of what is sent (`input`), or of what is answered (`output`). */
export function jsonSchema(schema: z.ZodType, io: "input" | "output"): JsonObject {
  const { $schema: _dialect, ...described } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
  });
  return described;
}

/** The header, path and query parameters of a route, with the values of its examples. */
export function parametersOf(route: Route): JsonObject[] {
  return [
    ...(route.idempotent
      ? [{
        name: "Idempotency-Key",
        in: "header",
        description: "New for each action; the same again repeats the answer and not the action.",
        required: true,
        schema: { type: "string", minLength: 1, maxLength: 255 },
      }]
      : []),
    ...membersOf(route, "path"),
    ...membersOf(route, "query"),
  ];
}

/** The body of a route, with those of its examples; nothing when it takes none. */
export function requestBodyOf({ body, examples = {} }: Route): JsonObject {
  if (!body) return {};
  const values = Object.entries(examples).flatMap(([summary, { body }]) =>
    body === undefined ? [] : [[nameOf(summary), { summary, value: body }]]
  );
  return {
    requestBody: {
      required: !body.safeParse(undefined).success,
      content: {
        "application/json": {
          schema: jsonSchema(body, "input"),
          ...(values.length > 0 ? { examples: Object.fromEntries(values) } : {}),
        },
      },
    },
  };
}

function membersOf(route: Route, place: "path" | "query"): JsonObject[] {
  const schema = place === "path" ? route.params : route.query;
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
    ...valuesOf(route, place, name),
  }));
}

function valuesOf({ examples = {} }: Route, place: "path" | "query", name: string): JsonObject {
  const values = Object.entries(examples).flatMap(([summary, example]) => {
    const value = (place === "path" ? example.params : example.query)?.[name];
    return value === undefined ? [] : [[nameOf(summary), { summary, value }]];
  });
  return values.length > 0 ? { examples: Object.fromEntries(values) } : {};
}

/** The examples of one request have the same name in each of its parts. */
function nameOf(summary: string): string {
  return summary.toLowerCase().replaceAll(/\W+/g, "-").replaceAll(/^-|-$/g, "");
}
