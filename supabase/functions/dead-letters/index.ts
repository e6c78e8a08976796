import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { deadLetterRoutes } from "../../../packages/operations/dead_letter_routes.ts";

export const app = createApp({
  slug: "dead-letters",
  database: databaseFromEnv(),
  routes: deadLetterRoutes,
});

export default { fetch: app.fetch };
