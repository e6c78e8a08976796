import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { workerRoute } from "../../../packages/jobs/worker_route.ts";
import { storageFromEnv } from "../../../packages/modera/pictures.ts";
import { retentionJobs } from "../../../packages/modera/retention.ts";
import { tryOnPrediction } from "../../../packages/modera/try_on_prediction.ts";
import { paymentJobs } from "../../../packages/payments/jobs.ts";
import { predictionJobs } from "../../../packages/predictions/jobs.ts";

const app = createApp({
  slug: "job-worker",
  database: databaseFromEnv(),
  routes: [
    workerRoute({
      ...paymentJobs(),
      ...predictionJobs([tryOnPrediction]),
      ...retentionJobs(storageFromEnv),
    }),
  ],
});

export default { fetch: app.fetch };
