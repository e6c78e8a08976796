import { accountJobs } from "../../../packages/account/jobs.ts";
import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { workerRoute } from "../../../packages/jobs/worker_route.ts";
import { mailJobs } from "../../../packages/mail/jobs.ts";
import { paymentJobs } from "../../../packages/payments/jobs.ts";
import { productJobs } from "../../../packages/products/jobs.ts";

export const app = createApp({
  slug: "job-worker",
  database: databaseFromEnv(),
  routes: [workerRoute(accountJobs(), paymentJobs(), mailJobs(), productJobs())],
});

export default { fetch: app.fetch };
