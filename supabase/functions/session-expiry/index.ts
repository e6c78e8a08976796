import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { sessionExpiryRoute } from "../../../packages/modera/session_expiry.ts";
import { providerFromEnv } from "../../../packages/predictions/provider_from_env.ts";

const app = createApp({
  slug: "session-expiry",
  database: databaseFromEnv(),
  routes: [sessionExpiryRoute(providerFromEnv)],
});

export default { fetch: app.fetch };
