import { z } from "zod";
import { readAnswer } from "../../database/answer.ts";
import { dateText } from "../../notices/reader.ts";
import type { Chat, Turn } from "./bot.ts";
import type { Reply } from "./reply.ts";
import { type Costs, type Texts } from "./texts.ts";

const statement = z.object({
  balance: z.object({ pending: z.int(), available: z.int() }),
  grants: z.array(z.object({ remaining: z.int(), expires_at: z.string().nullable() })),
  costs: z.object({ tryon: z.int().optional(), styling: z.int().optional() }).nullable(),
});

type Statement = z.infer<typeof statement>;

async function read({ service }: Turn, chat: Chat): Promise<Statement> {
  const answer = await service.rpc("modera", "telegram_balance", { user_id: chat.userId });
  return readAnswer(statement, answer);
}

/** /start: who the bot is, what it can do, and what the person has. */
export async function helloReply(turn: Turn, chat: Chat): Promise<Reply> {
  const { texts } = chat;
  const found = await read(turn, chat);
  const parts = [
    texts.hello(chat.firstName),
    helpText(texts, found.costs),
    balanceText(texts, found),
  ];
  return { text: parts.join("\n\n") };
}

/** /help. */
export async function helpReply(turn: Turn, chat: Chat): Promise<Reply> {
  return { text: helpText(chat.texts, (await read(turn, chat)).costs) };
}

/** /balance: what can be spent, what is on hold, and what runs out when. */
export async function balanceReply(turn: Turn, chat: Chat): Promise<Reply> {
  return { text: balanceText(chat.texts, await read(turn, chat)) };
}

function helpText(texts: Texts, costs: Statement["costs"]): string {
  const known: Costs = {};
  if (costs?.tryon) known.tryon = costs.tryon;
  if (costs?.styling) known.styling = costs.styling;
  return texts.help(known);
}

function balanceText(texts: Texts, { balance, grants }: Statement): string {
  const expiring = grants.flatMap(({ remaining, expires_at }) =>
    expires_at && remaining > 0
      ? [texts.expiring(texts.credits(remaining), dateText(expires_at, texts.reader))]
      : []
  );
  const lines = [texts.balance(balance.available)];
  if (balance.pending > 0) lines.push(texts.onHold(balance.pending));
  return [...lines, ...expiring].join("\n");
}
