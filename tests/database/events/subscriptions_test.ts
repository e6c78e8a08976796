import assert from "node:assert/strict";
import { Kernel } from "../kernel/kernel.ts";

/** A kernel in which the job `test.read` reads the facts of `acme.done`. */
async function subscribed(): Promise<Kernel> {
  const kernel = await Kernel.open();
  await kernel.sql`select events.subscribe('acme.done', 'test.read')`;
  return kernel;
}

/** The keys of the facts that the reader finds when it works, in the order it does. */
async function readFacts(kernel: Kernel): Promise<string[]> {
  const jobs = await kernel.service<{ job_id: string; payload: { fact_id: number } }[]>(
    "claim_jobs",
    { kinds: ["test.read"], worker: "w", max: 100 },
  );
  const keys: string[] = [];
  for (const { job_id, payload } of jobs) {
    const fact = await kernel.service<{ key: string }>("read_fact", payload);
    keys.push(fact.key);
    await kernel.service("complete_job", { job_id, worker: "w" });
  }
  return keys;
}

Deno.test("a fact that commits after later ones is read all the same", async () => {
  await using kernel = await subscribed();
  await kernel.sql.begin(async (slow) => {
    await slow`select events.publish('acme.done', '{}', 'early id, late commit')`;
    await kernel.sql`select events.publish('acme.done', '{}', 'late id, early commit')`;
    assert.deepEqual(await readFacts(kernel), ["late id, early commit"]);
  });
  assert.deepEqual(await readFacts(kernel), ["early id, late commit"]);
  assert.deepEqual(await readFacts(kernel), []);
});

Deno.test("a fact that is published again, or rolled back, is read once or never", async () => {
  await using kernel = await subscribed();
  await Promise.all(
    Array.from({ length: 20 }, () => kernel.sql`select events.publish('acme.done', '{}', 'once')`),
  );
  await assert.rejects(kernel.sql.begin(async (tx) => {
    await tx`select events.publish('acme.done', '{}', 'never')`;
    await tx`select 1 / 0`;
  }));
  assert.deepEqual(await readFacts(kernel), ["once"]);
});

Deno.test("a fact waits for each of its readers, and topics without readers queue nothing", async () => {
  await using kernel = await subscribed();
  await kernel.sql`select events.subscribe('acme.done', 'test.other', 3)`;
  await kernel
    .sql`select events.publish('acme.done', '{}', 'a'), events.publish('acme.other', '{}', 'b')`;
  const queued = await kernel.sql`
    select kind, max_attempts as attempts from jobs.queue where kind like 'test.%' order by kind`;
  assert.deepEqual([...queued], [
    { kind: "test.other", attempts: 3 },
    { kind: "test.read", attempts: 20 },
  ]);
});

Deno.test("a fact that was deleted when its time was over reads as null", async () => {
  await using kernel = await subscribed();
  await kernel.sql`select events.publish('acme.done', '{}', 'old')`;
  await kernel.database.advanceClock("100 days");
  await kernel.sql`select private.prune()`;
  const [row] = await kernel.sql`select api.read_fact(1) as fact`;
  assert.equal(row!.fact, null);
});
