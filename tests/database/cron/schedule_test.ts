import assert from "node:assert/strict";
import postgres from "postgres";
import { Kernel } from "../kernel/kernel.ts";

type Scheduled = { jobname: string; schedule: string; command: string };

const scheduled = async (kernel: Kernel): Promise<Scheduled[]> => [
  ...await kernel.sql<
    Scheduled[]
  >`select jobname, schedule, command from cron.job order by jobname`,
];

const late = async (kernel: Kernel) => {
  const rows = await kernel.sql`select job, problem, detail from private.late_jobs order by job`;
  return rows.map((row) => ({ ...row }));
};

Deno.test("X-07: everything that expires has a job, and scheduling again changes nothing", async () => {
  await using kernel = await Kernel.open();
  const before = await scheduled(kernel);
  const names = before.map((job) => job.jobname);
  for (
    const name of [
      "invoice-expiry",
      "invocation-outcomes",
      "job-worker",
      "ledger-expiry",
      "ledger-proof",
      "retention",
      "session-expiry",
      "stripe-reconciliation",
    ]
  ) assert.ok(names.includes(name), name);
  assert.equal(before.find((job) => job.jobname === "job-worker")!.schedule, "10 seconds");
  await kernel.sql`select private.schedule_jobs()`;
  assert.deepEqual(await scheduled(kernel), before);
});

Deno.test("a job that is no longer defined is unscheduled, others' jobs are left alone", async () => {
  await using kernel = await Kernel.open();
  await kernel.sql`select cron.schedule('mine', '* * * * *', 'select 1')`;
  await kernel.sql`select private.define_job('acme-tidy', '* * * * *', '1 minute', 'select 1')`;
  await kernel.sql`select private.schedule_jobs()`;
  assert.ok((await scheduled(kernel)).some((job) => job.jobname === "acme-tidy"));
  await kernel.sql`delete from private.cron_jobs where name = 'acme-tidy'`;
  await kernel.sql`select private.schedule_jobs()`;
  const names = (await scheduled(kernel)).map((job) => job.jobname);
  assert.deepEqual([names.includes("acme-tidy"), names.includes("mine")], [false, true]);
});

Deno.test("every scheduled job runs", async (t) => {
  await using kernel = await Kernel.open();
  for (const { jobname, command } of await scheduled(kernel)) {
    await t.step(jobname, async () => {
      const [row] = await kernel.sql.unsafe(command);
      assert.equal(row!.run_job, "succeeded");
    });
  }
});

Deno.test("a job that fails undoes what it did, and shows until it succeeds", async () => {
  await using kernel = await Kernel.open();
  await kernel.sql`select private.define_job('acme-tidy', '* * * * *', '1 minute',
    $$select events.publish('acme.tidied', '{}'), 1 / (select count(*) from billing.rates where product = 'acme')$$)`;
  await kernel.sql`select private.run_job('acme-tidy')`;
  assert.deepEqual(await late(kernel), [
    { job: "acme-tidy", problem: "failed", detail: "division by zero" },
  ]);
  assert.deepEqual(await kernel.topics(), []);
  await kernel.sql`select billing.publish_rate('acme', 'draw', 1)`;
  await kernel.sql`select private.run_job('acme-tidy')`;
  assert.deepEqual(await late(kernel), []);
});

Deno.test("a job that stopped running is late", async () => {
  await using kernel = await Kernel.open();
  await kernel.sql`update private.cron_heartbeats set watched_since = private.now()`;
  assert.deepEqual(await late(kernel), []);
  await kernel.database.advanceClock("4 minutes");
  await kernel
    .sql`select private.run_job(name) from private.cron_jobs where name <> 'ledger-expiry'`;
  assert.deepEqual(
    (await late(kernel)).filter((row) => row.problem === "late").map((row) => row.job),
    ["ledger-expiry"],
  );
  const reported = await kernel.service<{ job: string }[]>("late_jobs");
  assert.ok(reported.some((row) => row.job === "ledger-expiry"));
});

