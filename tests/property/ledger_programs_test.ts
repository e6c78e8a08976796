import assert from "node:assert/strict";
import { inSetting } from "../harness/setting.ts";
import { reached, runPrograms } from "./ledger/machine.ts";
import { World } from "./ledger/world.ts";

Deno.test("random programs of all calls answer, refuse and leave behind what the model says", async () => {
  await using world = await World.open();
  const [runs, longest] = inSetting([200, 40], [2_000, 60]);
  // Programs that no longer got anywhere would prove nothing.
  const answers: Record<string, string[]> = {
    grant: ["done", "replayed", "idempotency_conflict", "invalid_request"],
    debit: ["done", "replayed", "idempotency_conflict", "insufficient_credits"],
    hold: ["done", "replayed", "idempotency_conflict", "insufficient_credits"],
    capture: ["done", "hold_resolved", "hold_expired", "invalid_amount"],
    release: ["done", "hold_resolved", "hold_expired"],
    refund: ["done", "not_found", "refund_exceeds_entry"],
    revoke: ["done", "replayed"],
    reinstate: ["done", "refund_exceeds_entry"],
    transfer: ["done", "replayed", "insufficient_credits", "invalid_request"],
  };
  const wanted = Object.entries(answers)
    .flatMap(([call, kinds]) => kinds.map((kind) => `${call} ${kind}`));
  let missing = wanted;
  // What is rare may be missed by chance, once.
  for (let round = 0; missing.length > 0 && round < 5; round++) {
    await runPrograms(world, { runs, longest, round });
    missing = wanted.filter((answer) => !reached.has(answer));
  }
  assert.deepEqual(missing, []);
});
