import type { z } from "zod";
import { internalProblem } from "./problem.ts";

/**
 * Reads what a SQL function returned by its schema.
 *
 * @throws Problem `internal` when the answer has another shape: code and migrations disagree.
 */
export function readAnswer<T>(schema: z.ZodType<T>, answer: unknown): T {
  const read = schema.safeParse(answer);
  if (!read.success) throw internalProblem(read.error);
  return read.data;
}
