import { adjustmentRoute } from "../../../packages/credits/adjustment_route.ts";
import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";

export const app = createApp({
  slug: "admin-credits",
  database: databaseFromEnv(),
  routes: [adjustmentRoute],
});

export default { fetch: app.fetch };
