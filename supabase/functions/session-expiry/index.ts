import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { sessionExpiryRoute } from "../../../packages/modera/session_expiry.ts";

export const app = createApp({
  slug: "session-expiry",
  database: databaseFromEnv(),
  routes: [sessionExpiryRoute],
});

export default { fetch: app.fetch };
