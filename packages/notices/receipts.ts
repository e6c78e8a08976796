import { z } from "zod";
import type { Message } from "./message.ts";
import { type Fact, notice, type TopicNotice } from "./notice.ts";
import { creditsText, dateText, type Language, moneyText, type Reader } from "./reader.ts";

/** Who writes to people. */
export interface Brand {
  name: string;
}

const invoiceShape = z.object({
  number: z.string(),
  holder: z.uuid(),
  offer_title: z.string(),
  amount: z.int(),
  currency: z.string(),
  credits: z.int(),
});

const refundShape = invoiceShape.extend({
  returned: z.int(),
  credits_taken: z.int(),
});

type Invoice = z.infer<typeof invoiceShape>;
type Refund = z.infer<typeof refundShape>;

interface Words {
  receipt: (number: string) => string;
  thanks: string;
  unpaid: (number: string) => string;
  notArrived: string;
  price: string;
  refund: (number: string) => string;
  returning: string;
  failed: (number: string) => string;
  cameBack: string;
  number: string;
  pack: string;
  paid: string;
  returned: string;
  credits: string;
  creditsTaken: string;
  date: string;
  footer: (brand: string) => string;
}

const words: Record<Language, Words> = {
  en: {
    receipt: (number) => `Receipt ${number}`,
    thanks: "Thank you. Your payment arrived and your credits are ready to use.",
    unpaid: (number) => `Your payment for ${number} did not arrive`,
    notArrived:
      "Your bank did not pay, so nothing was charged and no credits were added. You can buy the pack again, by this or another way of paying.",
    price: "Price",
    refund: (number) => `Refund for ${number}`,
    returning: "We sent your money back. Your bank shows it within 5 to 10 days.",
    failed: (number) => `Refund for ${number} did not arrive`,
    cameBack:
      "Your bank did not take the money that we sent back. Your credits are on your account again; write to us to get the money another way.",
    number: "Invoice",
    pack: "Pack",
    paid: "Paid",
    returned: "Sent back",
    credits: "Credits",
    creditsTaken: "Credits taken back",
    date: "Date",
    footer: (brand) => `${brand} sends this because of a payment on your account.`,
  },
  ru: {
    receipt: (number) => `Чек ${number}`,
    thanks: "Спасибо! Оплата получена, кредиты уже на вашем счёте.",
    unpaid: (number) => `Оплата счёта ${number} не поступила`,
    notArrived:
      "Банк не провёл платёж: деньги не списаны, кредиты не начислены. Вы можете купить пакет ещё раз, этим или другим способом оплаты.",
    price: "Цена",
    refund: (number) => `Возврат по счёту ${number}`,
    returning: "Мы вернули деньги. Банк покажет их в течение 5–10 дней.",
    failed: (number) => `Возврат по счёту ${number} не дошёл`,
    cameBack:
      "Банк не принял возвращённые деньги. Кредиты снова на вашем счёте; напишите нам, чтобы получить деньги другим способом.",
    number: "Счёт",
    pack: "Пакет",
    paid: "Оплачено",
    returned: "Возвращено",
    credits: "Кредиты",
    creditsTaken: "Списано кредитов",
    date: "Дата",
    footer: (brand) => `${brand} пишет вам, потому что по вашему счёту прошёл платёж.`,
  },
};

/** The receipt of a paid invoice and of money that went back, and payments that did not arrive. */
export function receiptNotices(brand: Brand): TopicNotice[] {
  const people = ({ holder }: Invoice) => [holder];
  return [
    notice<Invoice>({
      topic: "invoice.paid",
      payload: invoiceShape,
      people,
      write: (fact, reader) => receipt(brand, fact, reader),
    }),
    notice<Invoice>({
      topic: "invoice.payment_failed",
      payload: invoiceShape,
      people,
      write: (fact, reader) => unpaid(brand, fact, reader),
    }),
    notice<Refund>({
      topic: "invoice.refund",
      payload: refundShape,
      people,
      write: (fact, reader) => refund(brand, fact, reader),
    }),
    notice<Refund>({
      topic: "invoice.refund_failed",
      payload: refundShape,
      people,
      write: (fact, reader) => failedRefund(brand, fact, reader),
    }),
  ];
}

/** A sentence, and facts under it. */
function letter(
  brand: Brand,
  reader: Reader,
  subject: string,
  text: string,
  rows: [string, string][],
): Message {
  return {
    subject,
    blocks: [{ kind: "paragraph", text }, { kind: "facts", rows }],
    footer: words[reader.language].footer(brand.name),
  };
}

function receipt(brand: Brand, { payload, at }: Fact<Invoice>, reader: Reader): Message {
  const say = words[reader.language];
  const values = {
    number: payload.number,
    pack: payload.offer_title,
    paid: moneyText(payload.amount, payload.currency, reader),
    credits: creditsText(payload.credits, reader),
    date: dateText(at, reader),
    brand: brand.name,
  };
  const written = letter(brand, reader, say.receipt(payload.number), say.thanks, [
    [say.number, values.number],
    [say.pack, values.pack],
    [say.paid, values.paid],
    [say.credits, values.credits],
    [say.date, values.date],
  ]);
  return { ...written, values };
}

function unpaid(brand: Brand, { payload }: Fact<Invoice>, reader: Reader): Message {
  const say = words[reader.language];
  return letter(brand, reader, say.unpaid(payload.number), say.notArrived, [
    [say.number, payload.number],
    [say.pack, payload.offer_title],
    [say.price, moneyText(payload.amount, payload.currency, reader)],
  ]);
}

function refund(brand: Brand, { payload, at }: Fact<Refund>, reader: Reader): Message {
  const say = words[reader.language];
  return letter(brand, reader, say.refund(payload.number), say.returning, [
    [say.number, payload.number],
    [say.returned, moneyText(payload.returned, payload.currency, reader)],
    [say.creditsTaken, creditsText(payload.credits_taken, reader)],
    [say.date, dateText(at, reader)],
  ]);
}

function failedRefund(brand: Brand, { payload, at }: Fact<Refund>, reader: Reader): Message {
  const say = words[reader.language];
  return letter(brand, reader, say.failed(payload.number), say.cameBack, [
    [say.number, payload.number],
    [say.credits, creditsText(-payload.credits_taken, reader)],
    [say.date, dateText(at, reader)],
  ]);
}
