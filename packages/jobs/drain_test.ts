import assert from "node:assert/strict";
import { serviceCaller } from "../database/database.ts";
import { Problem } from "../database/problem.ts";
import type { Json } from "../database/types.ts";
import { fakeDatabase, keptLog } from "../http/fakes.ts";
import { drainJobs } from "./drain.ts";
import { type JobHandler, PermanentFailure } from "./job.ts";

const id = (n: number) => `0b7f3c1e-6a51-4b4e-8f39-0d8c5a1f7${String(n).padStart(3, "0")}`;

/** A queue of jobs named by their kinds, leased in the order given. */
function queueOf(kinds: string[], concluding: () => Json = () => ({})) {
  const waiting = kinds.map((kind, n) => ({
    job_id: id(n),
    kind,
    payload: { n },
    attempt: 1,
    max_attempts: 8,
    progress: null,
  }));
  return fakeDatabase({
    claim_jobs: ({ max }) => waiting.splice(0, max as number),
    complete_job: concluding,
    fail_job: ({ retryable }) => ({ state: retryable ? "queued" : "dead" }),
    hand_back_job: () => ({ state: "queued" }),
    report_job: () => ({}),
  });
}

function drain(
  database: ReturnType<typeof queueOf>,
  handlers: Record<string, JobHandler>,
  options: { budgetMs?: number; concurrency?: number } = {},
) {
  const service = database.as(serviceCaller);
  return drainJobs({ service, handlers, log: keptLog().log, budgetMs: 5000, ...options });
}

const done: JobHandler = () => Promise.resolve({ done: {} });

Deno.test("all jobs that are due are done, of the kinds that have a handler", async () => {
  const database = queueOf(Array(20).fill("a"));
  assert.equal((await drain(database, { a: done, b: done })).completed, 20);
  assert.deepEqual(database.calls[0]?.args["kinds"], ["a", "b"]);
  assert.equal(new Set(database.calls.map(({ args }) => args["worker"])).size, 1);
});

Deno.test("no more jobs are under way at once than allowed", async () => {
  let running = 0, most = 0;
  const handler: JobHandler = async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 1));
    running--;
    return { done: {} };
  };
  await drain(queueOf(Array(12).fill("a")), { a: handler }, { concurrency: 3 });
  assert.equal(most, 3);
});

const failures: [string, unknown, "retried" | "dead"][] = [
  ["an unknown error", new Error("boom"), "retried"],
  ["a database that is away", new Problem(503, "database_unavailable", "x"), "retried"],
  ["a rate limit", new Problem(429, "rate_limited", "x"), "retried"],
  ["a refusal", new Problem(404, "not_found", "x"), "dead"],
  ["what can never be done", new PermanentFailure("no"), "dead"],
];

for (const [what, error, outcome] of failures) {
  Deno.test(`after ${what}, a job is ${outcome}`, async () => {
    const report = await drain(queueOf(["a"]), { a: () => Promise.reject(error) });
    assert.equal(report[outcome], 1);
  });
}

Deno.test("what is not begun when the time is over is handed back", async () => {
  const slow: JobHandler = async (_job, { signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return { retry: "out of time" };
  };
  const database = queueOf(["a", "a", "a", "a", "a"]);
  const report = await drain(database, { a: slow }, { budgetMs: 30, concurrency: 2 });
  assert.deepEqual(report, { completed: 0, retried: 2, dead: 0, handed_back: 2 });
});

Deno.test("a lease that was lost while working is no failure of the run", async () => {
  const lost = () => {
    throw new Problem(409, "lease_lost", "The job is another's.");
  };
  const report = await drain(queueOf(["a", "a"], lost), { a: done });
  assert.deepEqual(report, { completed: 0, retried: 0, dead: 0, handed_back: 0 });
});
