import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { postbackRoute } from "../../../packages/modera/partners/postback_route.ts";

export const app = createApp({
  slug: "partner-postback",
  database: databaseFromEnv(),
  routes: [postbackRoute],
});

export default { fetch: app.fetch };
