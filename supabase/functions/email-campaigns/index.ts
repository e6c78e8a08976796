import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { campaignRoutes } from "../../../packages/mail/campaign_routes.ts";
import { moderaAudience } from "../../../packages/modera/audience.ts";

export const app = createApp({
  slug: "email-campaigns",
  database: databaseFromEnv(),
  routes: campaignRoutes({ modera: moderaAudience }),
});

export default { fetch: app.fetch };
