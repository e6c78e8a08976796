import { GrammyError, InputFile } from "grammy/web";
import { type Channel, type Delivery, NotSent, Unreachable } from "../../notices/channel.ts";
import { type Message, toText } from "../../notices/message.ts";
import { type Storage, storageFromEnv } from "../../storage/storage.ts";
import {
  isRefused,
  isUnreachable,
  neverLeft,
  type Telegram,
  telegramFromEnv,
} from "../../telegram/client.ts";

/** What Telegram takes: https://core.telegram.org/bots/api#sendmessage, #sendphoto. In UTF-16 units, which is shorter than its own. */
const longestText = 4096;
const longestCaption = 1024;

/** The bot's chat with a person as a way to tell them something; a picture goes with its words as caption. */
function chatChannel({ api }: Telegram, storage: Storage): Channel {
  return {
    name: "telegram",
    // Telegram knows no keys: what may have been sent is not sent again.
    repeatable: false,
    async send({ to, message }: Delivery) {
      const text = toText(message).trim();
      const picture = await pictureOf(storage, message);
      const sent = picture
        ? api.sendPhoto(to, picture, { caption: text.slice(0, longestCaption) })
        : api.sendMessage(to, text.slice(0, longestText), {
          link_preview_options: { is_disabled: true },
        });
      const { message_id } = await sent.catch((error) => {
        if (isUnreachable(error) || isRefused(error)) throw new Unreachable(error.message);
        // It answered, and did not say that it was done.
        if (error instanceof GrammyError || neverLeft(error)) throw new NotSent(error.message);
        throw error;
      });
      return String(message_id);
    },
  };
}

async function pictureOf(storage: Storage, { blocks }: Message): Promise<InputFile | null> {
  const picture = blocks.find(({ kind }) => kind === "picture");
  if (picture?.kind !== "picture") return null;
  const { data, error } = await storage.from(picture.bucket).download(picture.path);
  if (error) throw new NotSent("The picture is not in Storage.");
  const bytes = new Uint8Array(await data.arrayBuffer());
  return new InputFile(bytes, picture.path.split("/").at(-1));
}

/** The chat of the bot that the environment describes; null where there is none. */
export function chatFromEnv(): Channel | null {
  if (!Deno.env.get("TELEGRAM_BOT_TOKEN")) return null;
  return chatChannel(telegramFromEnv(), storageFromEnv());
}
