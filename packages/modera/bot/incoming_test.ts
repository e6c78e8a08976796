import assert from "node:assert/strict";
import type { Update } from "grammy/types";
import { chatOf, type Incoming, incomingOf } from "./incoming.ts";

const from = { id: 7, is_bot: false, first_name: "Robin", language_code: "ru" };
const chat = { id: 7, type: "private", first_name: "Robin" };

/** What an update of a message with this content means. */
function meaning(content: Record<string, unknown>, type = "message"): Incoming {
  const message = { message_id: 5, date: 1000, from, chat, ...content };
  return incomingOf(JSON.parse(JSON.stringify({ update_id: 1, [type]: message })) as Update);
}

Deno.test("a command is a command with words after it, and with the bot's name", () => {
  for (const text of ["/buy", "/buy now", "/BUY", "/buy@modera_bot", "/buy\nplease"]) {
    const incoming = meaning({ text });
    assert.deepEqual(
      [incoming.kind, "name" in incoming && incoming.name],
      ["command", "buy"],
      text,
    );
  }
  for (const text of ["buy", " /buy", "/", "/buy-now", "look: /buy"]) {
    assert.equal(meaning({ text }).kind, "text", text);
  }
});

Deno.test("the largest size of a photo is taken, and its caption may be a command", () => {
  const photo = [
    { file_id: "s", width: 90, height: 60 },
    { file_id: "l", width: 1280, height: 960, file_size: 200_000 },
    { file_id: "m", width: 800, height: 600 },
  ];
  const incoming = meaning({ photo, caption: "/style", media_group_id: "g" });
  assert.deepEqual(incoming, {
    kind: "photo",
    sender: {
      person: {
        telegram_id: 7,
        username: undefined,
        first_name: "Robin",
        last_name: undefined,
        language_code: "ru",
      },
      chatId: 7,
    },
    photo: { fileId: "l", messageId: 5, size: 200_000, album: "g" },
    command: "style",
  });
});

Deno.test("a picture sent as a file is a photo; another file is not", () => {
  const document = { file_id: "d", mime_type: "image/png", file_size: 9 };
  assert.equal(meaning({ document }).kind, "photo");
  for (const mime_type of ["image/gif", "image/svg+xml", "application/zip", undefined]) {
    assert.equal(meaning({ document: { ...document, mime_type } }).kind, "other", mime_type);
  }
});

Deno.test("the bot speaks to people in their own chats alone", () => {
  const group = { id: -1, type: "group", title: "Friends" };
  assert.equal(meaning({ text: "/start", chat: group }).kind, "nothing");
  assert.equal(meaning({ text: "/start", from: { ...from, is_bot: true } }).kind, "nothing");
  assert.equal(meaning({ text: "/start", from: undefined }).kind, "nothing");
  for (const type of ["edited_message", "channel_post", "business_message", "unheard_of"]) {
    assert.equal(meaning({ text: "/start" }, type).kind, "nothing", type);
  }
});

Deno.test("money is heard wherever it was paid", () => {
  const facts = {
    currency: "XTR",
    total_amount: 250,
    invoice_payload: "i",
    telegram_payment_charge_id: "c",
  };
  const payment = { chargeId: "c", payload: "i", amount: 250, currency: "XTR", at: 1000 };
  const group = { id: -1, type: "group", title: "Friends" };
  for (const [name, kind] of [["successful_payment", "payment"], ["refunded_payment", "refund"]]) {
    const incoming = meaning({ [name!]: facts, chat: group });
    assert.deepEqual([incoming.kind, "payment" in incoming && incoming.payment], [kind, payment]);
  }
});

Deno.test("updates belong to the chat in which they happened", () => {
  const message = { message_id: 5, date: 1, chat, from };
  const updates: [unknown, number | null][] = [
    [{ message }, 7],
    [{ callback_query: { id: "q", from, message, data: "x" } }, 7],
    [{ my_chat_member: { chat, from, date: 1 } }, 7],
    [{ poll: { id: "p" } }, null],
  ];
  for (const [content, expected] of updates) {
    assert.equal(chatOf({ update_id: 1, ...content as Partial<Update> }), expected);
  }
});
