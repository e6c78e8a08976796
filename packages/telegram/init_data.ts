import { Buffer } from "node:buffer";
import { z } from "zod";
import { problem } from "../http/problem.ts";

/** Who a Telegram account is, as Telegram says it. */
export interface TelegramPerson {
  telegram_id: number;
  username?: string | undefined;
  first_name?: string | undefined;
  last_name?: string | undefined;
  language_code?: string | undefined;
}

/** initData that Telegram signed. */
export interface InitData {
  person: TelegramPerson;
  /** What makes this initData itself, to be used once. */
  proof: string;
  /** From then on it is refused for its age. */
  expiresAt: Date;
}

/** What a Mini App may be asked to prove itself with: opened within the last hour. */
export const maxAgeSeconds = 3600;

/** How far Telegram's clock may be ahead of ours. */
const skewSeconds = 60;

const signedShape = z.object({
  auth_date: z.coerce.number().int().positive(),
  user: z.string().transform((text, context) => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue("not JSON");
      return z.NEVER;
    }
  }).pipe(z.object({
    id: z.int().positive(),
    is_bot: z.literal(false).optional(),
    username: z.string().optional(),
    first_name: z.string().optional(),
    last_name: z.string().optional(),
    language_code: z.string().optional(),
  })),
});

const encoder = new TextEncoder();

/**
 * Verifies the initData of a Mini App: HMAC-SHA-256 over its fields with a key made of the bot's token,
 * compared in constant time by WebCrypto.
 * See https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app
 *
 * @param now the present time, in milliseconds.
 * @throws Problem `init_data_invalid` or `init_data_expired` (401).
 */
export async function verifyInitData(
  initData: string,
  botToken: string,
  now: number = Date.now(),
): Promise<InitData> {
  const fields = [...new URLSearchParams(initData)];
  const hash = fields.find(([name]) => name === "hash")?.[1] ?? "";
  if (!isPlain(fields) || !await isSigned(fields, hash, botToken)) throw refused();
  const read = signedShape.safeParse(Object.fromEntries(fields));
  if (!read.success) throw refused(read.error);
  const { auth_date, user } = read.data;
  const signedAt = auth_date * 1000;
  const expiresAt = new Date(signedAt + maxAgeSeconds * 1000);
  if (signedAt > now + skewSeconds * 1000) throw refused();
  if (expiresAt.getTime() <= now) {
    throw problem("init_data_expired", "This initData is too old. Open the app again.");
  }
  const { id: telegram_id, username, first_name, last_name, language_code } = user;
  const person = { telegram_id, username, first_name, last_name, language_code };
  return { person, proof: hash, expiresAt };
}

/** No field twice and no line breaks, so that what was signed can be read in one way only. */
function isPlain(fields: [string, string][]): boolean {
  const names = new Set(fields.map(([name]) => name));
  return names.size === fields.length && !fields.some((field) => field.join().includes("\n"));
}

async function isSigned(
  fields: [string, string][],
  hash: string,
  botToken: string,
): Promise<boolean> {
  if (!/^[0-9a-f]{64}$/.test(hash)) return false;
  const signed = fields.filter(([name]) => name !== "hash").map((field) => field.join("="));
  const secret = await crypto.subtle.sign(
    "HMAC",
    await hmacKey(encoder.encode("WebAppData")),
    encoder.encode(botToken),
  );
  const text = encoder.encode(signed.sort().join("\n"));
  return await crypto.subtle.verify("HMAC", await hmacKey(secret), Buffer.from(hash, "hex"), text);
}

function hmacKey(key: BufferSource): Promise<CryptoKey> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", key, algorithm, false, ["sign", "verify"]);
}

function refused(cause?: unknown) {
  return problem("init_data_invalid", "This initData is not Telegram's for our bot.", { cause });
}
