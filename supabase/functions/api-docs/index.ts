import document from "../../../docs/openapi.json" with { type: "json" };
import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { apiDocsRoute } from "../../../packages/http/openapi_route.ts";
import { functionsUrl } from "../../../packages/http/functions_url.ts";

export const app = createApp({
  slug: "api-docs",
  database: databaseFromEnv(),
  routes: [apiDocsRoute(document, functionsUrl())],
});

export default { fetch: app.fetch };
