import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { stripeWebhookRoute } from "../../../packages/payments/routes.ts";
import { required, stripeFromEnv } from "../../../packages/payments/stripe_client.ts";

export const app = createApp({
  slug: "stripe-webhook",
  database: databaseFromEnv(),
  routes: [stripeWebhookRoute(stripeFromEnv(), required("STRIPE_WEBHOOK_SECRET").split(","))],
});

export default { fetch: app.fetch };
