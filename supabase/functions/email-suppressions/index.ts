import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { suppressionRoutes } from "../../../packages/mail/suppression_routes.ts";

export const app = createApp({
  slug: "email-suppressions",
  database: databaseFromEnv(),
  routes: suppressionRoutes,
});

export default { fetch: app.fetch };
