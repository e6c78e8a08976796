import { z } from "zod";
import { readAnswer } from "../../database/answer.ts";
import { Problem } from "../../http/problem.ts";
import { moneyText } from "../../notices/reader.ts";
import { openCheckout, type Order } from "../../payments/open_checkout.ts";
import { starsInvoice } from "../../telegram/stars.ts";
import type { Chat, Turn } from "./bot.ts";
import type { Button, Reply } from "./reply.ts";
import { isRussian } from "./texts.ts";

const prices = z.array(z.object({
  offer: z.string(),
  currency: z.string(),
  amount: z.int(),
  credits: z.int(),
}));

type Price = z.infer<typeof prices>[number];

/** What the button of an offer in Stars tells the bot. */
const starsButton = "stars:";

/**
 * /buy: each offer with a link to pay it by card, in roubles or dollars by the person's language, and a button to pay it with
 * Stars. Repeating the update gives the same invoices.
 */
export async function buyReply(turn: Turn, chat: Chat): Promise<Reply> {
  const { texts } = chat;
  const sold = readAnswer(
    prices,
    await turn.service.rpc("api", "live_prices", { product: "modera" }),
  );
  const currency = isRussian(chat.languageCode) ? "RUB" : "USD";
  const stars = sold.filter((price) => price.currency === "XTR");
  const offers = sold.filter((price) => price.currency === currency);
  const cards = await Promise.all(offers.map((price) => cardButton(turn, chat, price)))
    .catch((error) => {
      if (error instanceof Problem && error.code === "provider_unavailable") return null;
      throw error;
    });
  const rows: Button[][] = offers.map((price, n) => {
    const inStars = stars.find(({ offer }) => offer === price.offer);
    const card = cards?.[n];
    return [
      ...(card ? [card] : []),
      ...(inStars
        ? [{ text: texts.starsPrice(inStars.amount), data: starsButton + price.offer }]
        : []),
    ];
  });
  return { text: cards ? texts.buy : texts.cardsUnavailable, buttons: rows };
}

/** The offer that a button names, or null when it is not a button of /buy. */
export function offerOfButton(data: string): string | null {
  return data.startsWith(starsButton) ? data.slice(starsButton.length) : null;
}

async function cardButton(turn: Turn, chat: Chat, price: Price): Promise<Button> {
  const { bot: { pages }, service, updateId } = turn;
  const { url } = await openCheckout({ pages, openInvoice: orderFor(turn, chat), service }, {
    product: "modera",
    offer: price.offer,
    currency: price.currency,
    idempotencyKey: `telegram/${updateId}/${price.offer}`,
  });
  const shown = moneyText(price.amount, price.currency, chat.texts.reader);
  return { text: chat.texts.offer(chat.texts.credits(price.credits), shown), url };
}

/**
 * Sends an invoice in Stars into the chat; pressing the button twice is two invoices, of which each can be paid once.
 *
 * @throws Problem `unknown_offer` when it is not sold any more.
 */
export async function sendStarsInvoice(turn: Turn, chat: Chat, offer: string): Promise<void> {
  const order = { product: "modera", offer, currency: "XTR", key: `telegram/${turn.updateId}` };
  const answer = await orderFor(turn, chat)(order);
  const invoice = readAnswer(ordered, answer);
  const { payload, amount, description } = starsInvoice(invoice);
  const title = chat.texts.invoiceTitle(chat.texts.credits(invoice.credits));
  await turn.bot.telegram.api.sendInvoice(chat.chatId, title, description, payload, "XTR", [
    { label: title, amount },
  ]);
}

const ordered = z.object({
  invoice_id: z.uuid(),
  number: z.string(),
  offer_title: z.string(),
  amount: z.int(),
  credits: z.int(),
});

function orderFor({ service }: Turn, chat: Chat) {
  return (order: Order) =>
    service.rpc("api", "open_invoice_for", { user_id: chat.userId, ...order });
}
