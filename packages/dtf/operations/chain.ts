import { z } from "zod";
import { problem } from "../../http/problem.ts";
import { printOptions } from "../../imaging/print/options.ts";

/** What each operation may be told, by its name. */
export const operationOptions = {
  ...printOptions,
  generate: {
    prompt: z.string().trim().min(1).max(1000).describe("What the picture is to show"),
  },
} as const satisfies Record<string, z.ZodRawShape>;

/** The name of an operation, as rows and answers have it. */
export type OperationName = keyof typeof operationOptions;

/** All of them. */
export const operationNames = Object.keys(operationOptions) as OperationName[];

/** What a provider is asked to do, and the name of the function: `background-removal`. */
export function slugOf(operation: OperationName): string {
  return operation.replaceAll("_", "-");
}

/** A step as SQL takes it. */
export interface Step {
  operation: OperationName;
  options: Record<string, unknown>;
}

/** A further step of a request. */
export interface FurtherStep extends Step {
  name?: string | undefined;
  after?: string | undefined;
}

const stepName = z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/);

/** The name by which further steps refer to the one that the request begins with. */
const firstName = "first";

const step = (operation: OperationName, options: z.ZodRawShape) =>
  z.strictObject({
    operation: z.literal(operation),
    options: z.strictObject(options).prefault({}),
    name: stepName.optional().describe("For other steps to refer to"),
    after: stepName.optional()
      .describe(
        `The step whose result it works on; the one before it unless said. The request's own is ${firstName}`,
      ),
  });

/** Steps that may follow. */
export const furtherSteps = z.array(
  z.discriminatedUnion("operation", [
    step("upscale", operationOptions.upscale),
    step("background_removal", operationOptions.background_removal),
    step("vectorize", operationOptions.vectorize),
    step("halftone", operationOptions.halftone),
    step("color_knockout", operationOptions.color_knockout),
    step("underbase", operationOptions.underbase),
  ]),
).max(9).default([]).describe(
  "What is done to the result, in the same request and on the same receipt",
);

/**
 * The steps of a request in the order in which they are done: each works on what the one named in `after` made.
 * @throws Problem `chain_impossible` (422) for a cycle, an unknown or repeated name, or two steps after one.
 */
export function ordered(first: Step, further: readonly FurtherStep[]): Step[] {
  const named = further.map(({ name, after, ...rest }, i) => ({
    ...rest,
    name: name ?? `step-${i + 2}`,
    after: after ?? (i === 0 ? firstName : further[i - 1]!.name ?? `step-${i + 1}`),
  }));
  const names = new Set([firstName, ...named.map(({ name }) => name)]);
  if (names.size <= named.length) throw impossible("Two steps have one name.");
  const unknown = named.find(({ after }) => !names.has(after));
  if (unknown) throw impossible(`There is no step ${unknown.after}.`);
  const followers = new Map(named.map((each) => [each.after, each]));
  if (followers.size < named.length) throw impossible("Two steps work on one result.");
  const chain: Step[] = [first];
  for (let next = followers.get(firstName); next; next = followers.get(next.name)) {
    chain.push({ operation: next.operation, options: next.options });
  }
  if (chain.length <= named.length) throw impossible("A step waits for itself.");
  return chain;
}

function impossible(detail: string) {
  return problem("chain_impossible", detail, { extra: { field: "then" } });
}
