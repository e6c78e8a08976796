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
  refund: (number: string) => string;
  returning: string;
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
    refund: (number) => `Refund for ${number}`,
    returning: "We sent your money back. Your bank shows it within 5 to 10 days.",
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
    refund: (number) => `Возврат по счёту ${number}`,
    returning: "Мы вернули деньги. Банк покажет их в течение 5–10 дней.",
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

/** The receipt of a paid invoice, and of money that went back. */
export function receiptNotices(brand: Brand): TopicNotice[] {
  const people = ({ holder }: Invoice) => [holder];
  return [
    notice<Invoice>({
      topic: "invoice.paid",
      payload: invoiceShape,
      people,
      write: (fact, reader) => receipt(brand, fact, reader),
    }),
    notice<Refund>({
      topic: "invoice.refund",
      payload: refundShape,
      people,
      write: (fact, reader) => refund(brand, fact, reader),
    }),
  ];
}

function receipt(brand: Brand, { payload, at }: Fact<Invoice>, reader: Reader): Message {
  const say = words[reader.language];
  return {
    subject: say.receipt(payload.number),
    blocks: [
      { kind: "paragraph", text: say.thanks },
      {
        kind: "facts",
        rows: [
          [say.number, payload.number],
          [say.pack, payload.offer_title],
          [say.paid, moneyText(payload.amount, payload.currency, reader)],
          [say.credits, creditsText(payload.credits, reader)],
          [say.date, dateText(at, reader)],
        ],
      },
    ],
    footer: say.footer(brand.name),
  };
}

function refund(brand: Brand, { payload, at }: Fact<Refund>, reader: Reader): Message {
  const say = words[reader.language];
  return {
    subject: say.refund(payload.number),
    blocks: [
      { kind: "paragraph", text: say.returning },
      {
        kind: "facts",
        rows: [
          [say.number, payload.number],
          [say.returned, moneyText(payload.returned, payload.currency, reader)],
          [say.creditsTaken, creditsText(payload.credits_taken, reader)],
          [say.date, dateText(at, reader)],
        ],
      },
    ],
    footer: say.footer(brand.name),
  };
}
