import assert from "node:assert/strict";
import { fixture, tryOnLocally } from "./engine.ts";
import { balanceOf } from "./people.ts";

const tryOn = async (person: string, garment: string) =>
  tryOnLocally(await fixture(person), await fixture(garment));

Deno.test("the local engine makes the picture, and three credits are charged", async () => {
  const { user, ended } = await tryOn("person.png", "t-shirt-plain.png");
  assert.equal(ended.status, "completed", JSON.stringify(ended));
  assert.equal(ended.engine, "local-preview");
  const result = new Uint8Array(await (await fetch(ended.result_url ?? "")).arrayBuffer());
  assert.deepEqual([...result.subarray(1, 4)], [0x50, 0x4e, 0x47]);
  assert.ok(result.length > 10_000);
  assert.deepEqual(await balanceOf(user), { posted: 47, pending: 0, available: 47 });
});

Deno.test("what the local engine refuses costs nothing and has a reason that people understand", async () => {
  const { user, ended } = await tryOn("two-people.png", "t-shirt-plain.png");
  assert.deepEqual([ended.status, ended.failure?.code], ["failed", "several_people"]);
  assert.match(ended.failure?.message ?? "", /^[A-Z].*\.$/);
  assert.equal(ended.result_url, null);
  assert.deepEqual(await balanceOf(user), { posted: 50, pending: 0, available: 50 });
});
