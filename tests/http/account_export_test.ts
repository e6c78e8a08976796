import assert from "node:assert/strict";
import { strFromU8, unzipSync } from "fflate";
import { eventually } from "../harness/eventually.ts";
import { callJson, platformDatabase, service, type User } from "../harness/platform.ts";
import { pixel, startTryOn, uploaded } from "./fitting_room.ts";
import { mailAbout } from "./mailbox.ts";
import { consentingUser, freshKey, type ProblemBody, userWithCredits } from "./people.ts";

type Export = {
  export_id: string;
  state: string;
  url: string | null;
  size: number | null;
  expires_at: string | null;
};

const ask = <T = Export>(caller: User, key = freshKey()) =>
  callJson<T>("account-export", { caller, key, method: "POST" });

const read = async (caller: User, id: string) =>
  (await callJson<Export>(`account-export/${id}`, { caller })).body;

const ready = (caller: User, id: string) =>
  eventually(() => read(caller, id), ({ state }) => state !== "queued");

Deno.test("X-10, M-26: a person gets everything about them as an archive, and nothing of others", async () => {
  const [person, other] = [await userWithCredits(50), await userWithCredits(3)];
  const { body: tryOn } = await startTryOn(person);
  const theirs = await uploaded(other);
  const { status, body, headers } = await ask(person);
  assert.deepEqual([status, body.state, body.url], [202, "queued", null]);
  assert.equal(headers.get("location"), body.export_id);
  const made = await ready(person, body.export_id);
  assert.equal(made.state, "ready");
  await mailAbout(person.email, "Your data is ready");
  const days = (Date.parse(made.expires_at!) - Date.now()) / 86_400_000;
  assert.ok(days > 6.9 && days < 7.1);

  const answer = await fetch(made.url!);
  assert.equal(answer.headers.get("content-type"), "application/zip");
  assert.match(answer.headers.get("content-disposition") ?? "", /my-data\.zip/);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  assert.equal(bytes.length, made.size);
  const files = unzipSync(bytes);
  const json = (name: string) => JSON.parse(strFromU8(files[`data/${name}.json`]!));
  assert.deepEqual(json("sign_in").map((row: { email: string }) => row.email), [person.email]);
  assert.deepEqual(json("try_ons").map((row: { id: string }) => row.id), [tryOn.try_on_id]);
  assert.deepEqual(json("entries").map((row: { amount: number }) => row.amount), [50]);
  assert.equal(json("consents")[0].given, true);
  const pictures = Object.keys(files).filter((name) => name.startsWith("files/modera-inputs/"));
  assert.equal(pictures.length, 2);
  assert.deepEqual(files[pictures[0]!], pixel);
  const whole = Object.values(files).map((file) => strFromU8(file)).join();
  for (const foreign of [other.id, other.email, theirs]) assert.ok(!whole.includes(foreign));
});

Deno.test("an archive of many large pictures is made", async () => {
  const person = await consentingUser();
  const picture = crypto.getRandomValues(new Uint8Array(65_536));
  const large = new Uint8Array(5_000_000);
  for (let at = 0; at < large.length; at += picture.length) {
    large.set(picture.subarray(0, Math.min(picture.length, large.length - at)), at);
  }
  for (let n = 0; n < 6; n++) await uploaded(person, large);
  const { body } = await ask(person);
  const made = await ready(person, body.export_id);
  assert.ok(made.size! > 30_000_000, JSON.stringify(made));
});

Deno.test("an export is its person's alone, one at a time, and needs a key", async () => {
  const [person, other] = [await consentingUser(), await consentingUser()];
  const sql = platformDatabase();
  const [open] = await sql`insert into private.account_exports (user_id, key)
    values (${person.id}, 'open') returning id`;
  await sql.end();
  const second = await ask<ProblemBody>(person);
  assert.deepEqual([second.status, second.body.code], [409, "export_in_progress"]);
  assert.equal(second.body["export_id"], open!["id"]);
  const foreign = await callJson<ProblemBody>(`account-export/${open!["id"]}`, { caller: other });
  assert.deepEqual([foreign.status, foreign.body.code], [404, "not_found"]);
  const keyless = await callJson<ProblemBody>("account-export", { caller: other, method: "POST" });
  assert.deepEqual([keyless.status, keyless.body.code], [400, "invalid_request"]);
});

Deno.test("nobody lists or fetches archives but by a signed address, and they are deleted in time", async () => {
  const [person, other] = [await consentingUser(), await consentingUser()];
  const { body } = await ask(person);
  const made = await ready(person, body.export_id);
  const path = `${person.id}/${body.export_id}.zip`;
  for (const { client } of [person, other]) {
    const bucket = client.storage.from("account-exports");
    assert.notEqual((await bucket.download(path)).error, null);
    assert.notEqual((await bucket.createSignedUrl(path, 60)).error, null);
    assert.deepEqual((await bucket.list(person.id)).data, []);
  }
  const sql = platformDatabase();
  await sql`update private.account_exports set expires_at = private.now() where id = ${body.export_id}`;
  await sql`select jobs.enqueue('account.export-expiry', '{}', ${crypto.randomUUID()})`;
  await sql.end();
  const exports = service().storage.from("account-exports");
  await eventually(() => exports.list(person.id), ({ data }) => data?.length === 0);
  const gone = await fetch(made.url!);
  await gone.body?.cancel();
  assert.equal(gone.ok, false);
  const read = await callJson<Export>(`account-export/${body.export_id}`, { caller: person });
  assert.deepEqual([read.body.state, read.body.url], ["deleted", null]);
});
