import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { workerRoute } from "../../../packages/jobs/worker_route.ts";
import { reconcileHandler } from "../../../packages/payments/reconcile.ts";
import { stripeFromEnv } from "../../../packages/payments/stripe_client.ts";

const app = createApp({
  slug: "job-worker",
  database: databaseFromEnv(),
  routes: [workerRoute({ "stripe.reconcile": reconcileHandler(stripeFromEnv()) })],
});

export default { fetch: app.fetch };
