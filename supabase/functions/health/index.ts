import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { healthRoutes } from "../../../packages/operations/health_routes.ts";

export const app = createApp({
  slug: "health",
  database: databaseFromEnv(),
  routes: healthRoutes,
});

export default { fetch: app.fetch };
