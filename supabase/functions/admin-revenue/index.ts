import { revenueRoute } from "../../../packages/admin/revenue_route.ts";
import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";

export const app = createApp({
  slug: "admin-revenue",
  database: databaseFromEnv(),
  routes: [revenueRoute],
});

export default { fetch: app.fetch };
