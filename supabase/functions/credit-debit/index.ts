import { debitRoute } from "../../../packages/credits/debit_route.ts";
import { databaseFromEnv } from "../../../packages/database/from_env.ts";
import { createApp } from "../../../packages/http/app.ts";

export const app = createApp({
  slug: "credit-debit",
  database: databaseFromEnv(),
  routes: [debitRoute],
});

export default { fetch: app.fetch };
