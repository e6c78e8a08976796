import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { tryOnPrediction } from "../../../packages/modera/try_on_prediction.ts";
import { predictionsFromEnv } from "../../../packages/predictions/predictions.ts";
import { predictionWebhookRoute } from "../../../packages/predictions/webhook_route.ts";

export const app = createApp({
  slug: "prediction-webhook",
  database: databaseFromEnv(),
  routes: [predictionWebhookRoute(predictionsFromEnv(), [tryOnPrediction])],
});

export default { fetch: app.fetch };
