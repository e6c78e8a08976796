import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { moderaSessions } from "../../../packages/modera/sessions.ts";
import { sessionCancelRoute } from "../../../packages/sessions/routes.ts";

export const app = createApp({
  slug: "session-cancel",
  database: databaseFromEnv(),
  routes: [sessionCancelRoute([moderaSessions])],
});

export default { fetch: app.fetch };
