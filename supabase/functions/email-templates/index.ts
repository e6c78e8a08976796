import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { templateRoutes } from "../../../packages/mail/template_routes.ts";

export const app = createApp({
  slug: "email-templates",
  database: databaseFromEnv(),
  routes: templateRoutes,
});

export default { fetch: app.fetch };
