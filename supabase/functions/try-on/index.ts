import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { moderaTryOns } from "../../../packages/modera/try_on.ts";
import { storageFromEnv } from "../../../packages/storage/storage.ts";
import { workRoutes } from "../../../packages/work/routes.ts";
import { tryOnWork } from "../../../packages/work/try_on.ts";

export const app = createApp({
  slug: "try-on",
  database: databaseFromEnv(),
  routes: workRoutes(tryOnWork, [moderaTryOns(storageFromEnv())]),
});

export default { fetch: app.fetch };
