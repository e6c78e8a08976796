import { authAccountsFromEnv } from "../../../packages/auth/accounts.ts";
import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { telegramSignInRoutes } from "../../../packages/modera/telegram_sign_in.ts";
import { required } from "../../../packages/payments/stripe_client.ts";

export const app = createApp({
  slug: "telegram-sign-in",
  database: databaseFromEnv(),
  routes: telegramSignInRoutes(required("TELEGRAM_BOT_TOKEN"), authAccountsFromEnv()),
});

export default { fetch: app.fetch };
