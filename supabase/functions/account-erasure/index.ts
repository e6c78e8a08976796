import { erasureRoutes } from "../../../packages/account/erasure_routes.ts";
import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";

export const app = createApp({
  slug: "account-erasure",
  database: databaseFromEnv(),
  routes: erasureRoutes,
});

export default { fetch: app.fetch };
