import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { storageFromEnv } from "../../../packages/modera/pictures.ts";
import { moderaTryOns } from "../../../packages/modera/try_on.ts";
import { providerFromEnv } from "../../../packages/predictions/provider_from_env.ts";
import { providerReadiness } from "../../../packages/tryon/provider_ready.ts";
import { tryOnRoutes } from "../../../packages/tryon/routes.ts";

export const app = createApp({
  slug: "try-on",
  database: databaseFromEnv(),
  routes: tryOnRoutes([moderaTryOns(storageFromEnv())], providerReadiness(providerFromEnv)),
});

export default { fetch: app.fetch };
