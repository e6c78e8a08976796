import assert from "node:assert/strict";
import { platformDatabase, service } from "../harness/platform.ts";
import { eventually } from "../harness/eventually.ts";
import {
  buttonsOf,
  giveCredits,
  messageOf,
  readyInChat,
  Telegram,
  textOf,
  update,
  userOf,
} from "./bot.ts";
import { FittingRoom, pixel } from "./fitting_room.ts";
import { balanceOf } from "./people.ts";
import { newTelegramUser, type TelegramUser } from "./telegram.ts";

async function filesOf(user: TelegramUser): Promise<string[]> {
  const { id } = await userOf(user);
  const { data, error } = await service().storage.from("modera-inputs").list(id);
  if (error) throw error;
  return data.map(({ name }) => name);
}

async function sessionsOf(user: TelegramUser) {
  const { id } = await userOf(user);
  const sql = platformDatabase();
  try {
    return [
      ...await sql<{ session_type: string; input_data: Record<string, string> }[]>`
        select s.session_type, s.input_data from modera.fashion_sessions s
        join modera.profiles p on p.id = s.user_id where p.auth_user_id = ${id} order by s.created_at`,
    ];
  } finally {
    await sql.end();
  }
}

Deno.test("M-26: no photo is fetched before its person agreed to its use", async () => {
  await using telegram = await Telegram.open();
  const user = newTelegramUser("ru");
  await telegram.answerTo(user, () => telegram.says(user, "/start"));
  const asked = await telegram.answerTo(user, () => telegram.says(user, "/tryon"));
  assert.match(textOf(asked), /^Я согласен/);
  assert.deepEqual(buttonsOf(asked).map(({ callback_data }) => callback_data), ["consent"]);
  const again = await telegram.answerTo(user, () => telegram.sendsPhoto(user));
  assert.equal(textOf(again), textOf(asked));
  assert.ok(!telegram.api.calls.some(({ method }) => method === "getFile"));
  assert.deepEqual(await filesOf(user), []);
  const agreed = await telegram.answerTo(user, () => telegram.taps(user, "consent"));
  assert.match(textOf(agreed), /^Спасибо\. Пришлите своё фото/);
  const sql = platformDatabase();
  const { id } = await userOf(user);
  const consents = await sql`
    select c.channel, c.given from modera.consents c join modera.profiles p on p.id = c.user_id
    where p.auth_user_id = ${id}`;
  await sql.end();
  assert.deepEqual([...consents], [{ channel: "telegram", given: true }]);
});

Deno.test("two photos are a try-on: the first is the person, the second the garment", async () => {
  await using room = await FittingRoom.open();
  await using telegram = await Telegram.open();
  const user = await readyInChat(telegram);
  const ask = await telegram.answerTo(user, () => telegram.says(user, "/tryon"));
  assert.match(textOf(ask), /photo of yourself/);
  const next = await telegram.answerTo(user, () => telegram.sendsPhoto(user));
  assert.match(textOf(next), /photo of the garment/);
  const begun = await telegram.answerTo(user, () => telegram.sendsPhoto(user));
  assert.match(textOf(begun), /I am on it/);
  const [session] = await sessionsOf(user);
  const files = (await filesOf(user)).sort();
  const { id } = await userOf(user);
  assert.deepEqual(session?.input_data, {
    person_path: `${id}/${files[0]}`,
    garment_path: `${id}/${files[1]}`,
  });
  await eventually(() => Promise.resolve(room.asked), ({ length }) => length === 1);
  assert.deepEqual(await balanceOf({ id }), { posted: 50, pending: 3, available: 47 });
});

Deno.test("an album is a try-on too, in its own order, and what else is in it needs no answer", async () => {
  await using _room = await FittingRoom.open();
  await using telegram = await Telegram.open();
  const user = await readyInChat(telegram);
  await telegram.answerTo(user, () => telegram.says(user, "/tryon"));
  const album = { media_group_id: crypto.randomUUID() };
  const photos = Array.from({ length: 4 }, () => telegram.photo(user, album));
  // They arrive at once, the later ones first.
  await Promise.all(photos.toReversed().map((photo) => telegram.post(photo)));
  await eventually(
    () => Promise.resolve(telegram.api.sentTo(user.id).map(textOf)),
    (said) => said.some((text) => text.startsWith("I am on it")),
  );
  const balance = textOf(await telegram.answerTo(user, () => telegram.says(user, "/balance")));
  assert.match(balance, /47 credits/);
  const [session] = await sessionsOf(user);
  const ids = photos.map(({ message }) => (message as { message_id: number }).message_id);
  const named = Object.values(session?.input_data ?? {}).map((path) =>
    Number(/(\d+)\.png/.exec(path)?.[1])
  );
  assert.ok(named.every((id) => ids.includes(id)));
  const { person_path = "", garment_path = "" } = session?.input_data ?? {};
  assert.ok(person_path < garment_path, "the earlier photo is the person");
  assert.equal((await sessionsOf(user)).length, 1);
});

