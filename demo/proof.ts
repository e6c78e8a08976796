import assert from "node:assert/strict";
import { createClient } from "@supabase/supabase-js";
import type { Entry } from "../packages/client/shapes.ts";
import type { Stage } from "./stage.ts";

/** Prints what moved a person's credits, the newest first. @param entries of `credit-balance` */
export function printStatement({ print }: Stage, entries: readonly Entry[]): void {
  print("\nStatement");
  for (const { amount, created_at, kind, balance_after, feature } of entries) {
    const moved = `${amount > 0 ? "+" : ""}${amount}`.padStart(5);
    print(
      `  ${created_at.slice(0, 19)}  ${kind.padEnd(8)} ${moved}  balance ${balance_after}  ${
        feature ?? ""
      }`,
    );
  }
}

/** Recomputes the whole ledger and prints that nothing differs. */
export async function proveLedger({ platform, print }: Stage): Promise<void> {
  const service = createClient(platform.api_url, platform.secret_key, {
    auth: { persistSession: false },
  });
  const { data: differences, error } = await service.schema("api").rpc("verify_ledger");
  assert.equal(error, null);
  assert.deepEqual(differences, []);
  print("\nledger.verify(): no differences");
}
