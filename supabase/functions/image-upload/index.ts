import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { uploadRoutes } from "../../../packages/dtf/upload_routes.ts";
import { createApp } from "../../../packages/http/app.ts";
import { storageFromEnv } from "../../../packages/storage/storage.ts";

export const app = createApp({
  slug: "image-upload",
  database: databaseFromEnv(),
  routes: uploadRoutes(storageFromEnv()),
});

export default { fetch: app.fetch };
