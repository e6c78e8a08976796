import assert from "node:assert/strict";
import { service } from "../harness/platform.ts";
import { eventually } from "../harness/eventually.ts";
import { readyInChat, Telegram, textOf, userOf } from "./bot.ts";
import { type Asked, FittingRoom, pixel } from "./fitting_room.ts";
import { fixture } from "./engine.ts";
import { balanceOf } from "./people.ts";
import { afterRetries } from "./retries.ts";
import type { TelegramUser } from "./telegram.ts";

/** Asks for a try-on in the chat, and gives what the provider was asked for. */
async function tryOn(telegram: Telegram, room: FittingRoom, user: TelegramUser): Promise<Asked> {
  const before = room.asked.length;
  await telegram.answerTo(user, () => telegram.says(user, "/tryon"));
  await telegram.answerTo(user, () => telegram.sendsPhoto(user));
  await telegram.answerTo(user, () => telegram.sendsPhoto(user));
  await eventually(() => Promise.resolve(room.asked), ({ length }) => length > before);
  return room.asked[before]!;
}

Deno.test("the picture of a try-on comes back into the chat, once", async () => {
  await using room = await FittingRoom.open();
  await using telegram = await Telegram.open();
  const user = await readyInChat(telegram, 50, "ru");
  const asked = await tryOn(telegram, room, user);
  room.end(asked, { output: [room.picture] });
  const sent = await telegram.answerTo(user, async () => {
    await room.tell(asked);
    await room.tell(asked);
  });
  assert.equal(sent.method, "sendPhoto");
  assert.match(textOf(sent), /^Вот как это выглядит\.\n\nСписано: 3 кредита\.$/);
  assert.deepEqual(Object.values(sent.files).map((bytes) => [...bytes]), [[...pixel]]);
  const { id } = await userOf(user);
  assert.deepEqual(await balanceOf({ id }), { posted: 47, pending: 0, available: 47 });
  await telegram.answerTo(user, () => telegram.says(user, "/help"));
  assert.equal(
    telegram.api.sentTo(user.id).filter(({ method }) => method === "sendPhoto").length,
    1,
  );
});

Deno.test("a failure comes back with its reason, and costs nothing", async () => {
  await using room = await FittingRoom.open();
  await using telegram = await Telegram.open();
  for (const [language, reason] of [["en", /No person/], ["ru", /не видно человека/]] as const) {
    const user = await readyInChat(telegram, 50, language);
    const asked = await tryOn(telegram, room, user);
    room.end(asked, { error: { name: "PoseError", message: "no body" } });
    const sent = await telegram.answerTo(user, () => room.tell(asked));
    assert.match(textOf(sent), reason);
    assert.match(textOf(sent), /No credits were used|Кредиты не списаны/);
    const { id } = await userOf(user);
    assert.deepEqual(await balanceOf({ id }), { posted: 50, pending: 0, available: 50 });
  }
});

Deno.test("a style analysis of the local engine comes back as words", async () => {
  await using telegram = await Telegram.open();
  const user = await readyInChat(telegram, 50, "ru");
  await telegram.answerTo(user, () => telegram.says(user, "/style"));
  const photo = await fixture("person.png");
  await telegram.answerTo(user, () => telegram.sendsPhoto(user, {}, photo));
  const said = await eventually(
    () => Promise.resolve(telegram.api.sentTo(user.id).map(textOf)),
    (all) => all.some((text) => text.startsWith("Ваши цвета")),
    60_000,
  );
  assert.match(said.at(-1) ?? "", /Ваш цветотип: (весна|лето|осень|зима)\n[^]*Носите: [а-яё]/);
  assert.match(said.at(-1) ?? "", /Списано: 5 кредитов/);
});

Deno.test("a result waits for a Telegram that is down, and a person who blocked the bot keeps it in the app", async () => {
  await using room = await FittingRoom.open();
  await using telegram = await Telegram.open();
  const [waiting, gone] = [await readyInChat(telegram), await readyInChat(telegram)];
  let down = 1;
  telegram.api.answer("sendPhoto", ({ payload }) => {
    if (Number(payload["chat_id"]) === gone.id) {
      return { error_code: 403, description: "Forbidden: bot was blocked" };
    }
    return down-- > 0
      ? { error_code: 500, description: "Internal Server Error" }
      : { message_id: 1 };
  });
  for (const user of [waiting, gone]) {
    const asked = await tryOn(telegram, room, user);
    room.end(asked, { output: [room.picture] });
    await room.tell(asked);
  }
  const pictures = (user: TelegramUser) =>
    telegram.api.sentTo(user.id).filter(({ method }) => method === "sendPhoto");
  const sent = () => [pictures(waiting).length, pictures(gone).length];
  await afterRetries("notices.send", () => Promise.resolve(sent().join()), (now) => now === "2,1");
  const { id } = await userOf(gone);
  const { data } = await service().storage.from("modera-results").list(id);
  assert.equal(data?.length, 1);
});
