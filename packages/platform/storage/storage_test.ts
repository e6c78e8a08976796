import assert from "node:assert/strict";
import {
  anonymous,
  type Client,
  newUser,
  service,
  type User,
} from "../../../tests/harness/platform.ts";
import { consentingUser } from "../../../tests/http/people.ts";

const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3);
const type = { contentType: "image/png" };
const inputs = (client: Client) => client.storage.from("modera-inputs");

/** A new user with one uploaded picture. */
async function userWithPicture(): Promise<{ user: User; path: string }> {
  const user = await consentingUser();
  const path = `${user.id}/${crypto.randomUUID()}.png`;
  const { error } = await inputs(user.client).upload(path, png, type);
  assert.equal(error, null);
  return { user, path };
}

async function bytesOf(client: Client, path: string): Promise<Uint8Array> {
  const { data, error } = await inputs(client).download(path);
  assert.equal(error, null);
  return new Uint8Array(await data!.arrayBuffer());
}

Deno.test("bytes and Blobs are uploaded and downloaded as they were", async () => {
  const { user, path } = await userWithPicture();
  assert.deepEqual(await bytesOf(user.client, path), png);
  const blob = `${user.id}/blob.png`;
  const { data, error } = await inputs(user.client).upload(
    blob,
    new Blob([png], { type: "image/png" }),
  );
  assert.equal(error, null);
  assert.equal(data?.path, blob);
  assert.deepEqual(await bytesOf(user.client, blob), png);
});

Deno.test("an upload replaces only when asked to", async () => {
  const { user, path } = await userWithPicture();
  const again = await inputs(user.client).upload(path, png, type);
  assert.match(again.error?.message ?? "", /exists/);
  const other = png.toReversed();
  const { error } = await inputs(service()).upload(path, other, { ...type, upsert: true });
  assert.equal(error, null);
  assert.deepEqual(await bytesOf(user.client, path), other);
});

Deno.test("a signed address works without a key until it runs out, and for its object only", async () => {
  const { user, path } = await userWithPicture();
  const { data } = await inputs(user.client).createSignedUrl(path, 60);
  const answer = await fetch(data!.signedUrl);
  assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), png);
  assert.equal(answer.headers.get("content-type"), "image/png");
  const other = await fetch(data!.signedUrl.replace(/[^/]+\.png/, "other.png"));
  assert.equal(other.status, 400);
  await other.body?.cancel();
});

Deno.test("several addresses are signed at once; what is not there is named", async () => {
  const { user, path } = await userWithPicture();
  const { data } = await inputs(user.client).createSignedUrls([path, `${user.id}/none.png`], 60);
  assert.equal(data?.[0]?.error, null);
  const answer = await fetch(data![0]!.signedUrl!);
  assert.equal(answer.status, 200);
  await answer.body?.cancel();
  assert.match(data?.[1]?.error ?? "", /does not exist/);
});

Deno.test("a signed upload address takes one object", async () => {
  const { user } = await userWithPicture();
  const path = `${user.id}/signed.png`;
  const { data } = await inputs(user.client).createSignedUploadUrl(path);
  const { error } = await inputs(anonymous()).uploadToSignedUrl(path, data!.token, png, type);
  assert.equal(error, null);
  assert.deepEqual(await bytesOf(user.client, path), png);
  const elsewhere = await inputs(anonymous()).uploadToSignedUrl(
    `${user.id}/x.png`,
    data!.token,
    png,
    type,
  );
  assert.notEqual(elsewhere.error, null);
});

Deno.test("a folder is listed with its objects and folders", async () => {
  const { user, path } = await userWithPicture();
  await inputs(user.client).upload(`${user.id}/sub/a.png`, png, type);
  const { data } = await inputs(user.client).list(user.id, {
    sortBy: { column: "name", order: "asc" },
  });
  const names = data!.map((entry) => [entry.name, entry.id === null]);
  assert.deepEqual(names.toSorted(), [[path.split("/")[1]!, false], ["sub", true]].toSorted());
  const { data: first } = await inputs(user.client).list(user.id, { limit: 1 });
  assert.equal(first?.length, 1);
});

