import assert from "node:assert/strict";
import { serviceCaller } from "../database/database.ts";
import { fakeDatabase } from "../http/fakes.ts";
import { MailNotTaken, MailRefused, type MailService } from "../mail/service.ts";
import { type Delivery, NotSent, Unreachable } from "./channel.ts";
import { emailChannel } from "./email.ts";
import { readerOf } from "./reader.ts";

const message_id = "0b7f3c1e-6a51-4b4e-8f39-0d8c5a1f7000";

/** Sends a notice by a mail service that answers so; returns what was sent and recorded. */
async function sent(
  send: MailService["send"],
  opened: object = {},
): Promise<{ id: string; mails: unknown[]; closed: object[] }> {
  const closed: object[] = [];
  const database = fakeDatabase({
    open_mail: () => ({
      message_id,
      state: "sending",
      provider_message_id: null,
      template: null,
      ...opened,
    }),
    close_mail: (args) => {
      closed.push(args);
      return null;
    },
  });
  const delivery: Delivery = {
    to: "kim@example.com",
    message: {
      subject: "Привет",
      blocks: [{ kind: "paragraph", text: "a < b" }],
      footer: "Bye",
      values: { credits: "2 <" },
    },
    reader: readerOf("ru", "UTC"),
    key: "fact/kim",
    signal: new AbortController().signal,
    about: { product: "acme", person: message_id, topic: "acme.done" },
    service: database.as(serviceCaller),
  };
  const mails: unknown[] = [];
  const mail: MailService = {
    send(mail, key) {
      mails.push([mail.to, mail.subject, mail.html, mail.text, key]);
      return send(mail, key);
    },
    sendAll: () => Promise.reject(new Error("One mail is enough.")),
  };
  return { id: await emailChannel(mail).send(delivery), mails, closed };
}

const template = {
  subject: "You have {{credits}}",
  html: "<b>{{credits}}</b>",
  text: "{{credits}}",
  variables: [{ name: "credits", type: "text" }],
};

Deno.test("a notice is sent in its own words, and on the record", async () => {
  const { id, mails, closed } = await sent(() => Promise.resolve("m1"));
  assert.equal(id, "m1");
  const [[to, subject, html, text, key]] = mails as [string[]];
  assert.deepEqual([to, subject, key], ["kim@example.com", "Привет", "fact/kim"]);
  assert.match(html!, /a &lt; b/);
  assert.match(text!, /a < b/);
  assert.deepEqual(closed, [{ message_id, provider_message_id: "m1" }]);
});

Deno.test("a template of the topic has its say, with the notice's values", async () => {
  const { mails } = await sent(() => Promise.resolve("m1"), { template });
  assert.deepEqual((mails as string[][])[0]!.slice(1, 4), [
    "You have 2 <",
    "<b>2 &lt;</b>",
    "2 <",
  ]);
});

Deno.test("a template that asks for what the notice does not know does not silence it", async () => {
  const asking = { ...template, variables: [{ name: "gone", type: "text" }] };
  const { mails } = await sent(() => Promise.resolve("m1"), { template: asking });
  assert.equal((mails as string[][])[0]![1], "Привет");
});

Deno.test("nothing goes to a suppressed address, and nothing twice", async () => {
  const never: MailService["send"] = () => Promise.reject(new Error("It was sent."));
  await assert.rejects(sent(never, { state: "suppressed" }), Unreachable);
  const again = await sent(never, { state: "delivered", provider_message_id: "m1" });
  assert.deepEqual([again.id, again.mails], ["m1", []]);
});

Deno.test("what the service refuses is hopeless, what it does not take now is not", async () => {
  await assert.rejects(sent(() => Promise.reject(new MailRefused("422"))), Unreachable);
  await assert.rejects(sent(() => Promise.reject(new MailNotTaken("503"))), NotSent);
});

Deno.test("the same key with other words was sent before", async () => {
  assert.equal((await sent(() => Promise.resolve(null))).id, "");
});
