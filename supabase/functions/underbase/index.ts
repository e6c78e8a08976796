import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { operationRoutes } from "../../../packages/dtf/operations/routes.ts";
import { createApp } from "../../../packages/http/app.ts";
import { storageFromEnv } from "../../../packages/storage/storage.ts";

export const app = createApp({
  slug: "underbase",
  database: databaseFromEnv(),
  routes: operationRoutes("underbase", storageFromEnv()),
});

export default { fetch: app.fetch };
