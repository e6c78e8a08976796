import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { telegramWebhookRoute } from "../../../packages/modera/bot/webhook_route.ts";
import { required } from "../../../packages/payments/stripe_client.ts";
import { telegramFromEnv } from "../../../packages/telegram/client.ts";

export const app = createApp({
  slug: "telegram-webhook",
  database: databaseFromEnv(),
  routes: [telegramWebhookRoute(required("TELEGRAM_WEBHOOK_SECRET"), telegramFromEnv)],
});

export default { fetch: app.fetch };
