import { Api, GrammyError, HttpError } from "grammy/web";
import type { ReadEnv } from "../database/from_env.ts";
import { problem } from "../http/problem.ts";
import { readAtMost } from "../http/read_at_most.ts";

/** A bot, by Telegram's Bot API. */
export interface Telegram {
  /** The methods of https://core.telegram.org/bots/api, asked again where Telegram says to wait a moment. */
  readonly api: Api;
  /**
   * The bytes of a file that somebody sent.
   * @param maxBytes at most so many.
   * @throws FileTooLarge; HttpError when Telegram does not answer in time.
   */
  download(fileId: string, maxBytes: number): Promise<Uint8Array>;
}

/** How to reach the Bot API. */
export interface TelegramSettings {
  token: string;
  /** Without a slash at its end. */
  apiUrl?: string;
  /** Of one request, in seconds. */
  timeoutSeconds?: number;
}

/** A file has more bytes than are taken, or than Telegram gives to bots. */
export class FileTooLarge extends Error {
  override readonly name = "FileTooLarge";
}

/** Pauses that Telegram asks for are kept here up to so many seconds; longer ones are the caller's to keep. */
const longestPause = 5;
const tries = 3;

/** A client of the Bot API. */
export function telegramClient(settings: TelegramSettings): Telegram {
  const { token, apiUrl: apiRoot = "https://api.telegram.org", timeoutSeconds = 15 } = settings;
  const api = new Api(token, { apiRoot, timeoutSeconds, fetch: tokenless(token) });
  api.config.use(async (call, method, payload, signal) => {
    for (let n = 1;; n++) {
      const answer = await call(method, payload, signal);
      if (answer.ok || answer.error_code !== 429 || n === tries) return answer;
      const seconds = answer.parameters?.retry_after ?? 1;
      if (seconds > longestPause) return answer;
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    }
  });
  return {
    api,
    async download(fileId, maxBytes) {
      const file = await api.getFile(fileId).catch((error) => {
        // Telegram gives bots files of up to 20 MB.
        throw isTooBig(error) ? new FileTooLarge() : error;
      });
      if ((file.file_size ?? 0) > maxBytes) throw new FileTooLarge();
      const bytes = await fetchBytes(
        `${apiRoot}/file/bot${token}/${file.file_path ?? ""}`,
        maxBytes,
        timeoutSeconds,
      );
      if (!bytes) throw new FileTooLarge();
      return bytes;
    },
  };
}

/**
 * The bot that TELEGRAM_BOT_TOKEN and, for another server than Telegram's, TELEGRAM_API_URL describe.
 *
 * @throws Problem `provider_unavailable` (503) when no bot is configured.
 */
export function telegramFromEnv(read: ReadEnv = (name) => Deno.env.get(name)): Telegram {
  const token = read("TELEGRAM_BOT_TOKEN");
  if (!token) throw problem("provider_unavailable", "No Telegram bot is configured here.");
  const apiUrl = read("TELEGRAM_API_URL");
  return telegramClient({ token, ...(apiUrl ? { apiUrl } : {}) });
}

/** `fetch` whose errors do not tell the token, which is part of every address. */
function tokenless(token: string): typeof fetch {
  return (...request) =>
    fetch(...request).catch((error) => {
      const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      throw new Error(said.replaceAll(token, "[bot token]"));
    });
}

/** Null when there are more than `maxBytes`. The address holds the bot's token: no error may carry it. */
async function fetchBytes(
  address: string,
  maxBytes: number,
  timeoutSeconds: number,
): Promise<Uint8Array | null> {
  const unreachable = (why: string) => new HttpError(`A file of Telegram: ${why}.`, why);
  const signal = AbortSignal.timeout(timeoutSeconds * 2000);
  const response = await fetch(address, { redirect: "error", signal }).catch(() => {
    throw unreachable("no answer");
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw unreachable(`status ${response.status}`);
  }
  return await readAtMost(response.body, maxBytes).catch(() => {
    throw unreachable("the answer broke off");
  });
}

function isTooBig(error: unknown): boolean {
  return error instanceof GrammyError && /file is too big/i.test(error.description);
}

/** True when the person does not hear from the bot: it was blocked, or they or the chat are gone. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof GrammyError &&
    (error.error_code === 403 ||
      (error.error_code === 400 && /chat not found|user not found/i.test(error.description)));
}

/** True when Telegram understood and said no: asking again changes nothing. */
export function isRefused(error: unknown): error is GrammyError {
  return error instanceof GrammyError && error.error_code >= 400 && error.error_code < 500 &&
    error.error_code !== 401 && error.error_code !== 404 && error.error_code !== 429;
}

/** True when a request surely never reached Telegram: no connection was made. */
export function neverLeft(error: unknown): boolean {
  return error instanceof HttpError &&
    /connect error|dns error|refused|blocked/i.test(String(error.error));
}
