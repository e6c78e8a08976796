import assert from "node:assert/strict";
import { eventually } from "../harness/eventually.ts";
import {
  callFunction,
  callJson,
  newUser,
  platformDatabase,
  type User,
} from "../harness/platform.ts";
import { freshKey, newAdmin, type ProblemBody } from "./people.ts";

/** Runs SQL as the owner. */
async function owner<T>(
  work: (sql: ReturnType<typeof platformDatabase>) => Promise<T>,
): Promise<T> {
  const sql = platformDatabase();
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}

/** A job of a kind that nobody does, dead. */
function deadJob(): Promise<string> {
  return owner(async (sql) => {
    const worker = freshKey();
    const [job] = await sql`select jobs.enqueue(${`test.${
      worker.slice(0, 8)
    }`}, '{"secret": "x"}') as id`;
    await sql`select jobs.claim(array[(select kind from jobs.queue where id = ${
      job!["id"]
    })], ${worker})`;
    await sql`select jobs.fail(${job!["id"]}, ${worker}, 'No such thing.', false)`;
    return job!["id"] as string;
  });
}

const actionsOn = (subject: string) =>
  owner(async (sql) => {
    const rows = await sql`select action from audit.log where subject = ${subject} order by id`;
    return rows.map(({ action }) => action);
  });

Deno.test("health answers anyone, with checks and versions and nothing else", async () => {
  const live = await callJson("health/live");
  assert.deepEqual([live.status, live.body["status"]], [200, "live"]);
  const { status, body } = await callJson<{ status: string; checks: { database: unknown } }>(
    "health",
  );
  assert.equal(status, 200);
  // Other tests move the clock, so that cron and jobs may be late here.
  assert.ok(["ready", "degraded"].includes(body.status));
  assert.deepEqual(body.checks.database, { ok: true });
  assert.deepEqual(Object.keys(body).sort(), ["checks", "database_version", "status", "version"]);
});

const forAdmins = [
  ["GET", "ops-status", undefined],
  ["GET", "dead-letters", undefined],
  ["POST", `dead-letters/job/${freshKey()}/replay`, undefined],
  ["POST", `dead-letters/event/${freshKey()}/discard`, { reason: "x" }],
  ["POST", "reconciliation", {}],
  ["GET", `reconciliation/${freshKey()}`, undefined],
] as const;

for (const [method, path, body] of forAdmins) {
  Deno.test(`${method} ${path.replace(/[0-9a-f-]{36}/, "…")} is for admins of all products`, async () => {
    const ask = (caller: User | "nobody" | "secret") =>
      callJson<ProblemBody>(path, { method, caller, body, key: freshKey() });
    for (const caller of ["nobody", "secret"] as const) {
      assert.equal((await ask(caller)).status, 401);
    }
    for (const caller of [await newUser(), await newAdmin("modera")]) {
      const { status, body } = await ask(caller);
      assert.deepEqual([status, body.code], [403, "admin_required"]);
    }
  });
}

Deno.test("metrics are for the secret key alone, and are Prometheus' text", async () => {
  for (const caller of ["nobody", "automations", await newAdmin()] as const) {
    assert.equal((await callJson("metrics", { caller })).status, 401);
  }
  const answer = await callFunction("metrics", { caller: "secret" });
  assert.match(answer.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  const text = await answer.text();
  for (const line of text.trimEnd().split("\n")) {
    assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{(\w+="[^"]*",?)+\})? -?[\d.e+-]+)$/);
  }
  assert.match(text, /^tessera_dead_letters\{type="job"\} \d+$/m);
});

Deno.test("a dead job is listed without its payload, replayed, and dies again", async () => {
  const [admin, id] = [await newAdmin(), await deadJob()];
  const list = () =>
    callJson<{ dead_letters: { id: string; reason: string }[] }>("dead-letters", { caller: admin });
  const found = (await list()).body.dead_letters.find((letter) => letter.id === id);
  assert.equal(found?.reason, "No such thing.");
  assert.ok(!JSON.stringify(found).includes("secret"));
  const replayed = await callJson(`dead-letters/job/${id}/replay`, {
    caller: admin,
    method: "POST",
  });
  assert.deepEqual([replayed.status, replayed.body], [200, { type: "job", id, outcome: "queued" }]);
  assert.ok(!(await list()).body.dead_letters.some((letter) => letter.id === id));
  const again = await callJson<ProblemBody>(`dead-letters/job/${id}/replay`, {
    caller: admin,
    method: "POST",
  });
  assert.deepEqual([again.status, again.body.code], [404, "not_found"]);
  assert.deepEqual(await actionsOn(`job:${id}`), ["job.replayed"]);
});

Deno.test("a dead job is discarded for a reason, once", async () => {
  const [admin, id] = [await newAdmin(), await deadJob()];
  const discard = (reason: string) =>
    callJson<ProblemBody>(`dead-letters/job/${id}/discard`, { caller: admin, body: { reason } });
  assert.equal((await discard(" ")).status, 422);
  const done = await discard("nobody needs it");
  assert.deepEqual([done.status, done.body["outcome"]], [200, "discarded"]);
  assert.equal((await discard("again")).status, 404);
  assert.deepEqual(await actionsOn(`job:${id}`), ["job.discarded"]);
});

Deno.test("a dead event is discarded, and its second delivery stays a duplicate", async () => {
  const admin = await newAdmin();
  const eventId = `evt_${freshKey()}`;
  const id = await owner(async (sql) => {
    const [row] = await sql`
      insert into events.inbox (provider, event_id, event_type, occurred_at, state, reason, effect, payload)
      values ('stripe', ${eventId}, 'test', private.now(), 'dead', 'amount_differs', '{}', '{}') returning id`;
    return row!["id"] as string;
  });
  const done = await callJson(`dead-letters/event/${id}/discard`, {
    caller: admin,
    body: { reason: "a test at Stripe" },
  });
  assert.deepEqual([done.status, done.body["outcome"]], [200, "ignored"]);
  assert.deepEqual(await actionsOn(`event:stripe/${eventId}`), ["event.discarded"]);
});

Deno.test("a reconciliation is queued once for each key, done, and reported", async () => {
  const [admin, key] = [await newAdmin(), freshKey()];
  const ask = (body: object = {}, name = key) =>
    callJson<{ job_id: string } & ProblemBody>("reconciliation", {
      caller: admin,
      key: name,
      body,
    });
  const [first, second] = [await ask(), await ask()];
  assert.equal(first.status, 202);
  assert.equal(second.body.job_id, first.body.job_id);
  const done = await eventually(
    () =>
      callJson<{ state: string; result: { seen: number } | null }>(
        `reconciliation/${first.body.job_id}`,
        {
          caller: admin,
        },
      ),
    ({ body }) => body.state === "succeeded",
  );
  assert.equal(typeof done.body.result?.seen, "number");
  const old = await ask({ since: "2020-01-01T00:00:00Z" }, freshKey());
  assert.deepEqual([old.status, old.body.code], [422, "invalid_request"]);
});

Deno.test("problems that functions answer are counted", async () => {
  const admin = await newAdmin();
  const refused = () =>
    callJson<ProblemBody>("metrics", { headers: { apikey: "sb_secret_guess" } });
  type Status = { problems_last_hour: { function: string; code: string; count: number }[] };
  const counted = await eventually(
    async () => {
      await refused();
      return await callJson<Status>("ops-status", { caller: admin });
    },
    ({ body }) =>
      body.problems_last_hour?.some((p) => p.function === "metrics" && p.code === "unauthorized"),
  );
  assert.equal(counted.status, 200);
});
