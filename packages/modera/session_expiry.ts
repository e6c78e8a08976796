import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { Session } from "../database/database.ts";
import { type Route, route } from "../http/route.ts";

const report = z.object({ expired: z.int() });

/** Sessions that one transaction takes, and one call at most. */
const batch = 100;
const most = 1000;

/**
 * Expires sessions past their time. What they held is released there and then; jobs tell the
 * providers to stop, and a result that comes all the same is late.
 *
 * @returns how many.
 */
export async function expireSessions(service: Session): Promise<number> {
  let total = 0;
  while (total < most) {
    const answer = await service.rpc("modera", "expire_sessions", { max: batch });
    const { expired } = readAnswer(report, answer);
    total += expired;
    if (expired < batch) break;
  }
  return total;
}

/** `POST /`: the clock's call to expire sessions past their time. */
export const sessionExpiryRoute: Route = route({
  method: "POST",
  path: "/",
  auth: "secret:automations",
  summary: "Expire sessions past their time, and give their predictions up.",
  limit: { calls: 600, seconds: 60 },
  body: z.strictObject({}).optional(),
  answers: { 200: report },
  async handle({ service }) {
    return { status: 200, body: { expired: await expireSessions(service) } };
  },
});
