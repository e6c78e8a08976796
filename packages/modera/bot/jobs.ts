import type { Update } from "grammy/types";
import { z } from "zod";
import { authAccountsFromEnv } from "../../auth/accounts.ts";
import { readAnswer } from "../../database/answer.ts";
import { type JobHandler, PermanentFailure } from "../../jobs/job.ts";
import { providerFromEnv } from "../../predictions/provider_from_env.ts";
import { storageFromEnv } from "../../storage/storage.ts";
import { isRefused, isUnreachable, telegramFromEnv } from "../../telegram/client.ts";
import { paymentPagesFromEnv } from "../../telegram/payment_pages.ts";
import { providerReadiness } from "../../work/provider_ready.ts";
import { answer, type Outcome } from "./answer.ts";
import type { Bot, Turn } from "./bot.ts";
import { incomingOf } from "./incoming.ts";
import { returnPaymentHandler } from "./payments.ts";
import { say } from "./reply.ts";
import { textsFor } from "./texts.ts";

const jobPayload = z.object({ update_id: z.int() });

const turnShape = z.union([
  z.object({ answered: z.literal(true) }),
  z.object({ busy: z.literal(true) }),
  z.object({
    update_id: z.int(),
    update: z.custom<Update>((value) => typeof value === "object" && value !== null),
  }),
]);

/** The jobs of the bot by kind. @param bot is asked for at the first job, because not every project has one. */
export function botJobs(bot: () => Bot = botFromEnv): Record<string, JobHandler> {
  return {
    "modera.telegram-update": updateHandler(bot),
    "modera.telegram-return": returnPaymentHandler(() => bot().telegram),
  };
}

/**
 * The job `modera.telegram-update`, payload `{update_id}`: answers an update that the webhook recorded, after those of the
 * same chat that came before it, and then what came after it meanwhile: one worker at a time answers a chat.
 */
function updateHandler(bot: () => Bot): JobHandler {
  return async (job, context) => {
    const { update_id } = jobPayload.parse(job.payload);
    const { service, log, signal } = context;
    const holder = `${job.job_id}/${job.attempt}`;
    const next = async () =>
      readAnswer(turnShape, await service.rpc("modera", "telegram_turn", { update_id, holder }));
    let given = 0;
    let turn = await next();
    try {
      while ("update" in turn) {
        if (signal.aborted) return { retry: "Out of time." };
        const { update_id: id, update } = turn;
        const last = id === update_id && job.attempt === job.max_attempts;
        const outcome = await answered({ bot: bot(), service, log, updateId: id }, update, last);
        await service.rpc("modera", "conclude_telegram", { update_id: id, outcome, reason: null });
        given++;
        turn = await next();
      }
    } catch (error) {
      if (!("update" in turn)) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      const failed = { update_id: turn.update_id, outcome: "deferred", reason };
      await service.rpc("modera", "conclude_telegram", failed);
      // Another's failure is for its own job to mend or to give up.
      if (turn.update_id === update_id) throw error;
      log.warn("older_update_failed", { error });
      return { retry: "An older message of the chat could not be answered." };
    } finally {
      if ("update" in turn) await service.rpc("modera", "end_telegram_turn", { holder });
    }
    return "busy" in turn
      ? { retry: "Another worker answers this chat." }
      : { done: { answered: given } };
  };
}

async function answered(turn: Turn, update: Update, lastAttempt: boolean): Promise<Outcome> {
  const incoming = incomingOf(update);
  try {
    return await answer(turn, incoming);
  } catch (error) {
    if (incoming.kind === "nothing") throw error;
    const { person: { telegram_id, language_code = "en" }, chatId } = incoming.sender;
    if (isUnreachable(error)) {
      await turn.service.rpc("modera", "telegram_blocked", { telegram_id, blocked: true });
      return "applied";
    }
    if (lastAttempt) {
      const sorry = { text: textsFor(language_code).wentWrong };
      await say(turn.bot.telegram, chatId, sorry).catch(() => {});
    }
    throw isRefused(error) ? new PermanentFailure(error.message) : error;
  }
}

/** The bot that the environment describes. */
function botFromEnv(): Bot {
  const ready = {
    tryon: providerReadiness(() => providerFromEnv("try-on")),
    styling: providerReadiness(() => providerFromEnv("style-analysis")),
  };
  return {
    telegram: telegramFromEnv(),
    accounts: authAccountsFromEnv(),
    storage: storageFromEnv(),
    pages: paymentPagesFromEnv(),
    ensureReady: (type) => ready[type](),
  };
}
