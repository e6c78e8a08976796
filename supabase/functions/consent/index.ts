import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { consentRoutes } from "../../../packages/modera/consent_routes.ts";

export const app = createApp({
  slug: "consent",
  database: databaseFromEnv(),
  routes: consentRoutes,
});

export default { fetch: app.fetch };
