import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { mailWebhookRoute, webhookSecretsFromEnv } from "../../../packages/mail/webhook_route.ts";

export const app = createApp({
  slug: "email-webhook",
  database: databaseFromEnv(),
  routes: [mailWebhookRoute(webhookSecretsFromEnv)],
});

export default { fetch: app.fetch };
