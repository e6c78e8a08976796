import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { catalogueRoutes } from "../../../packages/payments/catalogue_routes.ts";

export const app = createApp({
  slug: "catalogue",
  database: databaseFromEnv(),
  routes: catalogueRoutes,
});

export default { fetch: app.fetch };
