import assert from "node:assert/strict";
import { startRounds } from "./rounds.ts";

Deno.test("whoever wakes it during a round gets another round at once", async () => {
  const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const gate = Promise.withResolvers<void>();
  let rounds = 0;
  const work = async () => {
    begun[rounds++]?.resolve();
    if (rounds === 1) await gate.promise;
  };
  const loop = startRounds(work, 3_600_000, () => assert.fail());
  await begun[0]?.promise;
  loop.wake();
  gate.resolve();
  await begun[1]?.promise;
  await loop.stop();
  assert.equal(rounds, 2);
});

Deno.test("a round that fails is told and is not the last", async () => {
  const told: unknown[] = [];
  const again = Promise.withResolvers<void>();
  const work = () => told.length === 2 ? Promise.resolve(again.resolve()) : Promise.reject("no");
  const loop = startRounds(work, 1, (reason) => told.push(reason));
  await again.promise;
  await loop.stop();
  assert.deepEqual(told, ["no", "no"]);
});
