import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { starsRefunds } from "../../../packages/modera/bot/stars_refunds.ts";
import { stripeRefunds } from "../../../packages/payments/refund_provider.ts";
import { refundRoute } from "../../../packages/payments/refund_route.ts";
import { stripeFromEnv } from "../../../packages/payments/stripe_client.ts";
import { telegramFromEnv } from "../../../packages/telegram/client.ts";

const [stripe, telegram] = [stripeRefunds(stripeFromEnv()), starsRefunds(telegramFromEnv)];
export const app = createApp({
  slug: "invoice-refund",
  database: databaseFromEnv(),
  routes: [refundRoute({ stripe, telegram })],
});
export default { fetch: app.fetch };
