import assert from "node:assert/strict";
import postgres from "postgres";
import { Kernel } from "../kernel/kernel.ts";

/** A kernel whose Vault knows where the functions are, at an address where nothing listens. */
async function connected(): Promise<Kernel> {
  const kernel = await Kernel.open();
  await kernel.sql`delete from vault.secrets where name in ('functions_url', 'automations_key')`
    .catch(() => {});
  await kernel.sql`select vault.create_secret('http://127.0.0.1:9/functions/v1/', 'functions_url')`;
  await kernel.sql`select vault.create_secret('sb_secret_test', 'automations_key')`;
  return kernel;
}

async function invocations(kernel: Kernel) {
  const rows = await kernel.sql`
    select slug, state, status_code, detail from private.invocations order by id`;
  return rows.map((row) => ({ ...row }));
}

/** What pg_net would have written; only a superuser can, because nobody else may forge answers. */
async function answer(kernel: Kernel, status: number | null, error: string | null = null) {
  const superuser = postgres(kernel.database.urlFor("supabase_admin"), { max: 1 });
  await superuser`delete from net._http_response`;
  await superuser`
    insert into net._http_response (id, status_code, content, timed_out, error_msg)
    select request_id, ${status}, 'oh no', false, ${error} from private.invocations`;
  await superuser.end();
  await kernel.sql`select private.collect_invocations()`;
}

Deno.test("an invocation posts to the function with the key in the header apikey", async () => {
  await using kernel = await connected();
  const request = await kernel.sql.begin(async (tx) => {
    await tx`select jobs.enqueue('acme.paint', '{}')`;
    const [row] = await tx`select method, url, headers, convert_from(body, 'UTF8') as body,
      timeout_milliseconds as timeout from net.http_request_queue`;
    return { ...row! };
  });
  assert.deepEqual(request, {
    method: "POST",
    url: "http://127.0.0.1:9/functions/v1/job-worker",
    headers: { "Content-Type": "application/json", apikey: "sb_secret_test" },
    body: "{}",
    timeout: 60_000,
  });
});

Deno.test("work that is rolled back calls nobody", async () => {
  await using kernel = await connected();
  await assert.rejects(kernel.sql.begin(async (tx) => {
    await tx`select jobs.enqueue('acme.paint', '{}')`;
    await tx`select 1 / 0`;
  }));
  assert.deepEqual(await invocations(kernel), []);
});

Deno.test("a job for later, or one that is there already, wakes no worker", async () => {
  await using kernel = await connected();
  await kernel.sql`select jobs.enqueue('acme.paint', '{}', 'k', private.now() + interval '1 hour')`;
  await kernel.sql`select jobs.enqueue('acme.paint', '{}', 'k')`;
  assert.deepEqual(await invocations(kernel), []);
});

Deno.test("many jobs of a kind wake the worker once, until one of them waited for long", async () => {
  await using kernel = await connected();
  await kernel.sql`select jobs.enqueue('acme.paint', '{}') from generate_series(1, 20)`;
  assert.equal((await invocations(kernel)).length, 1);
  await kernel.sql`select jobs.enqueue('acme.sculpt', '{}')`;
  assert.equal((await invocations(kernel)).length, 2);
  await kernel.database.advanceClock("3 seconds");
  await kernel.sql`select jobs.enqueue('acme.paint', '{}')`;
  assert.equal((await invocations(kernel)).length, 3);
});

Deno.test("a retry that is due since just now has woken nobody, and a new job does", async () => {
  await using kernel = await connected();
  await kernel
    .sql`select jobs.enqueue('acme.paint', '{}', run_at => private.now() + interval '1 minute')`;
  await kernel.database.advanceClock("61 seconds");
  await kernel.sql`select jobs.enqueue('acme.paint', '{}')`;
  assert.equal((await invocations(kernel)).length, 1);
});

Deno.test("the worker is called by the clock only when a job is due", async () => {
  await using kernel = await connected();
  await kernel.sql`select jobs.enqueue('acme.paint', '{}', 'k', private.now() + interval '1 hour')`;
  await kernel.sql`select private.run_job('job-worker')`;
  assert.deepEqual(await invocations(kernel), []);
  await kernel.database.advanceClock("1 hour");
  await kernel.sql`select private.run_job('job-worker')`;
  assert.deepEqual((await invocations(kernel)).map((row) => row.slug), ["job-worker"]);
});

Deno.test("answers are collected: success, refusal, no connection", async () => {
  for (
    const [status, error, state, detail] of [
      [200, null, "succeeded", null],
      [401, null, "failed", "oh no"],
      [null, "Couldn't connect to server", "failed", "Couldn't connect to server"],
    ] as const
  ) {
    await using kernel = await connected();
    await kernel.sql`select private.invoke_function('invoice-expiry')`;
    await answer(kernel, status, error);
    assert.deepEqual(await invocations(kernel), [
      { slug: "invoice-expiry", state, status_code: status, detail },
    ]);
    const shown = await kernel
      .sql`select problem from private.late_jobs where job = 'invoice-expiry'`;
    assert.equal(shown.length, state === "failed" ? 1 : 0);
  }
});

Deno.test("an answer that never comes is lost, unless it comes after all", async () => {
  await using kernel = await connected();
  await kernel.sql`select private.invoke_function('invoice-expiry')`;
  await kernel.database.advanceClock("20 minutes");
  await kernel.sql`select private.collect_invocations()`;
  assert.equal((await invocations(kernel))[0]!.state, "lost");
  await answer(kernel, 200);
  assert.equal((await invocations(kernel))[0]!.state, "succeeded");
});

Deno.test("missing secrets are said once an hour, not at each call", async () => {
  await using kernel = await Kernel.open();
  await kernel.sql`delete from vault.secrets`.catch(() => {});
  for (let i = 0; i < 5; i++) await kernel.sql`select private.invoke_function('job-worker')`;
  await kernel.database.advanceClock("2 hours");
  await kernel.sql`select private.invoke_function('job-worker')`;
  assert.deepEqual((await invocations(kernel)).map((row) => row.detail), [
    "Vault has no secret functions_url",
    "Vault has no secret functions_url",
  ]);
});

Deno.test("a slug cannot lead anywhere but to our functions", async () => {
  await using kernel = await connected();
  await assert.rejects(kernel.sql`select private.invoke_function('../rest/v1/x')`, {
    code: "23514",
  });
});
