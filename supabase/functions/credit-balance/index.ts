import { balanceRoute } from "../../../packages/credits/balance_route.ts";
import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";

export const app = createApp({
  slug: "credit-balance",
  database: databaseFromEnv(),
  routes: [balanceRoute],
});

export default { fetch: app.fetch };
