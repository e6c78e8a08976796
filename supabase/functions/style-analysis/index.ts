import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";
import { moderaStyleAnalyses } from "../../../packages/modera/style_analysis.ts";
import { workRoutes } from "../../../packages/work/routes.ts";
import { styleAnalysisWork } from "../../../packages/work/style_analysis.ts";

export const app = createApp({
  slug: "style-analysis",
  database: databaseFromEnv(),
  routes: workRoutes(styleAnalysisWork, [moderaStyleAnalyses]),
});

export default { fetch: app.fetch };
