import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { imageRoutes } from "../../../packages/dtf/image_routes.ts";
import { createApp } from "../../../packages/http/app.ts";
import { storageFromEnv } from "../../../packages/storage/storage.ts";

export const app = createApp({
  slug: "images",
  database: databaseFromEnv(),
  routes: imageRoutes(storageFromEnv()),
});

export default { fetch: app.fetch };
