import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { logRoutes } from "../../../packages/mail/log_routes.ts";

export const app = createApp({
  slug: "email-logs",
  database: databaseFromEnv(),
  routes: logRoutes,
});

export default { fetch: app.fetch };
