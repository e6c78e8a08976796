import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { reconciliationRoutes } from "../../../packages/operations/reconciliation_routes.ts";

export const app = createApp({
  slug: "reconciliation",
  database: databaseFromEnv(),
  routes: reconciliationRoutes,
});

export default { fetch: app.fetch };
