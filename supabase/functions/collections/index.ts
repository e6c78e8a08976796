import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { collectionRoutes } from "../../../packages/dtf/collection_routes.ts";
import { createApp } from "../../../packages/http/app.ts";
import { storageFromEnv } from "../../../packages/storage/storage.ts";

export const app = createApp({
  slug: "collections",
  database: databaseFromEnv(),
  routes: collectionRoutes(storageFromEnv()),
});

export default { fetch: app.fetch };
