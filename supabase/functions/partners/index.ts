import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { partnerRoutes } from "../../../packages/modera/partners/partner_routes.ts";

export const app = createApp({
  slug: "partners",
  database: databaseFromEnv(),
  routes: partnerRoutes(),
});

export default { fetch: app.fetch };
