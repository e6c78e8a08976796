import assert from "node:assert/strict";
import { eventually } from "../../harness/eventually.ts";
import { Modera, type Person } from "./modera.ts";

const proofEnd = "2090-01-01T00:00:00Z";

interface Standing {
  state: string;
  photos: number;
  needed: number;
  terms: { en: string; ru: string } | null;
  started?: { session_id: string };
  refused?: { required: number; available: number };
}

/** MODERA as the bot and the sign-in use it. */
class Bot {
  #updates = 0;
  #messages = 0;
  constructor(readonly modera: Modera) {}

  attach(
    user: { id: string },
    telegram_id: number,
    proof: string | null = null,
  ): Promise<{ linked: boolean; language_code: string }> {
    const { sql } = this.modera;
    const person = sql.json({ telegram_id, first_name: "Robin", language_code: "ru" });
    return this.modera.service("attach_telegram", user.id, person, proof, proof && proofEnd);
  }

  opens(user: { id: string }, type: string | null, update = ++this.#updates): Promise<Standing> {
    return this.modera.service("open_conversation", user.id, type, update);
  }

  async sends(
    user: { id: string },
    message = ++this.#messages,
    album: string | null = null,
  ): Promise<Standing> {
    const name = `telegram-${message}.png`;
    const path = `${user.id}/${name}`;
    await this.modera.sql`insert into storage.objects (bucket_id, name, metadata)
      values ('modera-inputs', ${path}, '{"size": 9, "mimetype": "image/png"}') on conflict do nothing`;
    return await this.modera.service("add_photo", user.id, message, path, album);
  }

  async sessions(user: Person): Promise<Record<string, string>[]> {
    const rows = await this.modera.sql`
      select input_data from modera.fashion_sessions where user_id = ${user.userId} order by created_at`;
    return rows.map((row) => row["input_data"]);
  }
}

Deno.test("all who meet a Telegram account at once are given the same user to make", async () => {
  await using modera = await Modera.open();
  const arrive = () =>
    modera.service<{ user_id: string; email: string; known: boolean }>("telegram_arrival", 7, null);
  const arrivals = await Promise.all(Array.from({ length: 8 }, arrive));
  assert.equal(new Set(arrivals.map(({ user_id }) => user_id)).size, 1);
  const [{ user_id, email, known } = await arrive()] = arrivals;
  assert.deepEqual([email, known], [`${user_id}@telegram.invalid`, false]);
  await modera.sql`insert into auth.users (id, email) values (${user_id}, ${email})`;
  const bot = new Bot(modera);
  const attached = await Promise.all(
    Array.from({ length: 8 }, () => bot.attach({ id: user_id }, 7)),
  );
  assert.equal(attached.filter(({ linked }) => linked).length, 1);
  assert.deepEqual(await arrive(), { user_id, email, known: true });
  assert.equal(attached[0]?.language_code, "ru");
});

