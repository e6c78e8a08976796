import { internalProblem } from "../database/problem.ts";
import { problem } from "../http/problem.ts";
import type { Invoice, OpenPage } from "../payments/open_checkout.ts";
import { isRefused, type Telegram, telegramFromEnv } from "./client.ts";

/** What Telegram shows on an invoice in Stars, and gives back to us with the payment. */
export interface StarsInvoice {
  title: string;
  description: string;
  payload: string;
  amount: number;
}

/**
 * How an invoice of ours is shown in Telegram. Its payload is our id: by that the payment finds it.
 * Telegram takes titles of 32 characters, and descriptions of 255.
 */
export function starsInvoice(
  invoice: Pick<Invoice, "invoice_id" | "number" | "offer_title" | "amount">,
): StarsInvoice {
  return {
    title: shortened(invoice.offer_title, 32),
    description: shortened(`${invoice.offer_title} (${invoice.number})`, 255),
    payload: invoice.invoice_id,
    amount: invoice.amount,
  };
}

/** Whole characters, so that no half of a surrogate pair is left at the end. */
const shortened = (text: string, length: number) => {
  const whole = [...text];
  return whole.length <= length ? text : `${whole.slice(0, length - 1).join("")}…`;
};

/**
 * Links that open an invoice in Telegram, in a Mini App (`WebApp.openInvoice`) or by a tap. A link could be paid by
 * anybody at any time: whether it may be is asked of us before each payment (`pre_checkout_query`).
 *
 * @param telegram gives the bot; asked for at the first link, because not every project has one.
 */
export function starsPages(telegram: () => Telegram = telegramFromEnv): OpenPage {
  return async (invoice) => {
    const { title, description, payload, amount } = starsInvoice(invoice);
    const prices = [{ label: title, amount }];
    const { api } = telegram();
    // Stars need no token of a payment provider.
    const url = await api.createInvoiceLink(title, description, payload, "", "XTR", prices)
      .catch((error) => {
        throw telegramProblem(error);
      });
    return { id: `stars:${invoice.invoice_id}`, url, paymentIntentId: null };
  };
}

/** What a failed call of Telegram means to a caller of ours. */
export function telegramProblem(error: unknown) {
  if (isRefused(error)) return internalProblem(error);
  return problem("provider_unavailable", "Telegram does not answer. Repeat with the same key.", {
    retryAfterSeconds: 5,
    cause: error,
  });
}

/**
 * Gives the Stars of a payment back, all of them: Telegram knows no partial refunds. Safe to repeat.
 *
 * @param chargeId the payment's `telegram_payment_charge_id`, which is the invoice's payment_intent_id in our books.
 * @returns false when they were given back before.
 * @throws GrammyError, HttpError when Telegram does not do it.
 */
export async function refundStars(
  { api }: Pick<Telegram, "api">,
  telegramId: number,
  chargeId: string,
): Promise<boolean> {
  try {
    await api.refundStarPayment(telegramId, chargeId);
    return true;
  } catch (error) {
    if (isRefused(error) && /already.refunded/i.test(error.description)) return false;
    throw error;
  }
}
