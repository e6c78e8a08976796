import type { z } from "zod";
import { type FieldError, invalidRequest } from "./problem.ts";

/**
 * Reads `input` by its schema.
 *
 * @throws Problem `invalid_request` 422 that names every wrong, missing or unknown field.
 */
export function validated<T>(schema: z.ZodType<T>, input: unknown): T {
  const read = schema.safeParse(input);
  if (read.success) return read.data;
  throw invalidRequest(read.error.issues.flatMap(fieldErrors));
}

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      field: [...path, key].join("."),
      message: "There is no such field.",
    }));
  }
  return [{ field: path.join(".") || "body", message: issue.message }];
}

/** Query parameters as an object; one that is repeated becomes an array, which no schema takes. */
export function queryObject(search: URLSearchParams): Record<string, string | string[]> {
  const names = [...new Set(search.keys())];
  return Object.fromEntries(names.map((name) => {
    const values = search.getAll(name);
    return [name, values.length === 1 ? values[0] ?? "" : values];
  }));
}
