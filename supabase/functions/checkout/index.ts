import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { checkoutRoute } from "../../../packages/payments/routes.ts";
import { paymentPagesFromEnv } from "../../../packages/telegram/payment_pages.ts";

export const app = createApp({
  slug: "checkout",
  database: databaseFromEnv(),
  routes: [checkoutRoute(paymentPagesFromEnv())],
});

export default { fetch: app.fetch };
