import { z } from "zod";
import { readAnswer } from "../../database/answer.ts";
import type { Json } from "../../database/types.ts";
import { exampleIds } from "../../http/example_ids.ts";
import { type Route, route } from "../../http/route.ts";
import { providerFromEnv } from "../../predictions/provider_from_env.ts";
import { signedAddresses, type Storage } from "../../storage/storage.ts";
import { type EnsureReady, providerReadiness } from "../../work/provider_ready.ts";
import { addressSeconds, imagesBucket } from "../pictures.ts";
import {
  furtherSteps,
  type OperationName,
  operationNames,
  operationOptions,
  ordered,
  slugOf,
} from "./chain.ts";

const status = z.enum(["pending", "processing", "completed", "failed"]);

const started = z.object({
  chain_id: z.uuid(),
  image_id: z.uuid(),
  status,
  credits_held: z.int().describe("For all steps together"),
});

const operation = z.object({
  operation_id: z.uuid(),
  operation: z.enum(operationNames as [OperationName, ...OperationName[]]),
  status,
  progress: z.int().describe("Per cent"),
  price: z.int().describe("Credits"),
  credits_used: z.int(),
  options: z.record(z.string(), z.unknown()),
  measures: z.record(z.string(), z.unknown()).nullable()
    .describe("width, height, and what the operation measures: paths, coverage, …"),
  seconds: z.number().nullable(),
  failure: z.object({ code: z.string(), message: z.string() }).nullable(),
});

const stored = z.object({
  chain_id: z.uuid(),
  image_id: z.uuid(),
  status,
  progress: z.int(),
  credits_held: z.int(),
  credits_used: z.int(),
  created_at: z.string(),
  completed_at: z.string().nullable(),
  operations: z.array(
    operation.extend({ result_path: z.string().nullable(), preview_path: z.string().nullable() }),
  ),
});

const address = z.url().nullable();

const found = stored.extend({
  operations: z.array(
    operation.extend({
      result_url: address.describe("Serves what this step made for ten minutes"),
      preview_url: address.describe("The same of a picture of how it will look"),
    }),
  ),
});

/** One after the other is asked before anything is held. */
function readiness(): (operation: OperationName) => Promise<void> {
  const known = new Map<OperationName, EnsureReady>();
  return (operation) => {
    const ensure = known.get(operation) ??
      providerReadiness(() => providerFromEnv(slugOf(operation)));
    known.set(operation, ensure);
    return ensure();
  };
}

/**
 * `POST /` begins an operation of DTF Editor on a picture, with what follows it; `GET /:id` tells how all of it stands.
 *
 * @param ensureReady is asked for each step before anything is held; the provider that the environment chooses, unless said.
 */
export function operationRoutes(
  name: OperationName,
  storage: Storage,
  ensureReady: (operation: OperationName) => Promise<void> = readiness(),
): Route[] {
  const start = route({
    method: "POST",
    path: "/",
    auth: "user",
    summary: `DTF Editor: ${
      summaries[name]
    }. Holds the price of all steps, charges it when the last is done.`,
    idempotent: true,
    limit: { calls: 30, seconds: 60 },
    examples: {
      "A picture of one's own": {
        body: name === "generate" ? { prompt: "A cat" } : { image_id: exampleIds.image },
      },
    },
    body: z.strictObject({
      ...(name === "generate" ? {} : { image_id: z.uuid() }),
      ...operationOptions[name],
      then: furtherSteps,
    }),
    answers: { 202: started },
    async handle({ db, body, idempotencyKey, log }) {
      const { image_id = null, then, ...options } = body as Body;
      const steps = ordered({ operation: name, options }, then);
      for (const { operation } of steps) await ensureReady(operation);
      const request = { image_id, steps: steps as unknown as Json, key: idempotencyKey };
      const chain = readAnswer(
        started,
        await db.rpc("dtf", "start_operations", request as typeof request & { image_id: string }),
      );
      log.info("operations", { chain_id: chain.chain_id, steps: steps.length });
      return { status: 202, headers: { Location: chain.chain_id }, body: chain };
    },
  });
  const read = route({
    method: "GET",
    path: "/:id",
    auth: "user",
    summary: "DTF Editor: how the caller's request stands: progress, results, receipt.",
    limit: { calls: 300, seconds: 60 },
    examples: { "How it stands": { params: { id: exampleIds.operations } } },
    params: z.object({ id: z.uuid() }),
    answers: { 200: found },
    async handle({ db, params }) {
      const chain = readAnswer(stored, await db.rpc("dtf", "operations", { chain_id: params.id }));
      return { status: 200, body: await shown(storage, chain) };
    },
  });
  return [start, read];
}

interface Body {
  image_id?: string;
  then: z.infer<typeof furtherSteps>;
  [option: string]: unknown;
}

async function shown(
  storage: Storage,
  chain: z.infer<typeof stored>,
): Promise<z.infer<typeof found>> {
  const paths = chain.operations.flatMap((
    each,
  ) => [each.result_path ?? [], each.preview_path ?? []])
    .flat();
  const addresses = await signedAddresses(storage, imagesBucket, paths, addressSeconds);
  return {
    ...chain,
    operations: chain.operations.map(({ result_path, preview_path, ...each }) => ({
      ...each,
      result_url: addresses.get(result_path ?? "") ?? null,
      preview_url: addresses.get(preview_path ?? "") ?? null,
    })),
  };
}

const summaries: Record<OperationName, string> = {
  upscale: "enlarges a picture two or four times",
  background_removal: "cuts a picture out of its background",
  vectorize: "traces a picture into an SVG of paths",
  generate: "has a picture made from words",
  halftone: "turns soft transparency or tones into dots",
  color_knockout: "removes a colour, for shirts of that colour",
  underbase: "makes the white layer that is printed under a picture",
};
