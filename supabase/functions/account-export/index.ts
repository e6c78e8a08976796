import { exportRoutes } from "../../../packages/account/export_routes.ts";
import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { storageFromEnv } from "../../../packages/storage/storage.ts";

export const app = createApp({
  slug: "account-export",
  database: databaseFromEnv(),
  routes: exportRoutes(storageFromEnv()),
});

export default { fetch: app.fetch };
