import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { summaryRoute } from "../../../packages/modera/summary_route.ts";

export const app = createApp({
  slug: "admin-summary",
  database: databaseFromEnv(),
  routes: [summaryRoute],
});

export default { fetch: app.fetch };
