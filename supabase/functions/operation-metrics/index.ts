import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { metricsRoute } from "../../../packages/dtf/admin/metrics_route.ts";
import { createApp } from "../../../packages/http/app.ts";

export const app = createApp({
  slug: "operation-metrics",
  database: databaseFromEnv(),
  routes: [metricsRoute],
});

export default { fetch: app.fetch };
