import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { workerRoute } from "../../../packages/jobs/worker_route.ts";
import { tryOnPrediction } from "../../../packages/modera/try_on_prediction.ts";
import { reconcileHandler } from "../../../packages/payments/reconcile.ts";
import { stripeFromEnv } from "../../../packages/payments/stripe_client.ts";
import { predictionHandler } from "../../../packages/predictions/advance.ts";
import { predictionsFromEnv } from "../../../packages/predictions/predictions.ts";

const routes = [workerRoute({
  "stripe.reconcile": reconcileHandler(stripeFromEnv()),
  [tryOnPrediction.kind]: predictionHandler(
    predictionsFromEnv(),
    tryOnPrediction,
  ),
})];
const app = createApp({
  slug: "job-worker",
  database: databaseFromEnv(),
  routes,
});
export default { fetch: app.fetch };
