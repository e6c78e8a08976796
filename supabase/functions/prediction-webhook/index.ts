import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { productPredictionKinds } from "../../../packages/products/prediction_kinds.ts";
import { predictionsFromEnv } from "../../../packages/predictions/predictions.ts";
import { predictionWebhookRoute } from "../../../packages/predictions/webhook_route.ts";

export const app = createApp({
  slug: "prediction-webhook",
  database: databaseFromEnv(),
  routes: [predictionWebhookRoute(predictionsFromEnv(), productPredictionKinds)],
});

export default { fetch: app.fetch };
