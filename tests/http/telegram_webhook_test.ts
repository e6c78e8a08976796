import assert from "node:assert/strict";
import { callJson, platformDatabase } from "../harness/platform.ts";
import { eventually } from "../harness/eventually.ts";
import {
  buttonsOf,
  giveCredits,
  messageOf,
  Telegram,
  textOf,
  update,
  updateState,
  userOf,
} from "./bot.ts";
import { afterRetries } from "./retries.ts";
import { initDataOf, newTelegramUser } from "./telegram.ts";

Deno.test("only who knows the secret is heard, and nothing is recorded of others", async () => {
  const telegram = await Telegram.open();
  await using _ = telegram;
  const user = newTelegramUser();
  for (const secret of ["", "wrong", "LOCAL", "local "]) {
    const told = update("message", messageOf(user, { text: "/start" }));
    const { status, body } = await telegram.post(
      told,
      secret.trim() === "local" ? "locals" : secret,
    );
    assert.deepEqual([status, body.code], [401, "unauthorized"]);
    assert.equal(await updateState(Number(told["update_id"])), undefined);
  }
  const nothing = await callJson<{ code: string }>("telegram-webhook", {
    body: { message: 1 },
    headers: { "x-telegram-bot-api-secret-token": "local" },
  });
  assert.deepEqual([nothing.status, nothing.body.code], [400, "invalid_request"]);
});

Deno.test("/start makes the user, in the language of their Telegram", async () => {
  await using telegram = await Telegram.open();
  const [english, russian] = [newTelegramUser("en"), newTelegramUser("ru")];
  const hello = textOf(await telegram.answerTo(english, () => telegram.says(english, "/start")));
  assert.match(hello, /^Hello, Robin!.*MODERA/);
  assert.match(hello, /\/tryon: try a garment on \(3 credits\)/);
  assert.match(hello, /You have 0 credits\./);
  const привет = textOf(await telegram.answerTo(russian, () => telegram.says(russian, "/start")));
  assert.match(привет, /^Здравствуйте, Robin!/);
  assert.match(привет, /3 кредита/);
  assert.equal((await userOf(russian)).language_code, "ru");
  // The same person in the Mini App.
  const signedIn = await callJson<{ user_id: string }>("telegram-sign-in", {
    body: { init_data: await initDataOf(russian) },
  });
  assert.equal(signedIn.body.user_id, (await userOf(russian)).id);
});

Deno.test("an update that comes five times is answered once", async () => {
  await using telegram = await Telegram.open();
  const user = newTelegramUser();
  const told = update("message", messageOf(user, { text: "/help" }));
  const answers = await Promise.all(Array.from({ length: 5 }, () => telegram.post(told)));
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200, 200, 200]);
  assert.equal(answers.filter(({ body }) => body.duplicate === false).length, 1);
  await telegram.heard(user, 1);
  // What is asked afterwards is answered afterwards.
  await telegram.answerTo(user, () => telegram.says(user, "/balance"));
  assert.equal(telegram.api.sentTo(user.id).length, 2);
  assert.equal(await updateState(Number(told["update_id"])), "processed");
});

Deno.test("messages of one chat are answered in the order in which they were written", async () => {
  await using telegram = await Telegram.open();
  const user = newTelegramUser();
  const [first, second, third] = ["/start", "/balance", "/help"]
    .map((text) => update("message", messageOf(user, { text })));
  const sent: string[] = [];
  const released = Promise.withResolvers<void>();
  telegram.api.answer("sendMessage", async (call) => {
    if (textOf(call).startsWith("Hello")) await released.promise;
    sent.push(textOf(call));
    return { message_id: 1 };
  });
  await telegram.post(first!);
  await telegram.heard(user, 1);
  // The answer to the first is not there yet, and the third overtakes the second.
  await Promise.all([third!, second!].map((told) => telegram.post(told)));
  released.resolve();
  await eventually(() => Promise.resolve(sent), ({ length }) => length === 3);
  assert.match(sent[0] ?? "", /^Hello/);
  assert.match(sent[1] ?? "", /^You have/);
  assert.match(sent[2] ?? "", /^\/tryon/);
});

Deno.test("/balance says what can be spent, and when it runs out", async () => {
  await using telegram = await Telegram.open();
  const user = newTelegramUser("ru");
  await telegram.answerTo(user, () => telegram.says(user, "/start"));
  await giveCredits(user, 21);
  const { id } = await userOf(user);
  const sql = platformDatabase();
  await sql`
    select ledger.grant_credits('modera', ${id}, 5, 'promo', 'promotional', expires_at => '2090-05-01T00:00:00Z')`;
  await sql.end();
  const text = textOf(await telegram.answerTo(user, () => telegram.says(user, "/balance")));
  assert.match(text, /^У вас 26 кредитов\./);
  assert.match(text, /5 кредитов можно потратить до 1 мая 2090/);
});

