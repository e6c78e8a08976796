import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { checkoutRoute } from "../../../packages/payments/routes.ts";
import { required, stripeFromEnv } from "../../../packages/payments/stripe_client.ts";

export const app = createApp({
  slug: "checkout",
  database: databaseFromEnv(),
  routes: [checkoutRoute(stripeFromEnv(), required("CHECKOUT_RETURN_URL"))],
});

export default { fetch: app.fetch };
