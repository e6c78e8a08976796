import postgres from "postgres";
import { FakeBotApi } from "../../packages/telegram/fake_bot_api.ts";
import { proveLedger } from "../proof.ts";
import type { Stage } from "../stage.ts";
import { buying } from "./buying.ts";
import { Chat } from "./chat.ts";
import { chatting } from "./chatting.ts";
import { daysLater } from "./days_later.ts";
import { Guest } from "../guest.ts";
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
  /** Somebody who came by Telegram. */
  chat: Chat;
  /** The Telegram account that Robin links. */
  robinsChat: Chat;
  /** As the role postgres, for what an operator does. */
  sql: postgres.Sql;
}

/** `npm run demo -- modera`: MODERA.FASHION from the first visit to the last. */
export async function modera(stage: Stage): Promise<void> {
  const { platform } = stage;
  await using bot = new FakeBotApi("100:local");
  // The price of a second of the provider's work, for the admins' summary.
  const prices = { REPLICATE_MICROS_PER_SECOND: "975" };
  await platform.restartFunctions({ TELEGRAM_API_URL: bot.url, ...prices });
  const sql = postgres(platform.db_url, { max: 2, onnotice: () => {} });
  try {
    const [robin, keeper] = [
      await Guest.signUp(platform, "modera", "robin"),
      await Guest.signUp(platform, "modera", "keeper"),
    ];
    await sql`select private.appoint_admin(${keeper.id}, 'modera', 'The demo')`;
    const people = { ...stage, robin, keeper, bot, sql };
    const cast: Cast = {
      ...people,
      chat: new Chat(people, 7_000_000_001),
      robinsChat: new Chat(people, 7_000_000_003),
    };
    for (
      const [title, act] of [
        ["Buying", buying],
        ["Running low", runningLow],
        ["Trying on", tryingOn],
        ["Style and shopping", shopping],
        ["In the chat", chatting],
        ["Running the shop", running],
        ["Days later", daysLater],
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
