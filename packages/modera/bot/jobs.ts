import type { Update } from "grammy/types";
import { z } from "zod";
import { authAccountsFromEnv } from "../../auth/accounts.ts";
import { readAnswer } from "../../database/answer.ts";
import type { Session } from "../../database/database.ts";
import { type JobHandler, PermanentFailure } from "../../jobs/job.ts";
import { providerFromEnv } from "../../predictions/provider_from_env.ts";
import { isRefused, isUnreachable, telegramFromEnv } from "../../telegram/client.ts";
import { paymentPagesFromEnv } from "../../telegram/payment_pages.ts";
import { providerReadiness } from "../../work/provider_ready.ts";
import { storageFromEnv } from "../pictures.ts";
import { answer, type Outcome } from "./answer.ts";
import type { Bot, Turn } from "./bot.ts";
import { incomingOf } from "./incoming.ts";
import { returnPaymentHandler } from "./payments.ts";
import { say } from "./reply.ts";
import { textsFor } from "./texts.ts";

const jobPayload = z.object({ update_id: z.int() });

const received = z.object({
  update: z.custom<Update>((value) => typeof value === "object" && value !== null),
  answered: z.boolean(),
  waits: z.boolean(),
});

/** The jobs of the bot by kind. @param bot is asked for at the first job, because not every project has one. */
export function botJobs(bot: () => Bot = botFromEnv): Record<string, JobHandler> {
  return {
    "modera.telegram-update": updateHandler(bot),
    "modera.telegram-return": returnPaymentHandler(() => bot().telegram),
  };
}

/**
 * The job `modera.telegram-update`, payload `{update_id}`: answers an update that the webhook recorded, after those of the
 * same chat that came before it.
 */
function updateHandler(bot: () => Bot): JobHandler {
  return async (job, context) => {
    const { update_id } = jobPayload.parse(job.payload);
    const { service, log } = context;
    const found = await inTurn(service, update_id);
    if (found.answered) return { done: { outcome: "duplicate" } };
    if (found.waits) return { retry: "An older message of the chat is answered first." };
    const turn = { bot: bot(), service, log, updateId: update_id };
    const outcome = await answered(turn, found.update, job.attempt === job.max_attempts);
    await service.rpc("modera", "conclude_telegram", { update_id, outcome, reason: null });
    return { done: { outcome } };
  };
}

/** How often, and after how many milliseconds, an update looks whether its turn has come. */
const looks = 20;
const pauseMs = 150;

/** Reads an update, once those before it in its chat are answered or three seconds have gone. */
async function inTurn(service: Session, update_id: number): Promise<z.infer<typeof received>> {
  for (let n = 1;; n++) {
    const answer = await service.rpc("modera", "telegram_update", { update_id });
    const found = readAnswer(received, answer);
    if (!found.waits || found.answered || n === looks) return found;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
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