Deno.test("who meets a Telegram account while its owner is being written down is told of the owner", async () => {
  await using modera = await Modera.open();
  const arrive = () =>
    modera.service<{ user_id: string; email: string; known: boolean }>("telegram_arrival", 7, null);
  const { user_id, email } = await arrive();
  await modera.sql`insert into auth.users (id, email) values (${user_id}, ${email})`;
  const late = await modera.sql.begin(async (tx) => {
    await tx`select modera.attach_telegram(${user_id}, '{"telegram_id": 7}')`;
    const arriving = arrive();
    // It finds no owner yet, and waits for the reservation that is being ended.
    await eventually(
      () =>
        modera
          .sql`select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      ({ length }) => length > 0,
    );
    return { arriving };
  });
  assert.deepEqual(await late.arriving, { user_id, email, known: true });
  assert.equal((await modera.sql`select from modera.telegram_reservations`).length, 0);
});

Deno.test("one worker answers a chat, the oldest message first; another takes over when it is gone", async () => {
  await using modera = await Modera.open();
  const receive = (update: number, chat: number | null) =>
    modera.service("receive_telegram", update, "message", chat, modera.sql.json({ update }));
  const turn = (update: number, holder: string) =>
    modera.service<Record<string, unknown>>("telegram_turn", update, holder);
  const conclude = (update: number) => modera.service("conclude_telegram", update, "applied", null);
  for (const update of [3, 1, 2]) await receive(update, 7);
  await receive(4, 8);
  assert.deepEqual(await turn(3, "a"), { update_id: 1, update: { update: 1 } });
  assert.deepEqual(await turn(1, "b"), { busy: true });
  assert.deepEqual((await turn(4, "b"))["update_id"], 4);
  await conclude(1);
  assert.deepEqual((await turn(3, "a"))["update_id"], 2);
  // Its worker dies here; a minute later another takes over.
  assert.deepEqual(await turn(3, "c"), { busy: true });
  await modera.kernel.database.advanceClock("61 seconds");
  assert.deepEqual((await turn(3, "c"))["update_id"], 2);
  // What cannot be answered holds the others up for three tries, and is still there for its own job.
  for (let n = 0; n < 3; n++) {
    assert.deepEqual((await turn(3, "c"))["update_id"], 2);
    await modera.service("conclude_telegram", 2, "deferred", "Telegram is down.");
  }
  assert.deepEqual((await turn(3, "c"))["update_id"], 3);
  await conclude(3);
  await receive(5, 7);
  assert.deepEqual((await turn(3, "c"))["update_id"], 5);
  await conclude(5);
  assert.deepEqual(await turn(3, "c"), { answered: true });
  assert.deepEqual((await turn(2, "b"))["update_id"], 2);
  await modera.service("end_telegram_turn", "b");
  assert.deepEqual((await turn(2, "d"))["update_id"], 2);
});

Deno.test("M-02, M-03: of two who claim a Telegram account at once one gets it, for good", async () => {
  await using modera = await Modera.open();
  const bot = new Bot(modera);
  const [one, other] = [await modera.person(), await modera.person()];
  const claims = await Promise.allSettled([bot.attach(one, 7), bot.attach(other, 7)]);
  const lost = claims.find(({ status }) => status === "rejected");
  assert.ok(lost?.status === "rejected" && lost.reason.message === "telegram_taken");
  assert.equal(claims.filter(({ status }) => status === "fulfilled").length, 1);
  await assert.rejects(
    bot.attach(claims[0]?.status === "fulfilled" ? one : other, 8),
    { message: "telegram_already_linked" },
  );
  // Who had a language of their own keeps it.
  const [row] = await modera.sql`select language_code from modera.profiles where telegram_id = 7`;
  assert.equal(row!["language_code"], "en");
});

Deno.test("a proof is used once, and not at all by what was refused", async () => {
  await using modera = await Modera.open();
  const bot = new Bot(modera);
  const [one, other] = [await modera.person(), await modera.person()];
  await bot.attach(one, 7);
  await assert.rejects(bot.attach(other, 7, "proof"), { message: "telegram_taken" });
  await bot.attach(other, 8, "proof");
  await assert.rejects(bot.attach(other, 8, "proof"), { message: "init_data_replayed" });
  await assert.rejects(modera.service("telegram_arrival", 8, "proof"), {
    message: "init_data_replayed",
  });
  await modera.sql`select private.prune()`;
  assert.equal((await modera.sql`select from private.used_proofs`).length, 1);
  await modera.kernel.database.advanceClock("70 years");
  await modera.sql`select private.prune()`;
  assert.equal((await modera.sql`select from private.used_proofs`).length, 0);
});

Deno.test("M-26: a conversation begins with consent, and asks again when it was withdrawn", async () => {
  await using modera = await Modera.open();
  const bot = new Bot(modera);
  const user = await modera.person(10);
  await modera.service("record_consent", user.id, false, "telegram");
  const asked = await bot.opens(user, "tryon");
  assert.equal(asked.state, "consent");
  assert.match(asked.terms?.ru ?? "", /соглас/i);
  assert.equal((await bot.sends(user)).state, "consent");
  const agreed = await modera.service<Standing>("consent_in_chat", user.id);
  assert.deepEqual([agreed.state, agreed.terms], ["photos", null]);
  await modera.service("record_consent", user.id, false, "app");
  await assert.rejects(bot.sends(user), { message: "consent_required" });
});

Deno.test("photos that come in any order, at once and twice start one request, in the order in which they were sent", async () => {
  await using modera = await Modera.open();
  const bot = new Bot(modera);
  const user = await modera.person(10);
  await bot.opens(user, "tryon");
  const answers = await Promise.all(
    [12, 11, 12, 13, 11].map((message) => bot.sends(user, message, "a")),
  );
  assert.equal(answers.filter(({ started }) => started).length, 1);
  const sessions = await bot.sessions(user);
  assert.equal(sessions.length, 1);
  const { person_path = "", garment_path = "" } = sessions[0] ?? {};
  assert.ok(person_path < garment_path);
  assert.deepEqual(await modera.balance(user), { posted: 10, pending: 3, available: 7 });
});

Deno.test("the update that opened a conversation, answered again, opens nothing anew", async () => {
  await using modera = await Modera.open();
  const bot = new Bot(modera);
  const user = await modera.person(10);
  await bot.opens(user, "styling", 1);
  assert.ok((await bot.sends(user)).started);
  assert.equal((await bot.opens(user, "styling", 1)).state, "started");
  assert.equal((await bot.sends(user)).started, undefined);
  assert.equal((await bot.sessions(user)).length, 1);
});

Deno.test("a conversation is resumed within its time, and over after it", async () => {
  await using modera = await Modera.open();
  const bot = new Bot(modera);
  const user = await modera.person(10);
  await bot.opens(user, "tryon");
  await modera.kernel.database.advanceClock("29 minutes");
  assert.deepEqual(await bot.sends(user).then(({ state, photos }) => [state, photos]), [
    "photos",
    1,
  ]);
  // Each photo gives it time anew.
  await modera.kernel.database.advanceClock("29 minutes");
  assert.equal((await modera.service<Standing>("conversation", user.id)).state, "photos");
  await modera.kernel.database.advanceClock("2 minutes");
  assert.equal((await bot.sends(user)).state, "expired");
  assert.deepEqual(await bot.sessions(user), []);
  assert.equal((await bot.opens(user, "tryon")).photos, 0);
});

Deno.test("a refused request keeps its photos, and starts once when there are credits", async () => {
  await using modera = await Modera.open();
  const bot = new Bot(modera);
  const user = await modera.person(2);
  await bot.opens(user, "tryon");
  await bot.sends(user);
  const { refused } = await bot.sends(user);
  assert.deepEqual([refused?.required, refused?.available], [3, 2]);
  assert.deepEqual((await bot.sends(user)).photos, 2);
  await modera.sql`select ledger.grant_credits('modera', ${user.id}, 10, 'more')`;
  const again = await Promise.all(
    Array.from({ length: 4 }, () => modera.service<Standing>("retry_conversation", user.id)),
  );
  assert.equal(again.filter(({ started }) => started).length, 1);
  assert.equal((await modera.balance(user)).pending, 3);
});

Deno.test("the audit log says for whom the service acted", async () => {
  await using modera = await Modera.open();
  const user = await modera.person();
  await modera.kernel.service("open_invoice_for", {
    user_id: user.id,
    product: "modera",
    offer: "basic",
    key: "k",
    currency: "XTR",
  });
  const [entry] = await modera.sql`
    select actor, actor_role from audit.log where action = 'invoice.opened' order by id desc limit 1`;
  assert.deepEqual(entry, { actor: user.id, actor_role: "service_role" });
  const nobody = { user_id: crypto.randomUUID(), product: "modera", offer: "basic", key: "k" };
  await assert.rejects(modera.kernel.service("open_invoice_for", nobody), {
    message: "holder_not_found",
  });
});

Deno.test("X-10: what somebody wrote to the bot goes with them, and their Telegram account is free again", async () => {
  await using modera = await Modera.open();
  const bot = new Bot(modera);
  const user = await modera.person(10);
  await bot.attach(user, 7);
  await bot.opens(user, "tryon");
  await bot.sends(user);
  const told = modera.sql.json({ update_id: 1, message: { text: "my secret" } });
  await modera.service("receive_telegram", 1, "message", 7, told);
  await modera.sql`select private.bid_farewell(${user.id})`;
  await modera.sql`select private.erase_rows(${user.id})`;
  const [inbox] = await modera
    .sql`select payload, effect from events.inbox where provider = 'telegram'`;
  assert.deepEqual(inbox, { payload: {}, effect: { kind: "none" } });
  for (const table of ["telegram_conversations", "telegram_photos"]) {
    assert.equal((await modera.sql`select from modera.${modera.sql(table)}`).length, 0, table);
  }
  const other = await modera.person();
  assert.equal((await bot.attach(other, 7)).linked, true);
});
