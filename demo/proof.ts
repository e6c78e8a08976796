import assert from "node:assert/strict";
import { createClient } from "@supabase/supabase-js";
import type { PersonAtTheShop } from "./person_at_the_shop.ts";
import type { Stage } from "./stage.ts";

/** Prints what moved a person's credits, the newest first. */
export async function printStatement({ print }: Stage, person: PersonAtTheShop): Promise<void> {
  print("\nStatement");
  const { body: account } = await person.get("credit-balance?product=modera");
  for (const entry of account["entries"] as Record<string, unknown>[]) {
    const amount = Number(entry["amount"]);
    const moved = `${amount > 0 ? "+" : ""}${amount}`.padStart(5);
    const at = String(entry["created_at"]).slice(0, 19);
    const kind = String(entry["kind"]).padEnd(8);
    print(
      `  ${at}  ${kind} ${moved}  balance ${entry["balance_after"]}  ${entry["feature"] ?? ""}`,
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
