import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { required, stripeFromEnv } from "../../../packages/payments/stripe_client.ts";
import { topUpRoutes } from "../../../packages/payments/top_up_routes.ts";

export const app = createApp({
  slug: "auto-top-up",
  database: databaseFromEnv(),
  routes: topUpRoutes(stripeFromEnv(), required("CHECKOUT_RETURN_URL")),
});

export default { fetch: app.fetch };
