import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { invoiceExpiryRoute } from "../../../packages/payments/routes.ts";
import { stripeFromEnv } from "../../../packages/payments/stripe_client.ts";

export const app = createApp({
  slug: "invoice-expiry",
  database: databaseFromEnv(),
  routes: [invoiceExpiryRoute(stripeFromEnv())],
});

export default { fetch: app.fetch };
