import assert from "node:assert/strict";
import { eventually } from "../harness/eventually.ts";
import { readTryOn, startTryOn, type TryOnBody, uploaded } from "./fitting_room.ts";
import { balanceOf, userWithCredits } from "./people.ts";

const fixture = (name: string) =>
  Deno.readFile(new URL(`../../packages/imaging/fixtures/${name}`, import.meta.url));

/** A try-on of fixtures on the local engine, from the upload to its end. */
async function tryOn(person: string, garment: string) {
  const user = await userWithCredits(50);
  const [person_path, garment_path] = [
    await uploaded(user, await fixture(person)),
    await uploaded(user, await fixture(garment)),
  ];
  const begun = await startTryOn(user, { body: { person_path, garment_path } });
  assert.equal(begun.status, 202, JSON.stringify(begun.body));
  const ended: TryOnBody = await eventually(
    () => readTryOn(user, begun.body.try_on_id),
    ({ status }) => !["active", "processing"].includes(status),
    60_000,
  );
  return { user, ended };
}

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
