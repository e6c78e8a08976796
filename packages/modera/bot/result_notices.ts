import { z } from "zod";
import type { Session } from "../../database/database.ts";
import { readAnswer } from "../../database/answer.ts";
import type { Block, Message } from "../../notices/message.ts";
import { noticeWith, type TopicNotice } from "../../notices/notice.ts";
import { creditsText, type Reader } from "../../notices/reader.ts";
import { resultsBucket } from "../pictures.ts";
import { failureText, resultWords, styleRows } from "./result_words.ts";

const endedShape = z.object({
  user_id: z.uuid(),
  session_id: z.uuid(),
  credits_used: z.int(),
});

const named = z.array(z.object({ name: z.string() }));

const resultShape = z.object({
  session_type: z.enum(["tryon", "styling"]),
  result_path: z.string().nullable(),
  profile: z.object({ season: z.string(), shape: z.string().nullish() }).nullish().catch(null),
  recommendations: z.object({
    colours: z.object({ wear: named, avoid: named }),
    necklines: named,
    fits: named,
  }).nullish().catch(null),
  failure_code: z.string().nullable(),
  failure_message: z.string().nullable(),
}).nullable();

/** What became of a request that was made in the chat. */
export type ChatResult = NonNullable<z.infer<typeof resultShape>>;

/** What the bot sends back: results and failures of what was asked for in the chat, and of nothing else. */
export const chatResultNotices: TopicNotice[] = [
  "try_on.completed",
  "try_on.failed",
  "style_analysis.completed",
  "style_analysis.failed",
].map((topic) =>
  noticeWith({
    topic,
    payload: endedShape,
    people: ({ user_id }) => [user_id],
    find: ({ session_id }, service) => resultOf(service, session_id),
    write: ({ payload }, reader, result) => resultMessage(result, payload.credits_used, reader),
  })
);

async function resultOf(service: Session, session_id: string): Promise<ChatResult | null> {
  return readAnswer(resultShape, await service.rpc("modera", "chat_result", { session_id }));
}

/** The words, and the picture, of a result. Pure. @param creditsUsed what it cost. */
export function resultMessage(result: ChatResult, creditsUsed: number, reader: Reader): Message {
  const say = resultWords[reader.language];
  if (result.failure_code !== null) {
    const reason = failureText(result.failure_code, result.failure_message, reader.language);
    return {
      subject: say.failed,
      blocks: [{ kind: "paragraph", text: reason }],
      footer: say.nothingCharged,
    };
  }
  const blocks: Block[] = [];
  if (result.result_path) {
    blocks.push({ kind: "picture", bucket: resultsBucket, path: result.result_path });
  }
  const rows = styleRows(result, reader.language);
  if (rows.length > 0) blocks.push({ kind: "facts", rows });
  return {
    subject: say.ready[result.session_type],
    blocks,
    footer: say.charged(creditsText(creditsUsed, reader)),
  };
}
