import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { recommendationLinksFromEnv } from "../../../packages/modera/recommendations/link.ts";
import { recommendationRoutes } from "../../../packages/modera/recommendations/routes.ts";

export const app = createApp({
  slug: "recommendations",
  database: databaseFromEnv(),
  routes: recommendationRoutes(recommendationLinksFromEnv()),
});

export default { fetch: app.fetch };
