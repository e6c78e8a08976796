import { z } from "zod";
import type { Message } from "./message.ts";
import { notice, type TopicNotice } from "./notice.ts";
import type { Brand } from "./receipts.ts";
import { dateText, type Language, type Reader } from "./reader.ts";

const person = z.object({ holder: z.uuid() });
const exported = person.extend({ expires_at: z.string() });
const leaving = person.extend({ due_at: z.string() });

type Person = z.infer<typeof person>;
type Exported = z.infer<typeof exported>;
type Leaving = z.infer<typeof leaving>;

/** A subject and what is said below it. */
type Said = [subject: string, text: string];

interface Words {
  ready: (until: string) => Said;
  failed: Said;
  leaving: (on: string) => Said;
  staying: Said;
  footer: (brand: string) => string;
}

const words: Record<Language, Words> = {
  en: {
    ready: (until) => [
      "Your data is ready",
      `The archive of your data can be downloaded in the app until ${until}.`,
    ],
    failed: [
      "Your data could not be put together",
      "Something went wrong on our side. Please ask for the archive again.",
    ],
    leaving: (on) => [
      `Your account will be erased on ${on}`,
      "Until then you can keep it: sign in and take the erasure back. After that your pictures, measurements and messages are gone, and credits that you did not spend are lost. If it was not you who asked for this, sign in now.",
    ],
    staying: [
      "Your account stays",
      "The erasure of your account was taken back. Nothing was deleted.",
    ],
    footer: (brand) => `${brand} sends this because of a request on your account.`,
  },
  ru: {
    ready: (until) => [
      "Ваши данные готовы",
      `Архив с вашими данными можно скачать в приложении до ${until}.`,
    ],
    failed: [
      "Не удалось собрать ваши данные",
      "Произошла ошибка на нашей стороне. Пожалуйста, запросите архив ещё раз.",
    ],
    leaving: (on) => [
      `Ваш аккаунт будет удалён ${on}`,
      "До этого дня его можно сохранить: войдите и отмените удаление. После этого фотографии, мерки и сообщения исчезнут, а неиспользованные кредиты сгорят. Если это запросили не вы, войдите прямо сейчас.",
    ],
    staying: [
      "Ваш аккаунт остаётся",
      "Удаление аккаунта отменено. Ничего не удалено.",
    ],
    footer: (brand) => `${brand} пишет вам, потому что по вашему аккаунту был запрос.`,
  },
};

/** What people are told of exports and erasures of their account. */
export function accountNotices(brand: Brand): TopicNotice[] {
  const people = ({ holder }: Person) => [holder];
  const message = (reader: Reader, say: (words: Words) => Said): Message => {
    const [subject, text] = say(words[reader.language]);
    return {
      subject,
      blocks: [{ kind: "paragraph", text }],
      footer: words[reader.language].footer(brand.name),
    };
  };
  return [
    notice<Exported>({
      topic: "account.export_ready",
      payload: exported,
      people,
      write: ({ payload }, reader) =>
        message(reader, ({ ready }) => ready(dateText(payload.expires_at, reader))),
    }),
    notice<Person>({
      topic: "account.export_failed",
      payload: person,
      people,
      write: (_, reader) => message(reader, ({ failed }) => failed),
    }),
    notice<Leaving>({
      topic: "account.erasure_requested",
      payload: leaving,
      people,
      write: ({ payload }, reader) =>
        message(reader, ({ leaving }) => leaving(dateText(payload.due_at, reader))),
    }),
    notice<Person>({
      topic: "account.erasure_cancelled",
      payload: person,
      people,
      write: (_, reader) => message(reader, ({ staying }) => staying),
    }),
  ];
}
