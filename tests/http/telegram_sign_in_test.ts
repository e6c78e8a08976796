import assert from "node:assert/strict";
import {
  anonymous,
  callJson,
  newUser,
  platformDatabase,
  restartFunctions,
  type User,
} from "../harness/platform.ts";
import { testPlatform } from "../harness/environment.ts";
import type { ProblemBody } from "./people.ts";
import { initDataOf, newTelegramUser, type TelegramUser } from "./telegram.ts";

interface SignedIn {
  user_id: string;
  telegram_id: number;
  username: string;
  language_code: string;
  access_token: string;
  refresh_token: string;
  token_type: string;
  expires_in: number;
}

const signIn = <T = SignedIn>(init_data: string) =>
  callJson<T>("telegram-sign-in", { body: { init_data } });

const link = <T = Record<string, unknown>>(caller: User, init_data: string) =>
  callJson<T>("telegram-sign-in/link", { caller, body: { init_data } });

const signInAs = async (user: TelegramUser) => await signIn(await initDataOf(user));

async function usersOf(telegramId: number): Promise<{ auth_user_id: string }[]> {
  const sql = platformDatabase();
  try {
    return await sql<{ auth_user_id: string }[]>`
      select auth_user_id from modera.profiles where telegram_id = ${telegramId}`;
  } finally {
    await sql.end();
  }
}

Deno.test("M-02: a Telegram account signs in and reads its own row, as the same user each time", async () => {
  const person = newTelegramUser("ru");
  const first = await signInAs(person);
  assert.equal(first.status, 200, JSON.stringify(first.body));
  assert.deepEqual(
    [first.body.telegram_id, first.body.username, first.body.language_code, first.body.token_type],
    [person.id, person.username, "ru", "bearer"],
  );
  const client = anonymous();
  const { access_token, refresh_token } = first.body;
  await client.auth.setSession({ access_token, refresh_token });
  const { data } = await client.schema("modera").from("users").select("telegram_id, credits");
  assert.deepEqual(data, [{ telegram_id: person.id, credits: 0 }]);
  const refreshed = await client.auth.refreshSession();
  assert.equal(refreshed.error, null);

  const again = await signInAs({ ...person, username: "renamed" });
  assert.deepEqual([again.body.user_id, again.body.username], [first.body.user_id, "renamed"]);
});

Deno.test("five first sign-ins at once make one user", async () => {
  const person = newTelegramUser();
  const answers = await Promise.all(Array.from({ length: 5 }, () => signInAs(person)));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  assert.equal(new Set(answers.map(({ body }) => body.user_id)).size, 1);
  assert.equal(new Set(answers.map(({ body }) => body.access_token)).size, 5);
  assert.equal((await usersOf(person.id)).length, 1);
});

Deno.test("forged, old and foreign initData are 401, and make nobody", async () => {
  const person = newTelegramUser();
  const cases: [string, string][] = [
    [(await initDataOf(person)).replace(String(person.id), "1"), "init_data_invalid"],
    [await initDataOf(person, { token: "100:another" }), "init_data_invalid"],
    [await initDataOf(person, { secondsAgo: 3601 }), "init_data_expired"],
    [await initDataOf(person, { secondsAgo: -120 }), "init_data_invalid"],
    ["user=%7B%22id%22%3A1%7D&hash=00", "init_data_invalid"],
  ];
  const someone = await newUser();
  for (const [initData, code] of cases) {
    const answer = await signIn<ProblemBody>(initData);
    assert.deepEqual([answer.status, answer.body.code], [401, code]);
    const linked = await link<ProblemBody>(someone, initData);
    assert.deepEqual([linked.status, linked.body.code], [401, code]);
  }
  assert.deepEqual([...await usersOf(person.id)], []);
});

Deno.test("initData is good once, for signing in and linking together", async () => {
  const person = newTelegramUser();
  const initData = await initDataOf(person);
  assert.equal((await signIn(initData)).status, 200);
  for (
    const answer of [await signIn<ProblemBody>(initData), await link(await newUser(), initData)]
  ) {
    assert.deepEqual([answer.status, answer.body["code"]], [401, "init_data_replayed"]);
  }
});

Deno.test("of five uses of one initData at once, one signs in", async () => {
  const person = newTelegramUser();
  await signInAs(person);
  const initData = await initDataOf(person);
  const answers = await Promise.all(Array.from({ length: 5 }, () => signIn<ProblemBody>(initData)));
  const statuses = answers.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [200, ...Array(4).fill(401)]);
});

