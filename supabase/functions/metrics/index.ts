import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { metricsRoute } from "../../../packages/operations/metrics_route.ts";

export const app = createApp({
  slug: "metrics",
  database: databaseFromEnv(),
  routes: [metricsRoute],
});

export default { fetch: app.fetch };
