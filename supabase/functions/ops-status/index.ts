import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { statusRoute } from "../../../packages/operations/status_route.ts";

export const app = createApp({
  slug: "ops-status",
  database: databaseFromEnv(),
  routes: [statusRoute],
});

export default { fetch: app.fetch };
