import assert from "node:assert/strict";
import { Workers } from "./workers.ts";

Deno.test("a job is claimed, done and not claimed again", async () => {
  await using workers = await Workers.open();
  const id = await workers.enqueue();
  const [lease] = await workers.claim("w1");
  assert.deepEqual([lease!.job_id, lease!.kind, lease!.payload, lease!.attempt], [
    id,
    "acme.paint",
    { colour: "blue" },
    1,
  ]);
  assert.deepEqual(await workers.claim("w2"), []);
  await workers.call("complete_job", id, "w1", { result: { painted: true } });
  await workers.kernel.database.advanceClock("1 hour");
  assert.deepEqual(await workers.claim("w2"), []);
  const { state, result, worker } = await workers.row(id);
  assert.deepEqual({ state, result, worker }, {
    state: "succeeded",
    result: { painted: true },
    worker: null,
  });
});

Deno.test("20 workers at once lease each of 200 jobs to exactly one", async () => {
  await using workers = await Workers.open();
  await workers.sql`select jobs.enqueue('acme.paint', '{}') from generate_series(1, 200)`;
  const leases = await Promise.all(
    Array.from({ length: 20 }, (_, i) => workers.claim(`w${i}`, 20)),
  );
  const ids = leases.flat().map((lease) => lease.job_id);
  assert.equal(new Set(ids).size, ids.length);
  const rest = await workers.claim("last", 200);
  assert.equal(ids.length + rest.length, 200);
});

Deno.test("the same kind and key is one job, 20 times at once", async () => {
  await using workers = await Workers.open();
  const ids = await Promise.all(Array.from({ length: 20 }, () => workers.enqueue({ key: "k" })));
  assert.equal(new Set(ids).size, 1);
  assert.equal((await workers.sql`select from jobs.queue`).length, 1);
});

Deno.test("a worker gets the kinds it asks for, the longest due first", async () => {
  await using workers = await Workers.open();
  const late = await workers.enqueue({ runAt: new Date("2026-01-01T00:00:00Z") });
  const later = await workers.enqueue({ runAt: new Date("2026-01-02T00:00:00Z") });
  assert.deepEqual(await workers.claim("w", 10, ["acme.sculpt"]), []);
  assert.deepEqual((await workers.claim("w")).map((lease) => lease.job_id), [late, later]);
});

Deno.test("a job for later is not due before", async () => {
  await using workers = await Workers.open();
  const [row] = await workers.sql`select private.now() + interval '10 minutes' as at`;
  await workers.enqueue({ runAt: row!.at });
  assert.deepEqual(await workers.claim("w"), []);
  await workers.kernel.database.advanceClock("10 minutes");
  assert.equal((await workers.claim("w")).length, 1);
});

Deno.test("a lease that runs out makes the job due again, and the slow worker cannot finish it", async () => {
  await using workers = await Workers.open();
  const id = await workers.enqueue();
  await workers.claim("slow");
  await workers.kernel.database.advanceClock("61 seconds");
  const [lease] = await workers.claim("quick");
  assert.equal(lease!.attempt, 2);
  for (const name of ["complete_job", "report_job", "hand_back_job"]) {
    await assert.rejects(workers.call(name, id, "slow"), { code: "PT409", message: "lease_lost" });
  }
  await assert.rejects(workers.fail(id, "slow"), { message: "lease_lost" });
  assert.equal((await workers.call("complete_job", id, "quick")).state, "succeeded");
});

Deno.test("progress renews the lease, and the next attempt sees it", async () => {
  await using workers = await Workers.open();
  const id = await workers.enqueue();
  await workers.claim("w1");
  await workers.kernel.database.advanceClock("50 seconds");
  await workers.call("report_job", id, "w1", { progress: { page: 3 }, lease_seconds: 60 });
  await workers.kernel.database.advanceClock("50 seconds");
  assert.deepEqual(await workers.claim("w2"), []);
  await workers.fail(id, "w1");
  await workers.kernel.database.advanceClock("1 hour");
  assert.deepEqual((await workers.claim("w2"))[0]!.progress, { page: 3 });
});

