import postgres from "postgres";
import { Guest } from "../guest.ts";
import { proveLedger } from "../proof.ts";
import type { Stage } from "../stage.ts";
import { forThePress } from "./for_the_press.ts";
import { preparing } from "./preparing.ts";
import { runningOut } from "./running_out.ts";
import { subscribing } from "./subscribing.ts";
import { keeping } from "./keeping.ts";
import { monthsLater } from "./months_later.ts";

/** Who and what all acts share. */
export interface Cast extends Stage {
  /** Has a shop that prints on textiles. */
  alex: Guest;
  /** An admin of DTF Editor. */
  keeper: Guest;
  /** As the role postgres, for what an operator does. */
  sql: postgres.Sql;
}

/** `npm run demo -- dtf`: DTF Editor, from a customer's picture to the film, and its bills. */
export async function dtf(stage: Stage): Promise<void> {
  const { platform } = stage;
  const sql = postgres(platform.db_url, { max: 2, onnotice: () => {} });
  try {
    const [alex, keeper] = [
      await Guest.signUp(platform, "dtf", "alex"),
      await Guest.signUp(platform, "dtf", "keeper"),
    ];
    await sql`select private.appoint_admin(${keeper.id}, 'dtf', 'The demo')`;
    for (
      const [title, act] of [
        ["A plan", subscribing],
        ["A customer's badge", preparing],
        ["For the press", forThePress],
        ["Months later", monthsLater],
        ["Running out", runningOut],
        ["Keeping the shop", keeping],
      ] as const
    ) {
      stage.print(`\n${title}`);
      await act({ ...stage, alex, keeper, sql });
    }
    await proveLedger(stage);
    stage.print("\nSheets and files to print are in out/dtf-*.");
  } finally {
    await sql.end({ timeout: 1 });
  }
}
