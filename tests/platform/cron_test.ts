import assert from "node:assert/strict";
import { freshDatabase } from "../harness/database.ts";
import { advanceClock, platformDatabase } from "../harness/platform.ts";
import { eventually } from "../harness/eventually.ts";

type Run = { status: string; return_message: string; username: string };

async function withJob(
  schedule: string,
  command: string,
  work: (runs: () => Promise<Run[]>) => Promise<void>,
): Promise<void> {
  const sql = platformDatabase();
  const name = `test-${crypto.randomUUID()}`;
  const [job] = await sql<
    { id: number }[]
  >`select cron.schedule(${name}, ${schedule}, ${command})::integer as id`;
  try {
    await work(() =>
      sql<Run[]>`
        select status, return_message, username from cron.job_run_details
        where jobid = ${job?.id ?? 0} and end_time is not null order by runid`
    );
  } finally {
    await sql`select cron.unschedule(${name})`;
    await sql.end();
  }
}

Deno.test("a job scheduled in seconds runs as the role that scheduled it, and its run is recorded", async () => {
  await withJob("1 second", "select current_user, session_user", async (runs) => {
    const [run] = await eventually(runs, (found) => found.length > 0);
    assert.deepEqual(run, { status: "succeeded", return_message: "1 row", username: "postgres" });
  });
});

Deno.test("a job that fails is recorded with the reason and runs again", async () => {
  await withJob("1 second", "select 1 / 0", async (runs) => {
    const [run] = await eventually(runs, (found) => found.length > 1);
    assert.equal(run?.status, "failed");
    assert.match(run?.return_message ?? "", /division by zero/);
  });
});

Deno.test("after a jump of the clock a job that became due runs once, promptly", async () => {
  const sql = platformDatabase();
  const [soon] = await sql<{ schedule: string }[]>`
    select to_char(platform.now() at time zone 'UTC' + interval '5 minutes', 'MI HH24 * * *') as schedule`;
  await sql.end();
  await withJob(soon?.schedule ?? "", "select 1", async (runs) => {
    await withJob("1 second", "select 1", async (others) => {
      await eventually(others, (found) => found.length > 0);
    });
    assert.equal((await runs()).length, 0);
    await advanceClock("10 minutes");
    await eventually(runs, (found) => found.length > 0);
    assert.equal((await runs()).length, 1);
  });
});

Deno.test("scheduling under the same name replaces the schedule", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const [first] = await sql`select cron.schedule('nightly', '0 3 * * *', 'select 1') as id`;
  const [second] = await sql`select cron.schedule('nightly', '0 4 * * *', 'select 2') as id`;
  assert.equal(first?.id, second?.id);
  const jobs =
    await sql`select schedule, command, username, active from cron.job where jobname = 'nightly'`;
  assert.deepEqual([...jobs], [
    { schedule: "0 4 * * *", command: "select 2", username: "postgres", active: true },
  ]);
  await sql`select cron.alter_job(${first?.id}, active => false)`;
  const [job] = await sql`select active from cron.job where jobid = ${first?.id}`;
  assert.equal(job?.active, false);
  await sql`select cron.unschedule('nightly')`;
  await assert.rejects(
    sql`select cron.unschedule('nightly')`,
    /could not find valid entry for job 'nightly'/,
  );
});

for (
  const schedule of [
    "",
    "60 seconds",
    "0 seconds",
    "* * * *",
    "61 * * * *",
    "* * 0 * *",
    "every day",
  ]
) {
  Deno.test(`the schedule "${schedule}" is refused`, async () => {
    await using database = await freshDatabase();
    await assert.rejects(
      database.sql`select cron.schedule(${schedule}, 'select 1')`,
      /invalid schedule/,
    );
  });
}

for (
  const schedule of [
    "*/5 * * * *",
    "0 3 1,15 * *",
    "0 0 $ * *",
    "10 seconds",
    "30 4 * jan mon",
    "0-29/2 9-17 * * 1-5",
  ]
) {
  Deno.test(`the schedule "${schedule}" is understood`, async () => {
    await using database = await freshDatabase();
    const [job] = await database.sql`select cron.schedule(${schedule}, 'select 1') as id`;
    assert.ok(job?.id);
  });
}
