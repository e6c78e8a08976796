import assert from "node:assert/strict";
import fc from "../../harness/fast_check.ts";
import postgres from "postgres";
import { type Caller, serviceCaller } from "../../../packages/database/database.ts";
import {
  callMessage,
  directDatabase,
  type DirectOptions,
} from "../../../packages/database/direct.ts";
import { spanOf, traceparentOf } from "../../../packages/http/trace.ts";
import { freshDatabase } from "../../harness/database.ts";

/** A migrated database with functions to look at a call from inside, and an adapter on it. */
async function adapter(options: DirectOptions = {}) {
  const database = await freshDatabase();
  await database.sql.unsafe(`
    create function api.test_identity() returns jsonb language sql stable set search_path = ''
    return jsonb_build_object('role', current_user, 'sub', auth.uid(), 'backend', pg_backend_pid());
    create function api.test_echo(note text, names text[], extra jsonb) returns jsonb language sql stable set search_path = ''
    return jsonb_build_object('note', note, 'names', names, 'extra', extra);
    create function api.test_sleep() returns void language sql volatile set search_path = ''
    return pg_sleep(5);
    create function api.test_raise(message text) returns jsonb language plpgsql volatile set search_path = ''
    as $$ begin raise exception '%', message; end $$;
    grant execute on function api.test_identity() to authenticated, service_role;
    grant execute on function api.test_echo(text, text[], jsonb) to authenticated;
    grant execute on function api.test_sleep() to authenticated;
    grant execute on function api.test_raise(text) to authenticated;`);
  const direct = directDatabase(database.urlFor("tessera_functions"), options);
  const call = (caller: Caller, name: string, args: Record<string, unknown> = {}) =>
    // The functions of this test are not in the generated types.
    direct.as(caller).rpc("api", name as "late_jobs", args as Record<string, never>);
  return {
    call,
    direct,
    database,
    [Symbol.asyncDispose]: async () => {
      await direct.close();
      await database.close();
    },
  };
}

function user(sub: string = crypto.randomUUID()): Caller & { claims: { sub: string } } {
  return { role: "authenticated", claims: { sub, role: "authenticated" } };
}

Deno.test("every call runs as its own caller, however calls share connections", async () => {
  await using at = await adapter({ maxConnections: 2 });
  const backends = new Set();
  await Promise.all(Array.from({ length: 200 }, async (_, i) => {
    const caller = i % 5 === 0 ? serviceCaller : user();
    const seen = await at.call(caller, "test_identity") as Record<string, unknown>;
    assert.equal(seen["role"], caller.role);
    assert.equal(seen["sub"], caller.claims["sub"] ?? null);
    backends.add(seen["backend"]);
  }));
  assert.equal(backends.size, 2);
});

Deno.test("after a call, its connection is nobody's again", async () => {
  await using at = await adapter();
  const sql = postgres(at.database.urlFor("tessera_functions"), { max: 1, onnotice: () => {} });
  const state = () =>
    sql`
      select current_user as role, nullif(current_setting('request.jwt.claims', true), '') as claims,
        nullif(current_setting('request.id', true), '') as request_id,
        nullif(current_setting('request.traceparent', true), '') as traceparent,
        current_setting('statement_timeout') as timeout, pg_backend_pid() as backend`;
  const mark = { requestId: "r-1", traceparent: traceparentOf(spanOf(null)) };
  try {
    const before = await state();
    await sql.unsafe(
      callMessage({ caller: user(), mark, timeoutMs: 1234 }, "api", "test_identity", {}),
    ).simple();
    assert.deepEqual([...await state()], [...before]);
  } finally {
    await sql.end();
  }
});

Deno.test("a call that fails leaves no role or claims behind on its connection", async () => {
  await using at = await adapter({ maxConnections: 1 });
  await assert.rejects(at.call(user(), "test_raise", { message: "boom" }), { code: "internal" });
  const sql = at.database.sql;
  const [row] = await sql`
    select count(*)::int as open from pg_stat_activity
    where usename = 'tessera_functions' and datname = current_database() and state like 'idle in transaction%'`;
  assert.equal(row?.["open"], 0);
  const nobody: Caller = { role: "anon", claims: {} };
  await assert.rejects(at.call(nobody, "test_identity"), { code: "internal" });
  const next = user();
  const seen = await at.call(next, "test_identity") as Record<string, unknown>;
  assert.equal(seen["sub"], next.claims.sub);
});

Deno.test("X-05: the login role itself may call nothing and become nobody else", async () => {
  await using at = await adapter();
  const login = at.database.urlFor("tessera_functions");
  const sql = postgres(login, { max: 1, onnotice: () => {} });
  try {
    await assert.rejects(sql`select api.test_identity()`, { code: "42501" });
    await assert.rejects(sql`set role postgres`, { code: "42501" });
    await assert.rejects(sql`select * from ledger.entries`, { code: "42501" });
  } finally {
    await sql.end();
  }
});

Deno.test("any text arrives as it was sent, and none is read as SQL", async () => {
  await using at = await adapter();
  const caller = user();
  const text = fc.string({ unit: "binary" }).filter((value) =>
    !value.includes("\0") && value.isWellFormed()
  );
  const hostile = fc.constantFrom(
    "'; drop table x; --",
    "\\'; select 1; --",
    "$1",
    "E'\\\\'",
    "\\",
  );
  const value = fc.oneof(text, hostile);
  await fc.assert(
    fc.asyncProperty(value, fc.array(value), value, async (note, names, inner) => {
      const sent = { note, names, extra: { inner: [inner, null, 1.5, true] } };
      assert.deepEqual(await at.call(caller, "test_echo", sent), sent);
    }),
    { numRuns: 200 },
  );
});

Deno.test("a call that takes too long is cancelled: 503, and the connection is free again", async () => {
  await using at = await adapter({ maxConnections: 1, statementTimeoutMs: 100 });
  await assert.rejects(at.call(user(), "test_sleep"), {
    status: 503,
    code: "database_unavailable",
  });
  assert.ok(await at.call(serviceCaller, "test_identity"));
});

Deno.test("no server: 503 database_unavailable", async () => {
  const direct = directDatabase("postgresql://nobody:x@127.0.0.1:1/none");
  await assert.rejects(direct.as(serviceCaller).rpc("api", "late_jobs", {}), {
    status: 503,
    code: "database_unavailable",
  });
  await direct.close();
});

Deno.test("a connection that the server ended fails the calls on it, and no later one", async () => {
  await using at = await adapter({ maxConnections: 1 });
  await at.call(serviceCaller, "test_identity");
  const admin = postgres(at.database.urlFor("supabase_admin"), { max: 1 });
  await admin`
    select pg_terminate_backend(pid) from pg_stat_activity
    where usename = 'tessera_functions' and datname = current_database()`;
  await admin.end();
  const during = await Promise.allSettled(
    Array.from({ length: 5 }, () => at.call(serviceCaller, "test_identity")),
  );
  for (const call of during) {
    if (call.status === "rejected") assert.equal(call.reason.code, "database_unavailable");
  }
  for (let i = 0; i < 3; i++) assert.ok(await at.call(serviceCaller, "test_identity"));
});
