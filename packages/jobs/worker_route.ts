import { z } from "zod";
import { type Route, route } from "../http/route.ts";
import { drainJobs } from "./drain.ts";
import type { JobHandler } from "./job.ts";

const report = z.object({
  completed: z.int(),
  retried: z.int(),
  dead: z.int(),
  handed_back: z.int(),
});

/** pg_net waits 60 seconds for the answer; nothing is begun in the last third of them. */
const budgetMs = 40_000;

/** `POST /`: do the jobs that are due, of the kinds that have a handler in one of the groups. */
export function workerRoute(...groups: Readonly<Record<string, JobHandler>>[]): Route {
  const handlers = Object.assign({}, ...groups);
  return route({
    method: "POST",
    path: "/",
    auth: "secret:automations",
    summary: "Do the jobs that are due.",
    limit: { calls: 6000, seconds: 60 },
    body: z.strictObject({}).optional(),
    answers: { 200: report },
    async handle({ service, log }) {
      const body = await drainJobs({ service, handlers, log, budgetMs });
      log.info("jobs_drained", { ...body });
      return { status: 200, body };
    },
  });
}
