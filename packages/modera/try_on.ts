import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { TryOnProduct } from "../tryon/product.ts";
import { resultsBucket, signedAddress, type Storage } from "./pictures.ts";

/** How long a result's address serves the picture, in seconds. */
const resultSeconds = 600;

const started = z.object({
  try_on_id: z.uuid(),
  session_id: z.uuid(),
  status: z.string(),
  credits_held: z.int(),
});

const found = started.extend({
  credits_used: z.int(),
  result_path: z.string().nullable(),
  fit_analysis: z.record(z.string(), z.unknown()).nullable(),
  quality_score: z.number().nullable(),
  confidence_score: z.number().nullable(),
  engine: z.string().nullable(),
  failure: z.object({ code: z.string(), message: z.string() }).nullable(),
  created_at: z.string(),
  expires_at: z.string(),
  completed_at: z.string().nullable(),
});

/** MODERA's try-ons. SQL decides; Storage signs the address of a result that SQL has shown. */
export function moderaTryOns(storage: Storage): TryOnProduct {
  return {
    product: "modera",
    async start(caller, { personPath, garmentPath, sessionId, idempotencyKey }) {
      const begun = readAnswer(
        started,
        await caller.rpc("modera", "start_try_on", {
          person_path: personPath,
          garment_path: garmentPath,
          key: idempotencyKey,
          session_id: sessionId ?? null,
        }),
      );
      return {
        tryOnId: begun.try_on_id,
        sessionId: begun.session_id,
        status: begun.status,
        creditsHeld: begun.credits_held,
      };
    },
    async read(caller, tryOnId) {
      const answer = await caller.rpc("modera", "try_on", { try_on_id: tryOnId });
      const tryOn = readAnswer(found, answer);
      return {
        tryOnId: tryOn.try_on_id,
        sessionId: tryOn.session_id,
        status: tryOn.status,
        creditsHeld: tryOn.credits_held,
        creditsUsed: tryOn.credits_used,
        resultUrl: tryOn.result_path
          ? await signedAddress(storage, resultsBucket, tryOn.result_path, resultSeconds)
          : null,
        fitAnalysis: tryOn.fit_analysis,
        qualityScore: tryOn.quality_score,
        confidenceScore: tryOn.confidence_score,
        engine: tryOn.engine,
        failure: tryOn.failure,
        createdAt: tryOn.created_at,
        expiresAt: tryOn.expires_at,
        completedAt: tryOn.completed_at,
      };
    },
  };
}
