import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { productSearchRoute } from "../../../packages/modera/recommendations/search_route.ts";

export const app = createApp({
  slug: "product-search",
  database: databaseFromEnv(),
  routes: [productSearchRoute],
});

export default { fetch: app.fetch };
