import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { campaignRoutes } from "../../../packages/mail/campaign_routes.ts";
import { productAudiences } from "../../../packages/products/audiences.ts";

export const app = createApp({
  slug: "email-campaigns",
  database: databaseFromEnv(),
  routes: campaignRoutes(productAudiences),
});

export default { fetch: app.fetch };
