import assert from "node:assert/strict";
import { callJson, newUser, type User } from "../harness/platform.ts";
import { startTryOn, uploaded } from "./fitting_room.ts";
import { type ProblemBody, userWithCredits } from "./people.ts";

type Terms = { purpose: string; version: number; summary: Record<string, string>; given: boolean };

const photos = { product: "modera", purpose: "photos" };

const terms = async (caller: User) =>
  (await callJson<{ consents: Terms[] }>("consent?product=modera", { caller })).body.consents;

const agree = <T = Terms>(caller: User, change: Record<string, unknown> = {}) =>
  callJson<T>("consent", { caller, body: { ...photos, version: 1, ...change } });

const withdraw = (caller: User) =>
  callJson<Terms>("consent?product=modera&purpose=photos", { caller, method: "DELETE" });

Deno.test("M-26, X-10: no photo before consent, and consent is to the words that were shown", async () => {
  const person = await newUser();
  const [asked] = await terms(person);
  assert.deepEqual([asked?.purpose, asked?.version, asked?.given], ["photos", 1, false]);
  assert.match(asked?.summary["en"] ?? "", /withdraw/);
  await assert.rejects(uploaded(person));
  const given = await agree(person);
  assert.deepEqual([given.status, given.body.given], [200, true]);
  assert.equal((await terms(person))[0]?.given, true);
  await uploaded(person);
});

Deno.test("M-26: after consent was withdrawn a try-on is 403 consent_required", async () => {
  const person = await userWithCredits(3);
  const [mine, shirt] = [await uploaded(person), await uploaded(person)];
  assert.equal((await withdraw(person)).body.given, false);
  const answer = await callJson<ProblemBody>("try-on", {
    caller: person,
    key: crypto.randomUUID(),
    body: { product: "modera", person_path: mine, garment_path: shirt },
  });
  assert.deepEqual([answer.status, answer.body.code], [403, "consent_required"]);
  assert.deepEqual([answer.body["purpose"], answer.body["version"]], ["photos", 1]);
  await agree(person);
  assert.equal((await startTryOn(person)).status, 202);
});

Deno.test("other terms than those in force, and other purposes, are refused by name", async () => {
  const person = await newUser();
  const old = await agree<ProblemBody>(person, { version: 7 });
  assert.deepEqual([old.status, old.body.code, old.body["version"]], [409, "consent_outdated", 1]);
  const odd = await agree<ProblemBody>(person, { purpose: "breakfast" });
  assert.deepEqual([odd.status, odd.body.code], [422, "invalid_request"]);
  const foreign = await agree<ProblemBody>(person, { product: "acme" });
  assert.deepEqual([foreign.status, foreign.body.code], [404, "unknown_product"]);
  assert.equal((await terms(person))[0]?.given, false);
});
