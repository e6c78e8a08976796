import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { Session } from "../database/database.ts";
import type { Logger } from "../http/log.ts";
import { type Route, route } from "../http/route.ts";
import type { PredictionProvider } from "../predictions/provider.ts";
import { ProviderError } from "../predictions/provider_error.ts";

const swept = z.object({
  expired: z.int(),
  cancel: z.array(z.object({ provider: z.string(), provider_prediction_id: z.string() })),
});

const report = z.object({ expired: z.int(), canceled: z.int() });

/** Sessions that one call takes at a time, and at most. */
const batch = 100;
const most = 1000;

/** What one run did. */
export type SessionExpiryReport = z.infer<typeof report>;

/**
 * Expires sessions past their time; what they held is released there and then. Their predictions
 * are cancelled at the provider, as far as it answers: a result that comes all the same is late.
 *
 * @param provider gives the provider, or throws `ProviderError` while none is configured.
 */
export async function expireSessions(
  service: Session,
  provider: () => Canceller,
  log: Logger,
): Promise<SessionExpiryReport> {
  const total: SessionExpiryReport = { expired: 0, canceled: 0 };
  while (total.expired < most) {
    const answer = await service.rpc("modera", "expire_sessions", { max: batch });
    const { expired, cancel } = readAnswer(swept, answer);
    total.expired += expired;
    for (const prediction of cancel) {
      if (await canceled(provider, prediction, log)) total.canceled++;
    }
    if (expired < batch) break;
  }
  return total;
}

/** As much of a provider as cancelling takes. */
type Canceller = Pick<PredictionProvider, "name" | "cancel">;

/** False when it is another provider's, or the provider is not there to be told. */
async function canceled(
  provider: () => Canceller,
  prediction: z.infer<typeof swept>["cancel"][number],
  log: Logger,
): Promise<boolean> {
  try {
    const canceller = provider();
    if (canceller.name !== prediction.provider) return false;
    await canceller.cancel(prediction.provider_prediction_id);
    return true;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    log.warn("prediction_not_canceled", { ...prediction, error });
    return false;
  }
}

/** `POST /`: the clock's call to expire sessions past their time. */
export function sessionExpiryRoute(provider: () => PredictionProvider): Route {
  return route({
    method: "POST",
    path: "/",
    auth: "secret:automations",
    summary: "Expire sessions past their time, and cancel their predictions.",
    limit: { calls: 600, seconds: 60 },
    body: z.strictObject({}).optional(),
    answers: { 200: report },
    async handle({ service, log }) {
      return { status: 200, body: await expireSessions(service, provider, log) };
    },
  });
}
