import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { functionsUrl } from "../../../packages/http/functions_url.ts";
import { shareRoutes } from "../../../packages/modera/share.ts";
import { storageFromEnv } from "../../../packages/storage/storage.ts";

export const app = createApp({
  slug: "share",
  database: databaseFromEnv(),
  routes: shareRoutes(storageFromEnv(), `${functionsUrl()}/share`),
});

export default { fetch: app.fetch };
