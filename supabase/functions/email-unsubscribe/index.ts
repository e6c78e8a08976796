import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { unsubscribeLinksFromEnv } from "../../../packages/mail/unsubscribe_links.ts";
import { unsubscribeRoutes } from "../../../packages/mail/unsubscribe_routes.ts";

export const app = createApp({
  slug: "email-unsubscribe",
  database: databaseFromEnv(),
  routes: unsubscribeRoutes(unsubscribeLinksFromEnv),
});

export default { fetch: app.fetch };
