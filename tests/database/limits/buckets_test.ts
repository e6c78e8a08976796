import assert from "node:assert/strict";
import { Kernel, type Role } from "../kernel/kernel.ts";

type Taken = { allowed: boolean; remaining: number; retry_after: number };

const take = (
  kernel: Kernel,
  args: object = {},
  role: Role = "service_role",
  user: string | null = null,
) =>
  kernel.call<Taken>(role, user, "take_limit", {
    bucket: "b",
    capacity: 10,
    per_seconds: 60,
    ...args,
  });

Deno.test("100 calls at once against a bucket of 10 let exactly 10 through", async () => {
  await using kernel = await Kernel.open();
  // One moment for all, so that nothing leaks out meanwhile.
  await kernel.sql`create or replace function private.now() returns timestamptz language sql stable
    set search_path = '' as $$ select timestamptz '2026-06-01 12:00Z' $$`;
  const answers = await Promise.all(Array.from({ length: 100 }, () => take(kernel)));
  const allowed = answers.filter((answer) => answer.allowed);
  assert.deepEqual(
    allowed.map((answer) => answer.remaining).sort((a, b) => a - b),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
  assert.ok(answers.every((answer) => answer.allowed || answer.retry_after === 6));
});

Deno.test("a bucket refills evenly, and waiting retry_after is enough", async () => {
  await using kernel = await Kernel.open();
  await take(kernel, { cost: 10 });
  const refused = await take(kernel, { cost: 5 });
  assert.equal(refused.allowed, false);
  await kernel.database.advanceClock(`${refused.retry_after} seconds`);
  assert.equal((await take(kernel, { cost: 5 })).allowed, true);
  await kernel.database.advanceClock("1 hour");
  assert.equal((await take(kernel)).remaining, 9);
});

Deno.test("a refused call costs nothing", async () => {
  await using kernel = await Kernel.open();
  await take(kernel, { cost: 9 });
  await take(kernel, { cost: 5 });
  assert.equal((await take(kernel, { cost: 1 })).allowed, true);
});

Deno.test("a user can only take from buckets of the own name", async () => {
  await using kernel = await Kernel.open();
  const [one, two] = [await kernel.user(), await kernel.user()];
  assert.equal((await take(kernel, { cost: 10 }, "authenticated", one)).allowed, true);
  assert.equal((await take(kernel, {}, "authenticated", one)).allowed, false);
  const attack = { bucket: `user:${one}:b`, cost: 10 };
  assert.equal((await take(kernel, attack, "authenticated", two)).allowed, true);
  assert.equal((await take(kernel, {}, "authenticated", two)).allowed, true);
  assert.equal((await take(kernel)).allowed, true);
});

Deno.test("a bucket that makes no sense is refused", async (t) => {
  await using kernel = await Kernel.open();
  for (
    const args of [
      { capacity: 0 },
      { capacity: null },
      { per_seconds: 0 },
      { per_seconds: -1 },
      { cost: 0 },
      { cost: -5 },
      { cost: 11 },
      { cost: null },
      { bucket: "" },
      { bucket: "b".repeat(201) },
    ]
  ) {
    await t.step(
      JSON.stringify(args).slice(0, 40),
      () => assert.rejects(take(kernel, args), { code: "PT422", message: "invalid_request" }),
    );
  }
});
