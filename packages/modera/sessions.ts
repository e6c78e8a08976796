import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { OpenSession, SessionProduct } from "../sessions/product.ts";

const answered = z.object({
  session_id: z.uuid(),
  type: z.string(),
  status: z.string(),
  created_at: z.string(),
  expires_at: z.string(),
});

/** MODERA's sessions. SQL decides; a cancelled session has failed with `session_cancelled`. */
export const moderaSessions: SessionProduct = {
  product: "modera",
  async start(caller, type, idempotencyKey) {
    return read(
      await caller.rpc("modera", "start_session", { session_type: type, key: idempotencyKey }),
    );
  },
  async cancel(caller, sessionId) {
    return read(await caller.rpc("modera", "cancel_session", { session_id: sessionId }));
  },
};

function read(answer: unknown): OpenSession {
  const session = readAnswer(answered, answer);
  return {
    sessionId: session.session_id,
    type: session.type,
    status: session.status,
    createdAt: session.created_at,
    expiresAt: session.expires_at,
  };
}
