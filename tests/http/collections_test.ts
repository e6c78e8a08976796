import assert from "node:assert/strict";
import sharp from "sharp";
import { callJson, newUser, type User } from "../harness/platform.ts";
import { fetched, madeCollection, type ShownImage, uploadedPicture } from "./gallery.ts";
import type { ProblemBody } from "./people.ts";

Deno.test("F-21: a public collection shows its pictures to anybody and nothing else, until it is hidden", async () => {
  const person = await newUser();
  const { collection_id, image_id } = await madeCollection(person, true);
  const open = () =>
    callJson<{ pictures: { url: string }[] } & ProblemBody>(`collections/public/${collection_id}`);
  const shown = await open();
  assert.deepEqual(Object.keys(shown.body), ["pictures"]);
  assert.deepEqual(shown.body.pictures.map((picture) => Object.keys(picture)), [["url"]]);
  assert.equal((await sharp(await fetched(shown.body.pictures[0]!.url)).metadata()).width, 64);
  assert.ok(!JSON.stringify(shown.body).includes("Summer"));
  const change = (body: object, caller = person) =>
    callJson<ProblemBody>(`collections/${collection_id}`, { caller, method: "PATCH", body });
  assert.equal((await change({ is_public: false }, await newUser())).status, 404);
  await change({ is_public: false });
  assert.deepEqual([(await open()).status, (await open()).body.code], [404, "not_found"]);
  assert.equal((await callJson(`collections/public/${crypto.randomUUID()}`)).status, 404);
  await change({ is_public: true });
  await callJson(`images/${image_id}`, { caller: person, method: "DELETE" });
  assert.deepEqual((await open()).body.pictures, []);
});

Deno.test("F-21: nobody puts another's picture into a collection, or their own into another's", async () => {
  const [person, other] = [await newUser(), await newUser()];
  const { collection_id } = await madeCollection(person, false);
  const foreign = await uploadedPicture(other);
  const put = (caller: User) =>
    callJson<ProblemBody>(`collections/${collection_id}/images/${foreign.image_id}`, {
      caller,
      method: "PUT",
    });
  assert.deepEqual([(await put(person)).status, (await put(other)).status], [404, 404]);
  const read = await callJson<{ images: ShownImage[]; pictures: number }>(
    `collections/${collection_id}`,
    { caller: person },
  );
  assert.deepEqual([read.body.images.length, read.body.pictures], [1, 1]);
  assert.equal((await callJson(`collections/${collection_id}`, { caller: other })).status, 404);
  assert.equal(
    (await callJson(`collections/${collection_id}`, { caller: person, method: "DELETE" })).status,
    200,
  );
});
