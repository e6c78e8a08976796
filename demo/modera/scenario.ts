import postgres from "postgres";
import { FakeBotApi } from "../../packages/telegram/fake_bot_api.ts";
import { proveLedger } from "../proof.ts";
import type { Stage } from "../stage.ts";
import { buying } from "./buying.ts";
import { chatting } from "./chatting.ts";
import { Guest } from "./guest.ts";
import { leaving } from "./leaving.ts";
import { running } from "./running.ts";
import { runningLow } from "./running_low.ts";
import { shopping } from "./shopping.ts";
import { tryingOn } from "./trying_on.ts";

/** Who and what all acts share. */
export interface Cast extends Stage {
  robin: Guest;
  /** An admin of MODERA. */
  keeper: Guest;
  bot: FakeBotApi;
  /** As the role postgres, for what an operator does. */
  sql: postgres.Sql;
}

/** `npm run demo -- modera`: MODERA.FASHION from the first visit to the last. */
export async function modera(stage: Stage): Promise<void> {
  const { platform } = stage;
  await using bot = new FakeBotApi("100:local");
  await platform.restartFunctions({ TELEGRAM_API_URL: bot.url });
  const sql = postgres(platform.db_url, { max: 2, onnotice: () => {} });
  try {
    const [robin, keeper] = [
      await Guest.signUp(platform, "robin"),
      await Guest.signUp(platform, "keeper"),
    ];
    await sql`select private.appoint_admin(${keeper.id}, 'modera', 'The demo')`;
    const cast: Cast = { ...stage, robin, keeper, bot, sql };
    for (
      const [title, act] of [
        ["Buying", buying],
        ["Running low", runningLow],
        ["Trying on", tryingOn],
        ["Style and shopping", shopping],
        ["In the chat", chatting],
        ["Running the shop", running],
        ["Leaving", leaving],
      ] as const
    ) {
      stage.print(`\n${title}`);
      await act(cast);
    }
    await proveLedger(stage);
    stage.print("\nPictures, style and the exported archive are in out/modera-*.");
  } finally {
    await sql.end({ timeout: 1 });
  }
}
