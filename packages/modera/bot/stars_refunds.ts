import { z } from "zod";
import { readAnswer } from "../../database/answer.ts";
import { type RefundProvider, RefundRefused } from "../../payments/refund_provider.ts";
import { isRefused, type Telegram } from "../../telegram/client.ts";
import { refundStars, telegramProblem } from "../../telegram/stars.ts";

/**
 * Refunds in Telegram Stars. Telegram gives a payment back whole, to the account that paid it, and once however often it is
 * asked.
 *
 * @param telegram gives the bot; asked for at the first refund, because not every project has one.
 */
export function starsRefunds(telegram: () => Telegram): RefundProvider {
  return {
    async refund({ payment_intent_id: charge_id, amount, paid, currency }, service) {
      if (amount !== paid) throw new RefundRefused("partial_refund");
      const answer = await service.rpc("modera", "stars_payer", { charge_id });
      const payer = readAnswer(z.int().nullable(), answer);
      if (payer === null) throw new RefundRefused("payer_unknown");
      await refundStars(telegram(), payer, charge_id).catch((error) => {
        throw isRefused(error)
          ? new RefundRefused(error.description, error)
          : telegramProblem(error);
      });
      await service.rpc("modera", "record_stars_refund", {
        charge_id,
        amount,
        currency,
        refunded_at: new Date().toISOString(),
      });
    },
  };
}
