import assert from "node:assert/strict";
import { databaseFromEnv } from "./from_env.ts";

const from = (env: Record<string, string>) => databaseFromEnv((name) => env[name]);
const keys = {
  SUPABASE_URL: "http://api.test",
  SUPABASE_PUBLISHABLE_KEYS: '{"default":"sb_publishable_x"}',
  SUPABASE_SECRET_KEYS: '{"default":"sb_secret_x"}',
};

Deno.test("one environment has one pool, and another has another", async () => {
  const one = from({ SUPABASE_DB_URL: "postgresql://a@127.0.0.1:1/x" });
  assert.equal(from({ SUPABASE_DB_URL: "postgresql://a@127.0.0.1:1/x" }), one);
  const preferred = { FUNCTIONS_DB_URL: "postgresql://b@127.0.0.1:1/x" };
  const other = from({ SUPABASE_DB_URL: "postgresql://a@127.0.0.1:1/x", ...preferred });
  assert.notEqual(other, one);
  assert.equal(from(preferred), other);
  await Promise.all([one.close(), other.close()]);
});

Deno.test("what is missing or wrong is named", () => {
  assert.throws(() => from({ DATABASE_ADAPTER: "carrier-pigeon" }), /DATABASE_ADAPTER/);
  assert.throws(() => from({ DATABASE_ADAPTER: "direct" }), /FUNCTIONS_DB_URL/);
  assert.throws(() => from({}), /SUPABASE_URL/);
  assert.throws(() => from({ ...keys, SUPABASE_SECRET_KEYS: "{}" }), /SUPABASE_SECRET_KEYS/);
  assert.ok(from(keys));
});
