import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import { type Route, route } from "../http/route.ts";
import { version } from "./version.ts";

const database = z.object({
  database_version: z.string(),
  cron: z.boolean(),
  worker: z.boolean(),
});

const check = z.object({ ok: z.boolean(), reason: z.string().optional() });

const health = z.object({
  status: z.enum(["ready", "degraded", "down"]),
  version: z.string(),
  database_version: z.string().nullable(),
  checks: z.object({ database: check, cron: check, worker: check }),
});

const limit = { calls: 600, seconds: 60 };

/**
 * `GET /live`: this isolate runs. `GET /`: whether what it needs works, with reasons: 200 while
 * requests can be served (`ready`, or `degraded` when the clock's work is late), 503 when they cannot.
 */
export const healthRoutes: Route[] = [
  route({
    method: "GET",
    path: "/live",
    auth: "anyone",
    summary: "Says that functions run.",
    answers: { 200: z.object({ status: z.literal("live"), version: z.string() }) },
    handle: () => Promise.resolve({ status: 200, body: { status: "live", version } }),
  }),
  route({
    method: "GET",
    path: "/",
    auth: "anyone",
    summary: "Whether requests can be served, with reasons.",
    limit,
    answers: { 200: health, 503: health },
    async handle({ service, log }) {
      const body = await service.rpc("api", "health", {}).then(
        (answer) => healthOf(readAnswer(database, answer)),
        (error) => {
          log.error("database_unhealthy", { error });
          return down;
        },
      );
      return { status: body.status === "down" ? 503 : 200, body };
    },
  }),
];

const unknown = { ok: false, reason: "Unknown while the database does not answer." };

const down: z.infer<typeof health> = {
  status: "down",
  version,
  database_version: null,
  checks: {
    database: { ok: false, reason: "The database does not answer." },
    cron: unknown,
    worker: unknown,
  },
};

function healthOf({ database_version, cron, worker }: z.infer<typeof database>) {
  const checks = {
    database: { ok: true },
    cron: cron ? { ok: true } : { ok: false, reason: "pg_cron has not run for five minutes." },
    worker: worker ? { ok: true } : { ok: false, reason: "A job is late by fifteen minutes." },
  };
  return { status: cron && worker ? "ready" : "degraded", version, database_version, checks };
}
