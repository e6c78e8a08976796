import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { clickRoute } from "../../../packages/modera/recommendations/click_route.ts";
import { recommendationLinksFromEnv } from "../../../packages/modera/recommendations/link.ts";

export const app = createApp({
  slug: "recommendation-click",
  database: databaseFromEnv(),
  routes: [clickRoute(recommendationLinksFromEnv())],
});

export default { fetch: app.fetch };