Deno.test("the pause after a failure doubles, with jitter, up to an hour", async () => {
  await using workers = await Workers.open();
  const rows = await workers.sql<{ attempt: number; least: number; most: number; kinds: number }[]>`
    select attempt, extract(epoch from min(pause))::float as least, extract(epoch from max(pause))::float as most,
      count(distinct pause)::int as kinds
    from (select attempt, jobs.backoff(attempt) as pause
      from generate_series(1, 40) attempt, generate_series(1, 50)) as pauses
    group by attempt order by attempt`;
  for (const { attempt, least, most, kinds } of rows) {
    const whole = Math.min(3600, 2 ** attempt);
    assert.ok(least >= whole / 2 && most <= whole, `attempt ${attempt}: ${least} to ${most}`);
    assert.ok(kinds > 25);
  }
});

Deno.test("a job that keeps failing is retried, then dead, then replayed by an operator", async () => {
  await using workers = await Workers.open();
  const id = await workers.enqueue({ maxAttempts: 2 });
  await workers.claim("w");
  const answer = await workers.fail(id, "w");
  assert.equal(answer.state, "queued");
  assert.deepEqual(await workers.claim("w"), []);
  await workers.kernel.database.advanceClock("2 seconds");
  await workers.claim("w");
  assert.equal((await workers.fail(id, "w")).state, "dead");
  assert.equal((await workers.row(id)).last_error, "it rained");
  await workers.kernel.database.advanceClock("1 day");
  assert.deepEqual(await workers.claim("w"), []);
  assert.deepEqual(await workers.kernel.topics(), ["job.dead"]);
  await workers.kernel.service("replay_job", { job_id: id });
  assert.equal((await workers.claim("w"))[0]!.attempt, 1);
  await assert.rejects(workers.kernel.service("replay_job", { job_id: id }), {
    message: "not_found",
  });
});

Deno.test("a hopeless failure is dead at once", async () => {
  await using workers = await Workers.open();
  const id = await workers.enqueue();
  await workers.claim("w");
  assert.equal((await workers.fail(id, "w", false)).state, "dead");
});

Deno.test("a job whose workers all die is buried after its last lease", async () => {
  await using workers = await Workers.open();
  const id = await workers.enqueue({ maxAttempts: 2 });
  for (let attempt = 0; attempt < 2; attempt++) {
    assert.equal((await workers.claim("doomed")).length, 1);
    await workers.kernel.database.advanceClock("2 minutes");
  }
  assert.deepEqual(await workers.claim("w"), []);
  assert.equal((await workers.row(id)).state, "dead");
});

Deno.test("a job that was handed back is due at once and lost no attempt", async () => {
  await using workers = await Workers.open();
  const id = await workers.enqueue();
  await workers.claim("w1");
  await workers.call("hand_back_job", id, "w1");
  assert.equal((await workers.claim("w2"))[0]!.attempt, 1);
});

Deno.test("a claim without bounds is refused", async (t) => {
  await using workers = await Workers.open();
  for (const [worker, max] of [["", 1], ["w", 0], ["w", 1001], ["w", null]] as const) {
    await t.step(
      `${worker} ${max}`,
      () => assert.rejects(workers.claim(worker, max as number), { message: "invalid_request" }),
    );
  }
});

Deno.test("queueing a job does not read a backlog, even by a plan made while the queue was short", async () => {
  await using workers = await Workers.open();
  const read = await workers.sql.begin(async (tx) => {
    await tx`set local plan_cache_mode = force_generic_plan`;
    await tx`select jobs.enqueue('acme.paint', '{}')`;
    await tx`analyze jobs.queue`;
    await tx`select jobs.enqueue('acme.paint', '{}')`;
    await tx`
      insert into jobs.queue (kind, created_at, due_at)
      select 'acme.paint', private.now() - interval '1 minute', private.now() - interval '1 minute'
      from generate_series(1, 2000)`;
    const counted = () =>
      tx`select seq_tup_read + idx_tup_fetch as rows from pg_stat_xact_user_tables where relid = 'jobs.queue'::regclass`;
    const [before] = await counted();
    await tx`select jobs.enqueue('acme.paint', '{}')`;
    const [after] = await counted();
    return Number(after!["rows"]) - Number(before!["rows"]);
  });
  assert.ok(read < 10, `${read} rows were read`);
});
