import assert from "node:assert/strict";
import { serviceCaller } from "../database/database.ts";
import { fakeDatabase } from "../http/fakes.ts";
import { attempt } from "../jobs/fakes.ts";
import type { Storage } from "../storage/storage.ts";
import { retentionJobs } from "./retention.ts";

/** Pictures that are due until Storage, which does as `remove` says, has deleted them. */
function scene(paths: string[], remove = (asked: string[]): string[] => asked) {
  const left = new Set(paths);
  const bucket = {
    remove: (asked: string[]) => {
      const gone = remove(asked);
      gone.forEach((path) => left.delete(path));
      return Promise.resolve({ data: gone.map((name) => ({ name })), error: null });
    },
  };
  const storage = { from: () => bucket } as unknown as Storage;
  const database = fakeDatabase({
    due_pictures: ({ max }) =>
      [...left].slice(0, Number(max)).map((path) => ({
        bucket: "modera-inputs",
        path,
        reason: "old",
      })),
  });
  const run = (signal = new AbortController().signal) =>
    attempt(retentionJobs(() => storage)["modera.retention"]!, {}, {
      service: database.as(serviceCaller),
      signal,
    });
  return { left, run };
}

Deno.test("pictures are deleted batch by batch until none is due", async () => {
  const { left, run } = scene(Array.from({ length: 250 }, (_, n) => `a/${n}.png`));
  assert.deepEqual(await run(), { done: { old: 250 } });
  assert.equal(left.size, 0);
});

Deno.test("Storage that deletes nothing fails the job and is not asked for ever", async () => {
  const { run } = scene(["a/1.png"], () => []);
  await assert.rejects(run(), { code: "internal" });
});

Deno.test("when the worker's time is over, the rest is left for the next attempt", async () => {
  const { left, run } = scene(["a/1.png"]);
  assert.ok("retry" in await run(AbortSignal.abort()));
  assert.equal(left.size, 1);
});
