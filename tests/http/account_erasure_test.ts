import assert from "node:assert/strict";
import { eventually } from "../harness/eventually.ts";
import {
  anonymous,
  callFunction,
  callJson,
  newUser,
  platformDatabase,
  service,
  type User,
} from "../harness/platform.ts";
import { startTryOn, uploaded } from "./fitting_room.ts";
import { mailAbout, mailsTo } from "./mailbox.ts";
import { balanceOf, freshKey, type ProblemBody, userWithCredits } from "./people.ts";

type Erasure = { erasure_id: string; state: string; due_at: string; cancelled_at: string | null };

const path = "account-erasure";
const confirm = "erase my account";
const ask = (caller: User) => callJson<Erasure>(path, { caller, body: { confirm } });
const read = (caller: User) => callJson<Erasure>(path, { caller });
const cancel = (caller: User) => callJson<Erasure>(path, { caller, method: "DELETE" });

/** Ends somebody's grace, and has the clock look. */
async function endGrace(person: User): Promise<void> {
  const sql = platformDatabase();
  await sql`update private.account_erasures
    set requested_at = requested_at - interval '31 days', due_at = due_at - interval '31 days' where user_id = ${person.id}`;
  await sql`select private.run_job('account-erasures')`;
  await sql.end();
}

async function stateOf({ id }: User): Promise<string> {
  const sql = platformDatabase();
  const [row] = await sql`select state from private.account_erasures where user_id = ${id}`;
  await sql.end();
  return row!["state"];
}

Deno.test("X-10, M-26: an account is erased with its pictures after the grace, and a new one is a new person", async () => {
  const person = await userWithCredits(50);
  await startTryOn(person);
  const picture = await uploaded(person);
  const { data } = await service().storage.from("modera-inputs").createSignedUrl(picture, 600);
  const asked = await ask(person);
  assert.deepEqual([asked.status, asked.body.state], [202, "requested"]);
  const days = (Date.parse(asked.body.due_at) - Date.now()) / 86_400_000;
  assert.ok(days > 29.9 && days < 30.1);

  await endGrace(person);
  await eventually(() => stateOf(person), (state) => state === "done");
  for (const bucket of ["modera-inputs", "modera-results", "account-exports"]) {
    assert.deepEqual((await service().storage.from(bucket).list(person.id)).data, []);
  }
  const answer = await fetch(data!.signedUrl);
  await answer.body?.cancel();
  assert.equal(answer.ok, false);
  assert.deepEqual(await balanceOf(person), { posted: 50, pending: 0, available: 50 });
  const sql = platformDatabase();
  const [left] = await sql`select (select count(*)::int from ledger.verify()) as differences,
    (select count(*)::int from auth.users where id = ${person.id} or email = ${person.email}) as users,
    (select count(*)::int from modera.virtual_tryons t join modera.profiles p on p.id = t.user_id
      where p.holder = ${person.id}) as try_ons`;
  await sql.end();
  assert.deepEqual({ ...left }, { differences: 0, users: 0, try_ons: 0 });

  const again = anonymous();
  const signedUp = await again.auth.signUp({
    email: person.email,
    password: crypto.randomUUID(),
  });
  assert.notEqual(signedUp.data.user!.id, person.id);
  const { data: users } = await again.schema("modera").from("users").select("credits");
  assert.deepEqual(users, []);
});

Deno.test("a token that is still good opens nothing once its person is erased", async () => {
  const person = await userWithCredits(50);
  await ask(person);
  await endGrace(person);
  await eventually(() => stateOf(person), (state) => state === "done");
  const requests: [string, { body?: unknown; key?: string }][] = [
    ["checkout", { body: { product: "modera", offer: "basic" }, key: freshKey() }],
    ["account-erasure", { body: { confirm } }],
    ["account-export", { key: freshKey() }],
    ["session-start", { body: { product: "modera", type: "tryon" }, key: freshKey() }],
  ];
  for (const [slug, request] of requests) {
    const answer = await callFunction(slug, { caller: person, method: "POST", ...request });
    await answer.body?.cancel();
    assert.equal(answer.status, 404, slug);
  }
  const { error } = await person.client.storage.from("modera-inputs")
    .upload(`${person.id}/x.png`, new Uint8Array(1), { contentType: "image/png" });
  assert.notEqual(error, null);
});

Deno.test("within the grace the account works, shows what was asked, and can be kept", async () => {
  const person = await userWithCredits(50);
  assert.equal((await read(person)).status, 404);
  const asked = await ask(person);
  assert.deepEqual((await ask(person)).body, asked.body);
  assert.deepEqual((await read(person)).body, asked.body);
  assert.equal((await startTryOn(person)).status, 202);
  const leavingAt = async () => {
    const { data } = await person.client.schema("modera").from("users").select("leaving_at");
    return data?.[0]?.leaving_at ?? null;
  };
  assert.equal(Date.parse(await leavingAt()), Date.parse(asked.body.due_at));
  const [warning] = await mailsTo(person.email);
  assert.match(warning?.subject ?? "", /^Your account will be erased on /);
  assert.match(warning?.text ?? "", /If it was not you/);
  const kept = await cancel(person);
  assert.deepEqual([kept.status, kept.body.state], [200, "cancelled"]);
  assert.equal(await leavingAt(), null);
  await endGrace(person);
  assert.equal(await stateOf(person), "cancelled");
  assert.equal((await balanceOf(person)).posted, 50);
  await mailAbout(person.email, "Your account stays");
});

Deno.test("an account is not erased by a slip, by others, or without the words", async () => {
  const [person, other] = [await userWithCredits(1), await newUser()];
  for (
    const body of [{}, { confirm: "yes" }, { confirm: "Erase my account" }, { confirm, user: 1 }]
  ) {
    const answer = await callJson<ProblemBody>(path, { caller: person, body });
    assert.deepEqual([answer.status, answer.body.code], [422, "invalid_request"]);
  }
  await ask(person);
  assert.equal((await cancel(other)).status, 404);
  for (const caller of ["nobody", "secret", "automations"] as const) {
    assert.equal((await callJson(path, { caller, body: { confirm } })).status, 401);
  }
  assert.equal((await read(person)).body.state, "requested");
});

Deno.test("X-10: files of a user whom Auth deleted by itself are found and deleted", async () => {
  const person = await userWithCredits(0);
  await uploaded(person);
  await service().auth.admin.deleteUser(person.id);
  const sql = platformDatabase();
  await sql`select jobs.enqueue('account.orphans', '{}', ${crypto.randomUUID()})`;
  await sql.end();
  const left = () => service().storage.from("modera-inputs").list(person.id);
  await eventually(left, ({ data }) => data?.length === 0);
});
