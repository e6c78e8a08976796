import { z } from "zod";
import { accountNotices } from "../notices/account.ts";
import { lowBalanceNotice } from "../notices/low_balance.ts";
import type { Message } from "../notices/message.ts";
import { notice, type ProductNotices, type TopicNotice } from "../notices/notice.ts";
import { type Brand, receiptNotices } from "../notices/receipts.ts";
import { creditsText, type Language, type Reader } from "../notices/reader.ts";
import { subscriptionNotices } from "../notices/subscriptions.ts";
import { topUpNotices } from "../notices/top_ups.ts";

const brand: Brand = { name: "DTF Editor" };

const person = z.object({ holder: z.uuid() });

const finishedShape = person.extend({
  operation_type: z.string(),
  status: z.enum(["completed", "failed"]),
  credits: z.int(),
});

type Finished = z.infer<typeof finishedShape>;

interface Words {
  welcome: string;
  begin: string;
  operations: Readonly<Record<string, string>>;
  done: (operation: string) => string;
  look: (credits: string) => string;
  failed: (operation: string) => string;
  uncharged: string;
  footer: (brand: string) => string;
}

const words: Record<Language, Words> = {
  en: {
    welcome: `Welcome to ${brand.name}`,
    begin:
      "Upload your artwork, and we make it ready for the film: larger, without its background, as vectors, with its underbase.",
    operations: {
      upscale: "Enlargement",
      background_removal: "Background removal",
      vectorize: "Vectorisation",
      generate: "Picture",
      halftone: "Halftone",
      color_knockout: "Colour knock-out",
      underbase: "Underbase",
    },
    done: (operation) => `${operation}: your picture is ready`,
    look: (credits) => `It took ${credits}. Open the app to see and download it.`,
    failed: (operation) => `${operation}: it did not work`,
    uncharged: "Nothing was charged. Open the app to see why, and try again.",
    footer: (brand) => `${brand} sends this because of something you did in the app.`,
  },
  ru: {
    welcome: `Добро пожаловать в ${brand.name}`,
    begin:
      "Загрузите макет, и мы подготовим его к печати: увеличим, уберём фон, переведём в вектор, добавим белую подложку.",
    operations: {
      upscale: "Увеличение",
      background_removal: "Удаление фона",
      vectorize: "Векторизация",
      generate: "Изображение",
      halftone: "Растрирование",
      color_knockout: "Удаление цвета",
      underbase: "Подложка",
    },
    done: (operation) => `${operation}: изображение готово`,
    look: (credits) => `Списано: ${credits}. Откройте приложение, чтобы посмотреть и скачать его.`,
    failed: (operation) => `${operation}: не получилось`,
    uncharged:
      "Ничего не списано. Откройте приложение, чтобы узнать причину и попробовать ещё раз.",
    footer: (brand) => `${brand} пишет вам, потому что вы сделали это в приложении.`,
  },
};

const welcome: TopicNotice = notice({
  topic: "dtf.welcome",
  payload: person,
  people: ({ holder }) => [holder],
  write: (_, reader) => {
    const say = words[reader.language];
    return letter(say.welcome, say.begin, reader, { brand: brand.name });
  },
});

const operationFinished: TopicNotice = notice({
  topic: "dtf.operation_finished",
  payload: finishedShape,
  people: ({ holder }) => [holder],
  write: ({ payload }, reader) => finished(payload, reader),
});

function finished({ operation_type, status, credits }: Finished, reader: Reader): Message {
  const say = words[reader.language];
  const operation = say.operations[operation_type] ?? operation_type;
  const spent = creditsText(credits, reader);
  const values = { operation, status, credits: spent, brand: brand.name };
  return status === "completed"
    ? letter(say.done(operation), say.look(spent), reader, values)
    : letter(say.failed(operation), say.uncharged, reader, values);
}

function letter(
  subject: string,
  text: string,
  reader: Reader,
  values: Record<string, string>,
): Message {
  return {
    subject,
    blocks: [{ kind: "paragraph", text }],
    footer: words[reader.language].footer(brand.name),
    values,
  };
}

/** What DTF Editor tells people, by e-mail. Operations only of who has waited for longer than a minute. */
export const dtfNotices: ProductNotices = {
  product: "dtf",
  notices: [
    welcome,
    operationFinished,
    ...receiptNotices(brand),
    ...subscriptionNotices(brand),
    lowBalanceNotice(brand),
    ...topUpNotices(brand),
    ...accountNotices(brand),
  ],
  channels: ["email"],
};
