import { z } from "zod";
import type { AuthAccounts } from "../auth/accounts.ts";
import { readAnswer } from "../database/answer.ts";
import type { Session } from "../database/database.ts";
import type { TelegramPerson } from "../telegram/init_data.ts";

const arrival = z.object({ user_id: z.uuid(), email: z.string(), known: z.boolean() });

const attached = z.object({
  user_id: z.uuid(),
  telegram_id: z.int(),
  username: z.string().nullable(),
  language_code: z.string(),
  linked: z.boolean(),
});

/** A Telegram account that is somebody's. */
export type TelegramAccount = z.infer<typeof attached>;

/** The Auth user of a Telegram account. */
export interface TelegramUser {
  user_id: string;
  email: string;
}

/** Signed initData, good for one use. */
export interface Proof {
  proof: string;
  expiresAt: Date;
}

/**
 * The Auth user of a Telegram account; made on first contact. All who ask for one account get the same user, at once or
 * after a crash, because SQL names the id before the user is made.
 *
 * @throws Problem `init_data_replayed` 401, `forbidden` 403, `provider_unavailable` 503.
 */
export async function telegramUser(
  service: Session,
  accounts: AuthAccounts,
  telegramId: number,
  proof: Proof | null,
): Promise<TelegramUser> {
  const { user_id, email, known } = readAnswer(
    arrival,
    await service.rpc("modera", "telegram_arrival", {
      telegram_id: telegramId,
      proof: proof?.proof ?? null,
    }),
  );
  if (!known) await accounts.create({ id: user_id, email });
  return { user_id, email };
}

/**
 * Makes a Telegram account this user's, and uses the proof up.
 *
 * @param proof null when Telegram itself told us of the person, by its webhook.
 * @throws Problem `init_data_replayed` 401, `telegram_taken` and `telegram_already_linked` 409.
 */
export async function attachTelegram(
  service: Session,
  userId: string,
  person: TelegramPerson,
  proof: Proof | null,
): Promise<TelegramAccount> {
  const answer = await service.rpc("modera", "attach_telegram", {
    user_id: userId,
    person: { ...person },
    proof: proof?.proof ?? null,
    proof_expires_at: proof?.expiresAt.toISOString() ?? null,
  });
  return readAnswer(attached, answer);
}
