import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import { mailFromEnv, MailNotTaken, MailRefused, type MailService } from "../mail/service.ts";
import { render, type Rendered, type Words, words } from "../mail/template.ts";
import { Problem } from "../database/problem.ts";
import { type Channel, type Delivery, NotSent, Unreachable } from "./channel.ts";
import { toHtml, toText } from "./message.ts";

const opened = z.object({
  message_id: z.uuid(),
  state: z.string(),
  provider_message_id: z.string().nullable(),
  template: words.nullable(),
});

/** States of a message that was never sent and never will be. */
const hopeless = ["suppressed", "failed", "cancelled"];

/**
 * E-mail. The notice's key is the mail's idempotency key, so that an attempt after a crash sends
 * nothing twice. Every mail is on the record, and nothing goes to suppressed addresses. A template of
 * the product that is named like the topic has its say instead of the notice's own words.
 */
export function emailChannel(mail: MailService): Channel {
  return {
    name: "email",
    repeatable: true,
    async send(delivery) {
      const { to, key, signal, about, reader, service } = delivery;
      const args = { ...about, recipient: to, language: reader.language, dedupe_key: key };
      const message = readAnswer(opened, await service.rpc("api", "open_mail", args));
      const { message_id } = message;
      if (hopeless.includes(message.state)) throw new Unreachable(message.state);
      if (message.state !== "sending") return message.provider_message_id ?? "";
      const content = { ...wordsOf(delivery, message.template), product: about.product, to };
      try {
        const provider_message_id = await mail.send(content, key, signal) ?? "";
        await service.rpc("api", "close_mail", { message_id, provider_message_id });
        return provider_message_id;
      } catch (error) {
        if (error instanceof MailNotTaken) throw new NotSent(error.message);
        if (!(error instanceof MailRefused)) throw error;
        await service.rpc("api", "close_mail", { message_id, reason: error.message });
        throw new Unreachable(error.message);
      }
    },
  };
}

/** E-mail through the mail service of the environment; null when it describes none. */
export function emailFromEnv(): Channel | null {
  const mail = mailFromEnv();
  return mail && emailChannel(mail);
}

/** A template that asks for what the notice does not know must not keep people from being told. */
function wordsOf({ message, reader }: Delivery, template: Words | null): Rendered {
  if (template) {
    try {
      return render(template, message.values ?? {});
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  }
  return {
    subject: message.subject,
    html: toHtml(message, reader.language),
    text: toText(message),
  };
}
