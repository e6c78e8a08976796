import assert from "node:assert/strict";
import { testPlatform } from "../harness/environment.ts";
import { freshDatabase } from "../harness/database.ts";

const root = new URL("../..", import.meta.url).pathname;
const people = 50;

Deno.test("a function that answered thousands of requests holds on to none of them", async () => {
  await using database = await freshDatabase();
  const holders: string[] = [];
  for (let person = 0; person < people; person++) {
    const holder = crypto.randomUUID();
    await database.sql`select ledger.register_holder('modera', ${holder})`;
    await database.sql`select ledger.grant_credits('modera', ${holder}, 1000, 'grant')`;
    holders.push(holder);
  }
  const { secret_key, publishable_key, api_url } = testPlatform();
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-check", "--cached-only", "--allow-all"],
      ...["--v8-flags=--expose-gc", `${root}tests/load/heap_probe.ts`],
      ...[secret_key, holders.join(",")],
    ],
    cwd: root,
    env: {
      SUPABASE_URL: api_url,
      SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: publishable_key }),
      SUPABASE_SECRET_KEYS: JSON.stringify({ default: secret_key }),
      FUNCTIONS_DB_URL: database.urlFor("tessera_functions"),
      DATABASE_ADAPTER: "direct",
    },
    stdout: "null",
  }).output();
  const text = new TextDecoder().decode(stderr);
  assert.match(text, /^\[\d/, text);
  const heap: number[] = JSON.parse(text);
  const grown = heap.at(-1)! - heap[1]!;
  // Four thousand requests between the two: a hundred bytes kept of each would be seen.
  assert.ok(grown < 400_000, `${grown} bytes more, of ${heap.join(", ")}`);
});
