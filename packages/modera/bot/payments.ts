import type { PreCheckoutQuery } from "grammy/types";
import { z } from "zod";
import { readAnswer } from "../../database/answer.ts";
import type { Session } from "../../database/database.ts";
import type { JobHandler } from "../../jobs/job.ts";
import type { Telegram } from "../../telegram/client.ts";
import { refundStars } from "../../telegram/stars.ts";
import type { Payment } from "./incoming.ts";
import { say } from "./reply.ts";
import { textsFor } from "./texts.ts";

const check = z.enum(["payable", "closed", "not_yours", "unclear"]);

/**
 * Answers whether an invoice may be paid, which Telegram asks before it takes Stars and waits for ten seconds. Answering
 * twice is fine.
 */
export async function answerPreCheckout(
  { api }: Telegram,
  service: Session,
  query: PreCheckoutQuery,
): Promise<z.infer<typeof check>> {
  const verdict = readAnswer(
    check,
    await service.rpc("modera", "check_stars", {
      invoice_id: query.invoice_payload,
      telegram_id: query.from.id,
      amount: query.total_amount,
      currency: query.currency,
    }),
  );
  const texts = textsFor(query.from.language_code ?? "en");
  const refusals = {
    closed: texts.paymentClosed,
    not_yours: texts.paymentNotYours,
    unclear: texts.paymentUnclear,
  };
  if (verdict === "payable") await api.answerPreCheckoutQuery(query.id, true);
  else await api.answerPreCheckoutQuery(query.id, false, { error_message: refusals[verdict] });
  return verdict;
}

const verdictShape = z.object({ outcome: z.string(), reason: z.string().nullish() });

/** Stars were paid: the invoice is, once; the receipt comes from the notices. */
export async function recordPayment(
  service: Session,
  telegramId: number,
  payment: Payment,
): Promise<z.infer<typeof verdictShape>> {
  const answer = await service.rpc("modera", "record_stars", {
    charge_id: payment.chargeId,
    invoice_id: payment.payload,
    telegram_id: telegramId,
    amount: payment.amount,
    currency: payment.currency,
    paid_at: new Date(payment.at * 1000).toISOString(),
  });
  return readAnswer(verdictShape, answer);
}

/** Stars were given back, by whomever: unspent credits are taken back, once. */
export async function recordRefund(service: Session, payment: Payment): Promise<void> {
  await service.rpc("modera", "record_stars_refund", {
    charge_id: payment.chargeId,
    amount: payment.amount,
    currency: payment.currency,
    refunded_at: new Date(payment.at * 1000).toISOString(),
  });
}

const strayPayment = z.object({ telegram_id: z.int(), charge_id: z.string() });

/** The job `modera.telegram-return`: gives Stars back that pay for nothing of ours, and says so. */
export function returnPaymentHandler(telegram: () => Telegram): JobHandler {
  return async ({ payload }, { service }) => {
    const { telegram_id, charge_id } = strayPayment.parse(payload);
    const client = telegram();
    const returned = await refundStars(client, telegram_id, charge_id);
    if (returned) {
      const language = await service.rpc("modera", "telegram_language", { telegram_id });
      const texts = textsFor(readAnswer(z.string(), language));
      await say(client, telegram_id, { text: texts.paymentReturned });
    }
    return { done: { returned } };
  };
}
