import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { required, stripeFromEnv } from "../../../packages/payments/stripe_client.ts";
import { portalRoute } from "../../../packages/payments/subscription_routes.ts";

export const app = createApp({
  slug: "billing-portal",
  database: databaseFromEnv(),
  routes: [portalRoute(stripeFromEnv(), required("CHECKOUT_RETURN_URL"))],
});

export default { fetch: app.fetch };
