import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { downloadRoute } from "../../../packages/dtf/download_route.ts";
import { createApp } from "../../../packages/http/app.ts";
import { storageFromEnv } from "../../../packages/storage/storage.ts";

export const app = createApp({
  slug: "image-download",
  database: databaseFromEnv(),
  routes: [downloadRoute(storageFromEnv())],
});

export default { fetch: app.fetch };
