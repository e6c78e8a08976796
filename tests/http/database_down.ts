import { testPlatform } from "../harness/environment.ts";
import { restartFunctions } from "../harness/platform.ts";

/** The environment in which functions cannot reach the database, and the one in which they can. */
function environments(): [down: Record<string, string>, up: Record<string, string>] {
  const { adapter, api_url, db_url } = testPlatform();
  if (adapter === "data-api") {
    return [{ SUPABASE_URL: "http://127.0.0.1:1" }, { SUPABASE_URL: api_url }];
  }
  const login = new URL(db_url);
  login.username = "tessera_functions";
  return [
    { FUNCTIONS_DB_URL: "postgresql://tessera_functions:x@127.0.0.1:1/postgres" },
    { FUNCTIONS_DB_URL: login.href },
  ];
}

/** Does `work` while functions cannot reach the database. */
export async function withoutDatabase(work: () => Promise<void>): Promise<void> {
  const [down, up] = environments();
  await restartFunctions(down);
  try {
    await work();
  } finally {
    await restartFunctions(up);
  }
}