Deno.test("an e-mail user links a Telegram account, and signs in by it from then on", async () => {
  const user = await newUser();
  const person = newTelegramUser("ru");
  const { status, body } = await link(user, await initDataOf(person));
  assert.deepEqual([status, body["user_id"], body["telegram_id"]], [200, user.id, person.id]);
  const signedIn = await signInAs(person);
  assert.equal(signedIn.body.user_id, user.id);
  // Linking again changes nothing, and their password still is theirs.
  assert.equal((await link(user, await initDataOf(person))).status, 200);
  const refreshed = await user.client.auth.refreshSession();
  assert.equal(refreshed.error, null);
});

Deno.test("M-03: nobody takes a Telegram account from somebody else", async () => {
  const [owner, other] = [await newUser(), await newUser()];
  const [person, second] = [newTelegramUser(), newTelegramUser()];
  await link(owner, await initDataOf(person));
  const taken = await link<ProblemBody>(other, await initDataOf(person));
  assert.deepEqual([taken.status, taken.body.code], [409, "telegram_taken"]);
  const another = await link<ProblemBody>(owner, await initDataOf(second));
  assert.deepEqual([another.status, another.body.code], [409, "telegram_already_linked"]);

  for (const table of ["users", "profiles"]) {
    const { error } = await other.client.schema("modera").from(table)
      .update({ telegram_id: second.id }).neq("id", 0);
    assert.ok(error, table);
  }
  assert.deepEqual(await usersOf(person.id).then((rows) => [...rows]), [{
    auth_user_id: owner.id,
  }]);
  assert.deepEqual([...await usersOf(second.id)], []);
});

Deno.test("a refused link leaves the initData good for signing in", async () => {
  const [owner, person, second] = [await newUser(), newTelegramUser(), newTelegramUser()];
  await link(owner, await initDataOf(person));
  const initData = await initDataOf(second);
  assert.equal((await link(owner, initData)).status, 409);
  assert.equal((await signIn(initData)).status, 200);
});

Deno.test("more than sixty sign-ins of one address within a minute are 429 with Retry-After", async () => {
  const headers = { "cf-connecting-ip": `2001:db8::${Math.floor(Math.random() * 9999)}` };
  const body = { init_data: "guess" };
  const answers = await Promise.all(
    Array.from({ length: 70 }, () => callJson<ProblemBody>("telegram-sign-in", { body, headers })),
  );
  const refused = answers.filter(({ status }) => status === 429);
  assert.ok(refused.length > 0 && refused.length <= 10, `${refused.length} of 70 were refused`);
  assert.ok(refused.every(({ headers }) => Number(headers.get("retry-after")) > 0));
  assert.ok(answers.every(({ status }) => status === 401 || status === 429));
});

Deno.test("what is wrong with a request is named", async () => {
  const wrong: [unknown, string][] = [
    [{}, "init_data"],
    [{ init_data: 7 }, "init_data"],
    [{ init_data: "x".repeat(8193) }, "init_data"],
    [{ init_data: "x", user_id: crypto.randomUUID() }, "user_id"],
  ];
  for (const [body, field] of wrong) {
    const answer = await callJson<ProblemBody>("telegram-sign-in", { body });
    assert.deepEqual([answer.status, answer.body.errors?.[0]?.field], [422, field]);
  }
  const nobody = await callJson<ProblemBody>("telegram-sign-in/link", {
    body: { init_data: "x" },
  });
  assert.deepEqual([nobody.status, nobody.body.code], [401, "unauthorized"]);
});

Deno.test("while Auth is down sign-in is 503, and the same initData is good when it is back", async () => {
  const initData = await initDataOf(newTelegramUser());
  const { api_url } = testPlatform();
  if (testPlatform().adapter === "data-api") return;
  await restartFunctions({ SUPABASE_URL: "http://127.0.0.1:9" });
  try {
    const down = await signIn<ProblemBody>(initData);
    assert.deepEqual([down.status, down.body.code], [503, "provider_unavailable"]);
    assert.ok(Number(down.headers.get("retry-after")) > 0);
  } finally {
    await restartFunctions({ SUPABASE_URL: api_url });
  }
  assert.equal((await signIn(initData)).status, 200);
});
