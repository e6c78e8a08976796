import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { stripeFromEnv } from "../../../packages/payments/stripe_client.ts";
import { changeRoute } from "../../../packages/payments/subscription_routes.ts";

export const app = createApp({
  slug: "subscription-change",
  database: databaseFromEnv(),
  routes: [changeRoute(stripeFromEnv())],
});

export default { fetch: app.fetch };