Deno.test("holds and grants that are due are settled by the clock alone", async () => {
  await using kernel = await Kernel.open();
  const user = await kernel.user();
  await kernel.sql`select ledger.register_holder('acme', ${user})`;
  await kernel.sql`select ledger.grant_credits('acme', ${user}, 10, 'k')`;
  await kernel.sql`select ledger.hold('acme', ${user}, 4, 'h', 'f', '5 minutes')`;
  await kernel.database.advanceClock("6 minutes");
  await kernel.sql`select private.run_job('ledger-expiry')`;
  const [row] = await kernel.sql`select state from ledger.holds`;
  assert.equal(row!.state, "expired");
});

Deno.test("a ledger that does not prove itself shows as a failed job", async () => {
  await using kernel = await Kernel.open();
  const user = await kernel.user();
  await kernel.sql`select ledger.register_holder('acme', ${user})`;
  await kernel.sql`select ledger.grant_credits('acme', ${user}, 10, 'k')`;
  await kernel.sql`update ledger.accounts set available = 11`;
  await kernel.sql`select private.run_job('ledger-proof')`;
  const [problem] = await late(kernel);
  assert.equal(problem!.job, "ledger-proof");
  assert.match(problem!.detail, /differences/);
});

Deno.test("what is over is pruned; money and the log stay", async () => {
  await using kernel = await Kernel.open();
  await kernel.service("take_limit", { bucket: "b", capacity: 1, per_seconds: 1 });
  await kernel.service("apply_payment_event", {
    provider: "stripe",
    event_id: "evt",
    event_type: "x",
    occurred_at: null,
    effect: { kind: "refunded", payment_intent_id: "pi_not_ours", amount_refunded_total: 1 },
    payload: { card: "4242" },
  });
  await kernel.sql`select jobs.enqueue('acme.paint', '{}')`;
  await kernel.service("claim_jobs", { kinds: ["acme.paint"], worker: "w" });
  await kernel.sql`select jobs.complete(id, 'w') from jobs.queue where kind = 'acme.paint'`;
  await kernel.sql`select events.publish('acme.done', '{}'), audit.record('acme.done', 'x:1')`;
  await kernel
    .sql`insert into cron.job_run_details (runid, end_time) values (-1, now() - interval '8 days')`
    .catch(() => {});
  await kernel.database.advanceClock("91 days");
  await kernel.sql`select private.run_job('retention')`;
  const [left] = await kernel.sql`
    select (select count(*)::int from jobs.queue where kind = 'acme.paint') as jobs,
      (select count(*)::int from events.outbox) as outbox, (select count(*)::int from limits.buckets) as buckets,
      (select count(*)::int from private.invocations) as invocations,
      (select count(*)::int from audit.log where action = 'acme.done') as log,
      (select jsonb_build_array(state, reason, payload) from events.inbox) as message`;
  assert.deepEqual({ ...left }, {
    jobs: 0,
    outbox: 0,
    buckets: 0,
    invocations: 0,
    log: 1,
    message: ["ignored", "never_matched", {}],
  });
});

Deno.test("without pg_cron, pg_net and Vault work is still queued, and a row says what is missing", async () => {
  await using kernel = await Kernel.open();
  const superuser = postgres(kernel.database.urlFor("supabase_admin"), { max: 1, onnotice() {} });
  await superuser`drop schema if exists cron, net, vault cascade`;
  await superuser.end();
  await kernel.sql`select jobs.enqueue('acme.paint', '{}')`;
  const [row] = await kernel.sql`select private.schedule_jobs() as jobs,
    (select count(*)::int from jobs.queue) as queued`;
  assert.deepEqual({ ...row }, { jobs: 0, queued: 1 });
  for (const { name } of await kernel.sql`select name from private.cron_jobs`) {
    const [run] = await kernel.sql`select private.run_job(${name}) as result`;
    // A seal needs a key, and a key needs Vault: that this is missing must be seen.
    const expected = name === "ledger-seal" ? /^failed: Vault is not installed/ : /^succeeded$/;
    assert.match(run!.result, expected, name);
  }
  const [told] = await kernel.sql`select distinct detail from private.invocations`;
  assert.equal(told!.detail, "pg_net is not installed");
});
