import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import { type Route, route } from "../http/route.ts";
import { exposition, type Gauge } from "./prometheus.ts";
import { type OperationsStatus, operationsStatus } from "./status.ts";

/** `GET /`: how the work stands as Prometheus' text, for a scraper with the secret key. */
export const metricsRoute: Route = route({
  method: "GET",
  path: "/",
  auth: "secret:default",
  summary: "How the work stands, in Prometheus' text format.",
  limit: { calls: 120, seconds: 60 },
  answers: { 200: z.string() },
  async handle({ service }) {
    const status = readAnswer(operationsStatus, await service.rpc("api", "metrics", {}));
    return {
      status: 200,
      body: exposition(gaugesOf(status)),
      headers: { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" },
    };
  },
});

/** The gauges that say how the work stands. */
function gaugesOf(status: OperationsStatus): Gauge[] {
  const one = (name: string, help: string, value: number): Gauge => ({
    name,
    help,
    samples: [{ value }],
  });
  const { queue, inbox, dead_letters, webhooks_last_hour: webhooks } = status;
  return [
    one("tessera_jobs_queued", "Jobs that wait.", queue.queued),
    one("tessera_jobs_running", "Jobs that are leased.", queue.running),
    one("tessera_jobs_oldest_due_seconds", "How late the latest job is.", queue.oldest_due_seconds),
    one("tessera_inbox_waiting", "Events that wait for another.", inbox.waiting),
    one(
      "tessera_inbox_oldest_waiting_seconds",
      "How long the first of them has waited.",
      inbox.oldest_waiting_seconds,
    ),
    one("tessera_webhooks_last_hour", "Events received in the last hour.", webhooks.received),
    {
      name: "tessera_webhook_lag_seconds",
      help: "From an event to its receipt, over the last hour.",
      samples: [
        { labels: { quantile: "0.5" }, value: webhooks.lag_seconds_p50 },
        { labels: { quantile: "1" }, value: webhooks.lag_seconds_max },
      ],
    },
    {
      name: "tessera_dead_letters",
      help: "What nobody tries any more.",
      samples: [
        { labels: { type: "job" }, value: dead_letters.jobs },
        { labels: { type: "event" }, value: dead_letters.events },
      ],
    },
    one("tessera_late_jobs", "What runs late or failed by the clock.", status.late_jobs.length),
    {
      name: "tessera_cron_succeeded_timestamp_seconds",
      help: "When a job of the clock last succeeded.",
      samples: status.cron.flatMap(({ job, succeeded_at }) =>
        succeeded_at ? [{ labels: { job }, value: Date.parse(succeeded_at) / 1000 }] : []
      ),
    },
    one(
      "tessera_ledger_differs",
      "1 when the last proof failed.",
      status.ledger?.differences ? 1 : 0,
    ),
    {
      name: "tessera_problems_last_hour",
      help: "Problem documents answered in the last hour.",
      samples: status.problems_last_hour.map(({ function: name, code, status, count }) => ({
        labels: { function: name, code, status: String(status) },
        value: count,
      })),
    },
  ];
}
