import assert from "node:assert/strict";
import { Kernel } from "../kernel/kernel.ts";

/** A user with 10 credits, 3 of them held for a prediction. */
async function held(kernel: Kernel, ttl = "1 hour") {
  const user = await kernel.user();
  await kernel.sql`select ledger.register_holder('acme', ${user})`;
  await kernel.sql`select ledger.grant_credits('acme', ${user}, 10, 'start')`;
  const [hold] = await kernel.sql`
    select ledger.hold('acme', ${user}, 3, 'hold', 'paint', ${ttl}::text::interval) as answer`;
  const [row] = await kernel.sql`select jobs.create_prediction('acme', 'acme.paint',
    gen_random_uuid(), ${hold!.answer.hold_id}, '10 minutes') as id`;
  return { user, id: row!.id as string };
}

async function settle(kernel: Kernel, id: string, state: string): Promise<boolean> {
  const [row] = await kernel.sql`select jobs.settle_prediction(${id}, ${state},
    '{"image": "x"}', 'code', 'message') as first`;
  return row!.first;
}

async function prediction(kernel: Kernel, id: string) {
  const [row] = await kernel.sql`select state, late, output from jobs.predictions where id = ${id}`;
  return { ...row! };
}

Deno.test("M-17: success captures the hold; failure and cancellation release it", async () => {
  await using kernel = await Kernel.open();
  for (const [state, left] of [["succeeded", 7], ["failed", 10], ["canceled", 10]] as const) {
    const { user, id } = await held(kernel);
    assert.equal(await settle(kernel, id, state), true);
    assert.equal(await kernel.available(user), left);
  }
  assert.deepEqual(await kernel.verify(), []);
});

Deno.test("M-17: a prediction settles once, however many answers come at once", async () => {
  await using kernel = await Kernel.open();
  const { user, id } = await held(kernel);
  const firsts = await Promise.all(
    Array.from({ length: 20 }, (_, i) => settle(kernel, id, i % 2 ? "succeeded" : "failed")),
  );
  assert.equal(firsts.filter((first) => first).length, 1);
  const { state } = await prediction(kernel, id);
  assert.equal(await kernel.available(user), state === "succeeded" ? 7 : 10);
  assert.equal(
    (await kernel.topics()).filter((topic) => topic.startsWith("prediction.")).length,
    1,
  );
});

Deno.test("a success after the failure is kept as late and not charged", async () => {
  await using kernel = await Kernel.open();
  const { user, id } = await held(kernel);
  await settle(kernel, id, "failed");
  assert.equal(await settle(kernel, id, "succeeded"), false);
  assert.deepEqual(await prediction(kernel, id), {
    state: "failed",
    late: true,
    output: { image: "x" },
  });
  assert.equal(await kernel.available(user), 10);
});

Deno.test("a failure after the success changes nothing", async () => {
  await using kernel = await Kernel.open();
  const { user, id } = await held(kernel);
  await settle(kernel, id, "succeeded");
  assert.equal(await settle(kernel, id, "failed"), false);
  assert.deepEqual(await prediction(kernel, id), {
    state: "succeeded",
    late: false,
    output: { image: "x" },
  });
  assert.equal(await kernel.available(user), 7);
});

Deno.test("a success whose hold has timed out is late and not charged", async () => {
  await using kernel = await Kernel.open();
  const { user, id } = await held(kernel, "10 minutes");
  await kernel.database.advanceClock("11 minutes");
  assert.equal(await settle(kernel, id, "succeeded"), true);
  assert.equal((await prediction(kernel, id)).late, true);
  assert.equal(await kernel.available(user), 10);
});

Deno.test("a prediction keeps the first id its provider gave, also when it is settled by then", async () => {
  await using kernel = await Kernel.open();
  const { id } = await held(kernel);
  const mark = async (name: string) => {
    const [row] = await kernel
      .sql`select jobs.mark_submitted(${id}, 'replicate', ${name}) as first`;
    return row!.first;
  };
  await settle(kernel, id, "canceled");
  assert.deepEqual([await mark("p1"), await mark("p2")], [true, false]);
  assert.equal((await prediction(kernel, id)).state, "canceled");
});

Deno.test("a prediction that is unknown, or settled as nonsense, is refused", async () => {
  await using kernel = await Kernel.open();
  const { id } = await held(kernel);
  await assert.rejects(settle(kernel, crypto.randomUUID(), "failed"), { message: "not_found" });
  await assert.rejects(settle(kernel, id, "processing"), { message: "invalid_request" });
});
