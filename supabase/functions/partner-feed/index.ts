import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { feedRoutes } from "../../../packages/modera/partners/feed_routes.ts";

export const app = createApp({
  slug: "partner-feed",
  database: databaseFromEnv(),
  routes: feedRoutes(),
});

export default { fetch: app.fetch };
