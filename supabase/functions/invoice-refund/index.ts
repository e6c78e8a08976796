import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { stripeRefunds } from "../../../packages/payments/refund_provider.ts";
import { refundRoute } from "../../../packages/payments/refund_route.ts";
import { stripeFromEnv } from "../../../packages/payments/stripe_client.ts";

export const app = createApp({
  slug: "invoice-refund",
  database: databaseFromEnv(),
  routes: [refundRoute({ stripe: stripeRefunds(stripeFromEnv()) })],
});

export default { fetch: app.fetch };
