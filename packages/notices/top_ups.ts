import { z } from "zod";
import type { Message } from "./message.ts";
import { notice, type TopicNotice } from "./notice.ts";
import type { Brand } from "./receipts.ts";
import { type Language, moneyText, type Reader } from "./reader.ts";

const failedShape = z.object({
  holder: z.uuid(),
  offer_title: z.string(),
  amount: z.int(),
  currency: z.string(),
  failure: z.string(),
  switched_off: z.boolean(),
});

const cappedShape = z.object({ holder: z.uuid(), cap: z.int(), currency: z.string() });

interface Words {
  failed: string;
  declined: (pack: string, amount: string) => string;
  asked: (pack: string, amount: string) => string;
  again: string;
  off: string;
  capped: string;
  cap: (amount: string) => string;
  footer: (brand: string) => string;
}

const words: Record<Language, Words> = {
  en: {
    failed: "Your automatic top-up did not go through",
    declined: (pack, amount) => `Your bank declined ${amount} for “${pack}”. Nothing was charged.`,
    asked: (pack, amount) =>
      `Your bank wants you to confirm ${amount} for “${pack}” yourself, which it cannot ask while you are away. Nothing was charged. Open the app and buy the pack there.`,
    again: "We will try again later; you can also buy a pack yourself or save another card.",
    off: "We switched automatic top-up off. Save another card to switch it on again.",
    capped: "Your automatic top-up reached its cap",
    cap: (amount) =>
      `You allowed up to ${amount} within 30 days, and another purchase would be more. Buy a pack yourself, or raise the cap.`,
    footer: (brand) => `${brand} sends this because you set up automatic top-up.`,
  },
  ru: {
    failed: "Автопополнение не прошло",
    declined: (pack, amount) =>
      `Банк отклонил оплату ${amount} за пакет «${pack}». Деньги не списаны.`,
    asked: (pack, amount) =>
      `Банк просит вас лично подтвердить оплату ${amount} за пакет «${pack}», а без вас это невозможно. Деньги не списаны. Откройте приложение и купите пакет там.`,
    again: "Мы попробуем ещё раз позже; вы можете купить пакет сами или сохранить другую карту.",
    off: "Мы отключили автопополнение. Чтобы включить его снова, сохраните другую карту.",
    capped: "Автопополнение достигло вашего предела",
    cap: (amount) =>
      `Вы разрешили списывать до ${amount} за 30 дней, и ещё одна покупка была бы больше. Купите пакет сами или увеличьте предел.`,
    footer: (brand) => `${brand} пишет вам, потому что вы включили автопополнение.`,
  },
};

/** What people are told of top-ups that did not happen; those that did have a receipt. */
export function topUpNotices(brand: Brand): TopicNotice[] {
  return [
    notice({
      topic: "top_up.failed",
      payload: failedShape,
      people: ({ holder }) => [holder],
      write: ({ payload }, reader) => failed(brand, payload, reader),
    }),
    notice({
      topic: "top_up.capped",
      payload: cappedShape,
      people: ({ holder }) => [holder],
      write: ({ payload }, reader) => capped(brand, payload, reader),
    }),
  ];
}

function failed(brand: Brand, fact: z.infer<typeof failedShape>, reader: Reader): Message {
  const say = words[reader.language];
  const amount = moneyText(fact.amount, fact.currency, reader);
  const reason = fact.failure === "authentication_required" ? say.asked : say.declined;
  return {
    subject: say.failed,
    blocks: [
      { kind: "paragraph", text: reason(fact.offer_title, amount) },
      { kind: "paragraph", text: fact.switched_off ? say.off : say.again },
    ],
    footer: say.footer(brand.name),
  };
}

function capped(brand: Brand, fact: z.infer<typeof cappedShape>, reader: Reader): Message {
  const say = words[reader.language];
  return {
    subject: say.capped,
    blocks: [{ kind: "paragraph", text: say.cap(moneyText(fact.cap, fact.currency, reader)) }],
    footer: say.footer(brand.name),
  };
}
