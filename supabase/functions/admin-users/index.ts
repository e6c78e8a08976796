import { peopleRoutes } from "../../../packages/admin/people_routes.ts";
import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";

export const app = createApp({
  slug: "admin-users",
  database: databaseFromEnv(),
  routes: peopleRoutes,
});

export default { fetch: app.fetch };
