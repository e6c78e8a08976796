import { z } from "zod";
import { readAnswer } from "../../database/answer.ts";
import type { Json } from "../../database/types.ts";
import { Problem } from "../../http/problem.ts";
import { pictureType } from "../../predictions/picture_type.ts";
import { storageProblem } from "../../storage/storage.ts";
import { FileTooLarge } from "../../telegram/client.ts";
import { inputsBucket } from "../pictures.ts";
import type { Chat, Turn } from "./bot.ts";
import type { SentPhoto } from "./incoming.ts";
import type { Reply } from "./reply.ts";
import type { RequestType, Texts } from "./texts.ts";

/** The buttons of a conversation. */
export const consentButton = "consent";
export const againButton = "again";
export const buyButton = "buy";

const standing = z.object({
  state: z.enum(["none", "consent", "photos", "started", "expired"]),
  session_type: z.enum(["tryon", "styling"]).optional(),
  photos: z.int().default(0),
  needed: z.int().default(0),
  album: z.string().nullish(),
  terms: z.object({ en: z.string(), ru: z.string() }).nullish(),
  known: z.boolean().default(false),
  max_bytes: z.int().default(0),
  refused: z.object({ required: z.int(), available: z.int() }).optional(),
});

type Standing = z.infer<typeof standing>;

const read = (answer: Json): Standing => readAnswer(standing, answer);

/** /tryon and /style: asks for consent where it is not given yet, then for the photos. */
export async function requestReply(turn: Turn, chat: Chat, type: RequestType): Promise<Reply> {
  return nextReply(chat.texts, await open(turn, chat, type));
}

/** /cancel. */
export async function cancelReply(turn: Turn, chat: Chat): Promise<Reply> {
  const args = { user_id: chat.userId };
  const { state } = read(await turn.service.rpc("modera", "conversation", args));
  if (state !== "consent" && state !== "photos") return { text: chat.texts.nothingToCancel };
  await open(turn, chat, null);
  return { text: chat.texts.cancelled };
}

/** The person agreed to the use of their photos. */
export async function consentReply({ service }: Turn, chat: Chat): Promise<Reply> {
  const now = read(await service.rpc("modera", "consent_in_chat", { user_id: chat.userId }));
  const next = now.state === "photos" ? nextReply(chat.texts, now).text : "";
  return { text: [chat.texts.consentGiven, next].join(" ").trim() };
}

/** The person wants a refused request tried again. */
export async function againReply(turn: Turn, chat: Chat): Promise<Reply> {
  const args = { user_id: chat.userId };
  const now = read(await turn.service.rpc("modera", "conversation", args));
  await turn.bot.ensureReady(now.session_type ?? "tryon");
  return nextReply(chat.texts, read(await turn.service.rpc("modera", "retry_conversation", args)));
}

/** Text, or something that is no picture, where a photo was due or was not. */
export async function elseReply({ service }: Turn, chat: Chat): Promise<Reply> {
  const now = read(await service.rpc("modera", "conversation", { user_id: chat.userId }));
  if (now.state === "consent") return nextReply(chat.texts, now);
  return { text: now.state === "photos" ? chat.texts.photosPlease : chat.texts.onlyPhotos };
}

/**
 * Takes a photo: into the person's own folder, with the checks of any upload, and into their conversation; the last one that
 * is needed starts the request. A photo that nobody asked for is not even fetched.
 *
 * @returns null where nothing needs to be said: the rest of an album.
 */
export async function photoReply(turn: Turn, chat: Chat, photo: SentPhoto): Promise<Reply | null> {
  const { service, bot } = turn;
  const { texts, userId } = chat;
  const args = { user_id: userId, message_id: photo.messageId };
  const now = read(await service.rpc("modera", "conversation", args));
  if (now.state === "started" && !now.known) {
    const restOfAlbum = photo.album !== null && photo.album === now.album;
    return restOfAlbum ? null : { text: texts.photoNotExpected };
  }
  if (now.state !== "photos") return nextReply(texts, now);
  const tooLarge = { text: texts.photoTooLarge(Math.floor(now.max_bytes / megabyte)) };
  if (photo.size > now.max_bytes) return tooLarge;
  try {
    const bytes = await bot.telegram.download(photo.fileId, now.max_bytes);
    const mimeType = pictureType(bytes);
    if (!mimeType) return { text: texts.photoUnreadable };
    await bot.ensureReady(now.session_type ?? "tryon");
    const path = await store(turn, chat, photo, bytes, mimeType);
    const added = { ...args, path, album: photo.album };
    return nextReply(texts, read(await service.rpc("modera", "add_photo", added)));
  } catch (error) {
    if (error instanceof FileTooLarge) return tooLarge;
    if (!(error instanceof Problem && error.code === "consent_required")) throw error;
    return nextReply(texts, await open(turn, chat, now.session_type ?? "tryon"));
  }
}

const megabyte = 1024 * 1024;

async function store(
  { bot }: Turn,
  chat: Chat,
  photo: SentPhoto,
  bytes: Uint8Array,
  mimeType: string,
): Promise<string> {
  const path = `${chat.userId}/telegram-${photo.messageId}.${mimeType.split("/")[1]}`;
  // A message's photo never changes: what is there already is the same.
  const { error } = await bot.storage.from(inputsBucket).upload(path, bytes, {
    contentType: mimeType,
  });
  if (error && !/exists/i.test(error.message)) throw storageProblem(error);
  return path;
}

async function open(
  { service, updateId }: Turn,
  chat: Chat,
  type: RequestType | null,
): Promise<Standing> {
  const args = { user_id: chat.userId, session_type: type, update_id: updateId };
  return read(await service.rpc("modera", "open_conversation", args));
}

/** What is said next, by where the conversation stands. Pure. */
function nextReply(texts: Texts, now: Standing): Reply {
  if (now.refused) {
    const { required, available } = now.refused;
    return {
      text: texts.notEnough(texts.credits(required), texts.credits(available)),
      buttons: [[{ text: texts.buyButton, data: buyButton }], [
        { text: texts.againButton, data: againButton },
      ]],
    };
  }
  switch (now.state) {
    case "none":
      return { text: texts.photoNotExpected };
    case "expired":
      return { text: texts.requestExpired };
    case "consent":
      return {
        text: now.terms?.[texts.reader.language] ?? "",
        buttons: [[{ text: texts.consentButton, data: consentButton }]],
      };
    case "started":
      return { text: texts.started[now.session_type ?? "tryon"] };
    case "photos":
      if (now.photos >= now.needed) {
        return {
          text: texts.photosThere,
          buttons: [[{ text: texts.againButton, data: againButton }]],
        };
      }
      if (now.session_type === "styling") return { text: texts.sendPortrait };
      return { text: now.photos === 0 ? texts.sendPerson : texts.sendGarment };
  }
}
