import assert from "node:assert/strict";
import { serviceCaller } from "../../packages/database/database.ts";
import { directDatabase } from "../../packages/database/direct.ts";
import { rateLimiter } from "../../packages/http/rate_limit.ts";
import type { RateLimit } from "../../packages/http/route.ts";
import { type Database, freshDatabase } from "../harness/database.ts";

/** Isolates that know nothing of each other. */
const workers = 8;
/** Calls at once in each of them. */
const atOnce = 16;
/** Connections of each of them; as many answers can be under way when a refusal is seen. */
const connections = 2;

/** A database whose time stands still: nothing leaks out of a bucket while the test runs. */
async function stillDatabase(): Promise<Database> {
  const database = await freshDatabase();
  await database
    .sql`create or replace function private.now() returns timestamptz language sql stable
    set search_path = '' as $$ select timestamptz '2026-06-01 12:00Z' $$`;
  return database;
}

/** How many calls of a bucket got through: in all, and before the first was refused. */
interface Passage {
  all: number;
  beforeRefusal?: number;
}

/** Twice as many calls as the limit allows, spread over workers, by everybody in `buckets`. */
async function rush(
  database: Database,
  buckets: string[],
  limit: RateLimit,
): Promise<Record<string, Passage>> {
  const through = Object.fromEntries(buckets.map((bucket) => [bucket, { all: 0 } as Passage]));
  const left = buckets.flatMap((bucket) => Array<string>(2 * limit.calls).fill(bucket));
  await Promise.all(Array.from({ length: workers }, async () => {
    const direct = directDatabase(database.urlFor("tessera_functions"), {
      maxConnections: connections,
    });
    const take = rateLimiter(direct.as(serviceCaller));
    await Promise.all(Array.from({ length: atOnce }, async () => {
      for (;;) {
        const [bucket] = left.splice(Math.floor(Math.random() * left.length), 1);
        if (bucket === undefined) return;
        const passage = through[bucket]!;
        await take(bucket, limit).then(() => passage.all++, (problem) => {
          assert.equal(problem.code, "rate_limited");
          passage.beforeRefusal ??= passage.all;
        });
      }
    }));
    await direct.close();
  }));
  return through;
}

for (const calls of [20, 120, 600, 6000]) {
  Deno.test(`eight workers together let ${calls} calls of each user and each key through, within 2 %`, async () => {
    await using database = await stillDatabase();
    const buckets = [`user:${crypto.randomUUID()}`, `user:${crypto.randomUUID()}`, "key:default"];
    const through = await rush(database, buckets, { calls, seconds: 60 });
    for (const [bucket, { all, beforeRefusal = 0 }] of Object.entries(through)) {
      assert.ok(all <= calls, `${bucket} got ${all} of ${calls}`);
      assert.ok(all >= calls * 0.98, `${bucket} got ${all} of ${calls}`);
      const seen = beforeRefusal + workers * connections;
      assert.ok(seen >= calls * 0.98, `refused after ${beforeRefusal} of ${calls}`);
    }
  });
}
