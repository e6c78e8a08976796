import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { settingsRoutes } from "../../../packages/modera/settings_routes.ts";

export const app = createApp({
  slug: "settings",
  database: databaseFromEnv(),
  routes: settingsRoutes,
});

export default { fetch: app.fetch };
