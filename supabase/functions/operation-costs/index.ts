import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { costRoutes } from "../../../packages/dtf/admin/cost_routes.ts";
import { createApp } from "../../../packages/http/app.ts";

export const app = createApp({
  slug: "operation-costs",
  database: databaseFromEnv(),
  routes: costRoutes,
});

export default { fetch: app.fetch };
