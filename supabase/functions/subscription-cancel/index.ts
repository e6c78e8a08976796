import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { stripeFromEnv } from "../../../packages/payments/stripe_client.ts";
import { cancelRoutes } from "../../../packages/payments/subscription_routes.ts";

export const app = createApp({
  slug: "subscription-cancel",
  database: databaseFromEnv(),
  routes: cancelRoutes(stripeFromEnv()),
});

export default { fetch: app.fetch };
