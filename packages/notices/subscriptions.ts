import { z } from "zod";
import type { Message } from "./message.ts";
import { notice, type TopicNotice } from "./notice.ts";
import type { Brand } from "./receipts.ts";
import { dateText, type Language, moneyText, type Reader } from "./reader.ts";

const standingShape = z.object({
  holder: z.uuid(),
  plan_title: z.string(),
  current_period_end: z.string().nullable(),
});

const failedShape = standingShape.extend({
  amount: z.int(),
  currency: z.string(),
  next_attempt_at: z.string().nullable(),
});

type Standing = z.infer<typeof standingShape>;
type Failed = z.infer<typeof failedShape>;

interface Words {
  failed: (plan: string) => string;
  declined: (amount: string) => string;
  again: (date: string) => string;
  last: string;
  ending: (plan: string) => string;
  until: (date: string) => string;
  ended: (plan: string) => string;
  over: string;
  footer: (brand: string) => string;
}

const words: Record<Language, Words> = {
  en: {
    failed: (plan) => `Your payment for ${plan} did not go through`,
    declined: (amount) =>
      `Your card did not pay ${amount}. Your credits stay as they are; those of the new month come with its payment. You can pay, or save another card, on the billing page.`,
    again: (date) => `We try again on ${date}.`,
    last: "We do not try again by ourselves.",
    ending: (plan) => `Your plan ${plan} will end`,
    until: (date) =>
      `It stays as it is until ${date}, and nothing more is charged. Until then you can let it go on.`,
    ended: (plan) => `Your plan ${plan} has ended`,
    over: "Nothing more is charged. You can subscribe again whenever you like.",
    footer: (brand) => `${brand} sends this because of your subscription.`,
  },
  ru: {
    failed: (plan) => `Оплата тарифа ${plan} не прошла`,
    declined: (amount) =>
      `Карта не оплатила ${amount}. Ваши кредиты остаются; кредиты нового месяца придут вместе с оплатой. Оплатить или сменить карту можно на странице оплаты.`,
    again: (date) => `Мы попробуем ещё раз ${date}.`,
    last: "Сами мы больше не пробуем.",
    ending: (plan) => `Тариф ${plan} закончится`,
    until: (date) =>
      `Он действует до ${date}, больше ничего не спишется. До этого дня его можно продлить.`,
    ended: (plan) => `Тариф ${plan} закончился`,
    over: "Больше ничего не спишется. Подписаться снова можно в любое время.",
    footer: (brand) => `${brand} пишет вам из-за вашей подписки.`,
  },
};

/** What people are told of their subscription; its payments have receipts. */
export function subscriptionNotices(brand: Brand): TopicNotice[] {
  const people = ({ holder }: Standing) => [holder];
  return [
    notice<Failed>({
      topic: "subscription.payment_failed",
      payload: failedShape,
      people,
      write: ({ payload }, reader) => failed(brand, payload, reader),
    }),
    notice<Standing>({
      topic: "subscription.ending",
      payload: standingShape,
      people,
      write: ({ payload }, reader) => ending(brand, payload, reader),
    }),
    notice<Standing>({
      topic: "subscription.ended",
      payload: standingShape,
      people,
      write: ({ payload }, reader) => ended(brand, payload, reader),
    }),
  ];
}

function failed(brand: Brand, fact: Failed, reader: Reader): Message {
  const say = words[reader.language];
  const { next_attempt_at: next } = fact;
  return letter(brand, reader, say.failed(fact.plan_title), [
    say.declined(moneyText(fact.amount, fact.currency, reader)),
    next ? say.again(dateText(next, reader)) : say.last,
  ]);
}

function ending(brand: Brand, fact: Standing, reader: Reader): Message {
  const say = words[reader.language];
  const end = fact.current_period_end;
  const text = end ? say.until(dateText(end, reader)) : say.over;
  return letter(brand, reader, say.ending(fact.plan_title), [text]);
}

function ended(brand: Brand, { plan_title }: Standing, reader: Reader): Message {
  const say = words[reader.language];
  return letter(brand, reader, say.ended(plan_title), [say.over]);
}

function letter(brand: Brand, reader: Reader, subject: string, paragraphs: string[]): Message {
  return {
    subject,
    blocks: paragraphs.map((text) => ({ kind: "paragraph", text })),
    footer: words[reader.language].footer(brand.name),
  };
}