Deno.test("/buy has a link for each offer, in roubles or dollars by language, and Stars", async () => {
  await using telegram = await Telegram.open();
  const [english, russian] = [newTelegramUser("de"), newTelegramUser("ru-RU")];
  const offers = buttonsOf(await telegram.answerTo(english, () => telegram.says(english, "/buy")));
  assert.deepEqual(offers.map(({ text }) => text), [
    "50 credits · $4.99",
    "250 ⭐",
    "150 credits · $12.99",
    "650 ⭐",
  ]);
  const packs = buttonsOf(await telegram.answerTo(russian, () => telegram.says(russian, "/buy")));
  assert.deepEqual(packs.map(({ text }) => text.replace(/\s/g, " ")), [
    "50 кредитов · 299,00 ₽",
    "250 ⭐",
    "150 кредитов · 799,00 ₽",
    "650 ⭐",
  ]);
  // The link is Stripe's page; paying there fills the balance.
  const paid = await fetch(`${offers[0]?.url}/complete`, { method: "POST", redirect: "manual" });
  await paid.body?.cancel();
  const { id } = await userOf(english);
  const sql = platformDatabase();
  const balance = await eventually(
    () => sql`select ledger.balance('modera', ${id}) ->> 'available' as available`,
    ([row]) => row?.["available"] === "50",
  );
  await sql.end();
  assert.ok(balance);
});

Deno.test("what the bot does not understand it says so, and a stranger's chat is left alone", async () => {
  await using telegram = await Telegram.open();
  const user = newTelegramUser();
  const answers: [Record<string, unknown>, RegExp][] = [
    [{ text: "/fly" }, /do not know this command/],
    [{ text: "What do you do?" }, /commands and photos/],
    [{ sticker: { file_id: "s" } }, /commands and photos/],
    [{ voice: { file_id: "v" } }, /commands and photos/],
    [{ location: { latitude: 1, longitude: 1 } }, /commands and photos/],
    [{ document: { file_id: "d", mime_type: "application/pdf" } }, /commands and photos/],
  ];
  for (const [content, expected] of answers) {
    const told = update("message", messageOf(user, content));
    assert.match(textOf(await telegram.answerTo(user, () => telegram.post(told))), expected);
  }
  const group = { id: -100, type: "supergroup", title: "Friends" };
  const ignored = [
    update("message", messageOf(user, { text: "/start", chat: group })),
    update("channel_post", { message_id: 1, date: 1, chat: group, text: "/start" }),
    update("edited_message", messageOf(user, { text: "/start" })),
    update(
      "message",
      messageOf({ ...user, is_bot: true } as never, { from: { id: 7, is_bot: true } }),
    ),
    update("poll", { id: "1" }),
    { update_id: Number(update("x", 1)["update_id"]) },
  ];
  for (const told of ignored) assert.equal((await telegram.post(told)).status, 200);
  for (const told of ignored) {
    await eventually(() => updateState(Number(told["update_id"])), (state) => state === "ignored");
  }
  assert.equal(telegram.api.sentTo(user.id).length, answers.length);
});

Deno.test("a bot that was blocked is known to be, until the person writes again", async () => {
  await using telegram = await Telegram.open();
  const user = newTelegramUser();
  const blockedSince = async () => {
    const sql = platformDatabase();
    const [row] = await sql`
      select telegram_blocked_at is not null as blocked from modera.profiles where telegram_id = ${user.id}`;
    await sql.end();
    return row?.["blocked"];
  };
  telegram.api.answer("sendMessage", () => ({
    error_code: 403,
    description: "Forbidden: bot was blocked by the user",
  }));
  const told = update("message", messageOf(user, { text: "/start" }));
  await telegram.post(told);
  await eventually(() => updateState(Number(told["update_id"])), (state) => state === "processed");
  assert.equal(await blockedSince(), true);
  telegram.api.answer("sendMessage", () => ({ message_id: 1 }));
  await telegram.answerTo(user, () => telegram.says(user, "/start"));
  assert.equal(await blockedSince(), false);
  const member = (status: string) =>
    update("my_chat_member", {
      chat: { id: user.id, type: "private" },
      from: user,
      date: 1,
      old_chat_member: { status: "member", user },
      new_chat_member: { status, user },
    });
  await telegram.post(member("kicked"));
  await eventually(blockedSince, (blocked) => blocked === true);
  await telegram.post(member("member"));
  await eventually(blockedSince, (blocked) => blocked === false);
});

Deno.test("while Telegram is down nothing is lost: the answer comes when it is back", async () => {
  await using telegram = await Telegram.open();
  const user = newTelegramUser();
  let failures = 2;
  telegram.api.answer(
    "sendMessage",
    () =>
      failures-- > 0
        ? { error_code: 502, description: "Bad Gateway" }
        : { message_id: 1, date: 1, chat: { id: user.id, type: "private" } },
  );
  const told = update("message", messageOf(user, { text: "/help" }));
  assert.equal((await telegram.post(told)).status, 200);
  await afterRetries(
    "modera.telegram-update",
    () => updateState(Number(told["update_id"])),
    (state) => state === "processed",
  );
  assert.equal(telegram.api.sentTo(user.id).length, 3);
});

Deno.test("a flood of messages is taken in and not answered beyond what a person can ask", async () => {
  await using telegram = await Telegram.open();
  const user = newTelegramUser();
  const flood = Array.from({ length: 45 }, () => update("message", messageOf(user, { text: "?" })));
  const answers = await Promise.all(flood.map((told) => telegram.post(told)));
  assert.ok(answers.every(({ status }) => status === 200));
  const sql = platformDatabase();
  const states = async () => {
    const rows = await sql<{ state: string }[]>`select state from events.inbox
      where provider = 'telegram' and event_id = any (${
      flood.map((told) => String(told["update_id"]))
    })`;
    return rows.map(({ state }) => state);
  };
  const ended = await eventually(states, (all) => !all.includes("received"));
  await sql.end();
  const ignored = ended.filter((state) => state === "ignored").length;
  assert.ok(ignored > 0, "nothing was ignored");
  assert.equal(telegram.api.sentTo(user.id).length, flood.length - ignored);
});
