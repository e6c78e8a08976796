import { logRoute } from "../../../packages/admin/log_route.ts";
import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";

export const app = createApp({
  slug: "admin-logs",
  database: databaseFromEnv(),
  routes: [logRoute],
});

export default { fetch: app.fetch };