Deno.test("the same photo five times starts one try-on, and costs one", async () => {
  await using room = await FittingRoom.open();
  await using telegram = await Telegram.open();
  const user = await readyInChat(telegram);
  await telegram.answerTo(user, () => telegram.says(user, "/tryon"));
  await telegram.answerTo(user, () => telegram.sendsPhoto(user));
  const last = telegram.photo(user);
  await telegram.answerTo(
    user,
    () => Promise.all(Array.from({ length: 5 }, () => telegram.post(last))),
  );
  await eventually(() => Promise.resolve(room.asked), ({ length }) => length === 1);
  assert.equal((await sessionsOf(user)).length, 1);
  const { id } = await userOf(user);
  assert.equal((await balanceOf({ id })).pending, 3);
});

Deno.test("text instead of a photo is told what is waited for; /cancel forgets it", async () => {
  await using telegram = await Telegram.open();
  const user = await readyInChat(telegram);
  const says = async (text: string) =>
    textOf(await telegram.answerTo(user, () => telegram.says(user, text)));
  assert.match(await says("/cancel"), /nothing to stop/);
  await says("/tryon");
  assert.match(await says("Here it comes"), /waiting for a photo/);
  assert.match(await says("/balance"), /50 credits/);
  assert.match(await says("/cancel"), /Forgotten/);
  assert.match(await says("Hello?"), /commands and photos/);
  const loose = await telegram.answerTo(user, () => telegram.sendsPhoto(user));
  assert.match(textOf(loose), /Choose \/tryon or \/style first/);
  assert.deepEqual(await filesOf(user), []);
});

Deno.test("M-25: what is too large, or no picture, is told so and not kept", async () => {
  await using telegram = await Telegram.open();
  const user = await readyInChat(telegram, 50, "ru");
  await telegram.answerTo(user, () => telegram.says(user, "/tryon"));
  const huge = new Uint8Array(10 * 1024 * 1024 + 1);
  huge.set(pixel);
  const large = await telegram.answerTo(user, () => telegram.sendsPhoto(user, {}, huge));
  assert.match(textOf(large), /не больше 10 МБ/);
  const text = new TextEncoder().encode("<svg onload=alert(1)>");
  const lies = await telegram.answerTo(user, () => telegram.sendsPhoto(user, {}, text));
  assert.match(textOf(lies), /Не могу открыть/);
  // A document that says it is small, and a file that Telegram does not give to bots.
  const document = { file_id: "big", file_unique_id: "big", mime_type: "image/png", file_size: 10 };
  telegram.api.files.set("big", huge);
  const asFile = update("message", messageOf(user, { document }));
  assert.match(textOf(await telegram.answerTo(user, () => telegram.post(asFile))), /10 МБ/);
  telegram.api.answer(
    "getFile",
    () => ({ error_code: 400, description: "Bad Request: file is too big" }),
  );
  const refused = await telegram.answerTo(user, () => telegram.sendsPhoto(user));
  assert.match(textOf(refused), /10 МБ/);
  assert.deepEqual(await filesOf(user), []);
});

Deno.test("too few credits: nothing is begun, and after buying the same photos are tried again", async () => {
  await using room = await FittingRoom.open();
  await using telegram = await Telegram.open();
  const user = await readyInChat(telegram, 1);
  await telegram.answerTo(user, () => telegram.says(user, "/tryon"));
  await telegram.answerTo(user, () => telegram.sendsPhoto(user));
  const refused = await telegram.answerTo(user, () => telegram.sendsPhoto(user));
  assert.equal(textOf(refused), "This takes 3 credits, and you have 1 credit.");
  assert.deepEqual(buttonsOf(refused).map(({ callback_data }) => callback_data), ["buy", "again"]);
  const still = await telegram.answerTo(user, () => telegram.taps(user, "again"));
  assert.equal(textOf(still), textOf(refused));
  assert.equal((await sessionsOf(user)).length, 0);
  await giveCredits(user, 10);
  const begun = await telegram.answerTo(user, () => telegram.taps(user, "again"));
  assert.match(textOf(begun), /I am on it/);
  // Pressed once more, it is still the same one.
  await telegram.answerTo(user, () => telegram.taps(user, "again"));
  await eventually(() => Promise.resolve(room.asked), ({ length }) => length === 1);
  assert.equal((await sessionsOf(user)).length, 1);
});

Deno.test("/style takes one photo, also with the command as its caption", async () => {
  await using telegram = await Telegram.open();
  const user = await readyInChat(telegram);
  const ask = await telegram.answerTo(user, () => telegram.says(user, "/style"));
  assert.match(textOf(ask), /in daylight/);
  const begun = await telegram.answerTo(user, () => telegram.sendsPhoto(user));
  assert.match(textOf(begun), /Your analysis/);
  const other = await readyInChat(telegram);
  const captioned = await telegram.answerTo(
    other,
    () => telegram.sendsPhoto(other, { caption: "/style" }),
  );
  assert.match(textOf(captioned), /Your analysis/);
  for (const person of [user, other]) {
    assert.deepEqual((await sessionsOf(person)).map(({ session_type }) => session_type), [
      "styling",
    ]);
  }
});