Deno.test("objects are moved, copied, looked at and removed by the service", async () => {
  const { user, path } = await userWithPicture();
  const [copy, moved] = [`${user.id}/copy.png`, `${user.id}/moved.png`];
  assert.equal((await inputs(service()).copy(path, copy)).error, null);
  assert.equal((await inputs(service()).move(copy, moved)).error, null);
  const { data: info } = await inputs(service()).info(moved);
  assert.equal(info?.size, png.length);
  assert.equal((await inputs(service()).exists(copy)).data, false);
  const { data } = await inputs(service()).remove([moved]);
  assert.equal(data?.length, 1);
  assert.notEqual((await inputs(service()).download(moved)).error, null);
});

Deno.test("a bucket's limit of size and kinds is kept, however much is said in headers", async () => {
  const { user } = await userWithPicture();
  const big = new Uint8Array(10 * 1024 * 1024 + 1);
  const tooBig = await inputs(user.client).upload(`${user.id}/big.png`, big, type);
  assert.match(tooBig.error?.message ?? "", /maximum allowed size/);
  const html = await inputs(user.client).upload(`${user.id}/x.html`, png, {
    contentType: "text/html",
  });
  assert.match(html.error?.message ?? "", /mime type text\/html/);
});

Deno.test("X-11: whoever is not the owner can do nothing with an object", async (t) => {
  const { user, path } = await userWithPicture();
  const stranger = (await newUser()).client;
  for (const [name, client] of [["another user", stranger], ["nobody", anonymous()]] as const) {
    const bucket = inputs(client);
    const refused = {
      download: () => bucket.download(path),
      sign: () => bucket.createSignedUrl(path, 60),
      upload: () => bucket.upload(`${user.id}/mine.png`, png, type),
      upsert: () => bucket.upload(path, png, { ...type, upsert: true }),
      "sign an upload": () => bucket.createSignedUploadUrl(`${user.id}/mine.png`),
      move: () => bucket.move(path, `${user.id}/moved.png`),
      copy: () => bucket.copy(path, `${user.id}/copy.png`),
      info: () => bucket.info(path),
    };
    for (const [call, attempt] of Object.entries(refused)) {
      await t.step(`${name}: ${call}`, async () => assert.notEqual((await attempt()).error, null));
    }
    await t.step(
      `${name}: list`,
      async () => assert.deepEqual((await bucket.list(user.id)).data ?? [], []),
    );
    await t.step(
      `${name}: remove`,
      async () => assert.deepEqual((await bucket.remove([path])).data ?? [], []),
    );
  }
  assert.deepEqual(await bytesOf(user.client, path), png);
});

Deno.test("names that could leave the folder are refused", async (t) => {
  const user = await consentingUser();
  const { api_url } = JSON.parse(Deno.env.get("TESSERA_TEST_PLATFORM")!);
  const names = [
    "../x.png",
    "a/../../x.png",
    "%2e%2e/x.png",
    "a//b.png",
    "a\\b.png",
    "a%00b.png",
    "x".repeat(1100),
  ];
  for (const name of names) {
    await t.step(name.slice(0, 20), async () => {
      const address = `${api_url}/storage/v1/object/modera-inputs/${user.id}%2F${
        encodeURIComponent(name)
      }`;
      const headers = { authorization: `Bearer ${user.token}`, "content-type": "image/png" };
      const answer = await fetch(address, { method: "POST", headers, body: png });
      assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status}`);
      await answer.body?.cancel();
    });
  }
});

Deno.test("a forged token is refused", async () => {
  const { user, path } = await userWithPicture();
  const { api_url } = JSON.parse(Deno.env.get("TESSERA_TEST_PLATFORM")!);
  const [head, payload] = user.token.split(".");
  const none = btoa(JSON.stringify({ alg: "none", typ: "JWT" })).replaceAll("=", "");
  for (const token of [`${head}.${payload}.AAAA`, `${none}.${payload}.`, "nonsense"]) {
    const answer = await fetch(`${api_url}/storage/v1/object/modera-inputs/${path}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(answer.status, 403);
    await answer.body?.cancel();
  }
});
