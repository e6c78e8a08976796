import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { Message } from "./message.ts";
import { noticeWith, type TopicNotice } from "./notice.ts";
import type { Brand } from "./receipts.ts";
import { creditsText, type Language, type Reader } from "./reader.ts";

const lowShape = z.object({
  product: z.string(),
  holder: z.uuid(),
  threshold: z.int(),
  balance: z.object({ posted: z.int() }),
});

type Low = z.infer<typeof lowShape>;

interface Words {
  subject: (credits: string) => string;
  body: string;
  footer: (brand: string, threshold: string) => string;
}

const words: Record<Language, Words> = {
  en: {
    subject: (credits) => `You have ${credits} left`,
    body: "Buy a pack when it suits you, so that your next request does not have to wait.",
    footer: (brand, threshold) =>
      `${brand} sends this once when you fall below ${threshold}. You can change that in your settings.`,
  },
  ru: {
    subject: (credits) => `На счёте осталось: ${credits}`,
    body: "Пополните счёт, когда вам удобно, чтобы следующий запрос не пришлось откладывать.",
    footer: (brand, threshold) =>
      `${brand} пишет один раз, когда на счёте становится меньше, чем ${threshold}. Порог можно изменить в настройках.`,
  },
};

/** The notice that credits run low, once for each crossing, unless a top-up takes care of it. */
export function lowBalanceNotice(brand: Brand): TopicNotice {
  return noticeWith<Low, true>({
    topic: "credits.low",
    payload: lowShape,
    people: ({ holder }) => [holder],
    async find({ product, holder }, service) {
      const covered = await service.rpc("api", "top_up_covers", { product, holder });
      return readAnswer(z.boolean(), covered) ? null : true;
    },
    write: ({ payload }, reader) => lowBalance(brand, payload, reader),
  });
}

function lowBalance(brand: Brand, { threshold, balance }: Low, reader: Reader): Message {
  const say = words[reader.language];
  return {
    subject: say.subject(creditsText(balance.posted, reader)),
    blocks: [{ kind: "paragraph", text: say.body }],
    footer: say.footer(brand.name, creditsText(threshold, reader)),
    values: {
      credits: creditsText(balance.posted, reader),
      threshold: creditsText(threshold, reader),
      brand: brand.name,
    },
  };
}
