import assert from "node:assert/strict";
import { inSetting } from "../harness/setting.ts";
import { runPrograms } from "./ledger/machine.ts";
import { breakRule, brokenFunction, mutants } from "./ledger/mutants.ts";
import { World } from "./ledger/world.ts";

Deno.test("each rule that the programs are tried on is still where it is broken", async () => {
  for (const mutant of mutants) await brokenFunction(mutant);
});

for (const mutant of mutants) {
  Deno.test({
    name: `random programs notice when it no longer holds that ${mutant.rule}`,
    ignore: inSetting(true, false),
    async fn() {
      await using world = await World.open();
      await breakRule(world.sql, mutant);
      const settings = { runs: 1_000, longest: 60, shrinking: 0 };
      await assert.rejects(runPrograms(world, settings), /Property failed after/);
    },
  });
}
