import assert from "node:assert/strict";
import { callJson, newUser, platformDatabase } from "../harness/platform.ts";
import { eventually } from "../harness/eventually.ts";

interface Report {
  completed: number;
  retried: number;
  dead: number;
  handed_back: number;
}

async function enqueue(kind: string): Promise<string> {
  const sql = platformDatabase();
  try {
    const [row] = await sql`select jobs.enqueue(${kind}, '{}', ${crypto.randomUUID()}) as id`;
    return row?.["id"];
  } finally {
    await sql.end();
  }
}

async function stateOf(job: string): Promise<string> {
  const sql = platformDatabase();
  try {
    const [row] = await sql`select state from jobs.queue where id = ${job}`;
    return row?.["state"];
  } finally {
    await sql.end();
  }
}

const work = () =>
  callJson<Report>("job-worker", { caller: "automations", method: "POST", body: {} });

Deno.test("a job that is queued wakes the worker, which does it", async () => {
  const job = await enqueue("stripe.reconcile");
  const state = await eventually(
    () => stateOf(job),
    (seen) => seen !== "queued" && seen !== "running",
  );
  assert.equal(state, "succeeded");
});

Deno.test("a job of a kind that nobody here does is left for others", async () => {
  const job = await enqueue("test.unknown");
  const { status, body } = await work();
  assert.equal(status, 200);
  assert.equal(body.dead, 0);
  assert.equal(await stateOf(job), "queued");
});

Deno.test("workers at the same time do not disturb each other", async () => {
  const jobs = await Promise.all(Array.from({ length: 5 }, () => enqueue("stripe.reconcile")));
  const answers = await Promise.all(Array.from({ length: 5 }, work));
  assert.ok(answers.every(({ status }) => status === 200));
  for (const job of jobs) {
    await eventually(() => stateOf(job), (state) => state === "succeeded");
  }
});

Deno.test("only the automations key sets the worker going", async () => {
  const user = await newUser();
  for (const caller of ["nobody", "secret", user] as const) {
    const { status } = await callJson("job-worker", { caller, method: "POST", body: {} });
    assert.equal(status, 401);
  }
});
