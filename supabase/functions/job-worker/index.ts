import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { workerRoute } from "../../../packages/jobs/worker_route.ts";
import { moderaJobs } from "../../../packages/modera/jobs.ts";
import { paymentJobs } from "../../../packages/payments/jobs.ts";

export const app = createApp({
  slug: "job-worker",
  database: databaseFromEnv(),
  routes: [workerRoute({ ...paymentJobs(), ...moderaJobs() })],
});

export default { fetch: app.fetch };
