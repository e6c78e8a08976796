import assert from "node:assert/strict";
import { Kernel } from "../kernel/kernel.ts";

Deno.test("a fact is published once for each key, 20 times at once", async () => {
  await using kernel = await Kernel.open();
  await Promise.all(
    Array.from({ length: 20 }, () => kernel.sql`select events.publish('acme.done', '{}', 'k')`),
  );
  assert.deepEqual(await kernel.topics(), ["acme.done"]);
});

Deno.test("a fact of a transaction that fails is not published", async () => {
  await using kernel = await Kernel.open();
  await assert.rejects(kernel.sql.begin(async (tx) => {
    await tx`select events.publish('acme.done', '{}')`;
    await tx`select 1 / 0`;
  }));
  assert.deepEqual(await kernel.topics(), []);
});

Deno.test("a published fact is never changed", async () => {
  await using kernel = await Kernel.open();
  await kernel.sql`select events.publish('acme.done', '{}')`;
  await assert.rejects(kernel.sql`update events.outbox set payload = '{"x": 1}'`, /append-only/);
});

Deno.test("a watermark moves forward only; equal times are new", async () => {
  await using kernel = await Kernel.open();
  const times = ["12:00", "12:00", "11:59", "12:01", "12:00"];
  const moved: boolean[] = [];
  for (const time of times) {
    const [row] = await kernel
      .sql`select events.advance('stripe', 'cs_1', ${`2026-06-01 ${time}Z`}::text::timestamptz) as moved`;
    moved.push(row!.moved);
  }
  assert.deepEqual(moved, [true, true, false, true, false]);
});
