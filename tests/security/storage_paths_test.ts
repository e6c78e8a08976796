import assert from "node:assert/strict";
import { testPlatform } from "../harness/environment.ts";
import { callJson, platformDatabase, type User } from "../harness/platform.ts";
import { balanceOf, consentingUser, freshKey, userWithCredits } from "../http/people.ts";
import { pixel } from "../http/played_provider.ts";

const bucket = "modera-inputs";

/** Full-width digits and letters, which compatibility forms make plain ones of. */
const fullWidth = (text: string) =>
  text.replaceAll(/[\da-f]/g, (one) => String.fromCodePoint(one.codePointAt(0)! + 0xfee0));

/** Names by which somebody with the folder `own` might mean `file` in the folder `other`. */
function tricks(own: string, other: string, file: string): Record<string, string> {
  const otherFile = `${other}/${file}`;
  return {
    "the other folder": otherFile,
    "up and over": `${own}/../${otherFile}`,
    "up and over, encoded": `${own}/%2e%2e/${otherFile}`,
    "up and over, encoded twice": `${own}/%252e%252e/${otherFile}`,
    "up and over, slashes encoded": `${own}%2f..%2f${other}%2f${file}`,
    "up and over, backwards": `${own}\\..\\${other}\\${file}`,
    "up and over, backwards and encoded": `${own}%5c..%5c${other}%5c${file}`,
    "up and over, UTF-8 overlong": `${own}/%c0%ae%c0%ae/${otherFile}`,
    "up and over, full-width dots": `${own}/\uff0e\uff0e/${otherFile}`,
    "up and over, with a parameter": `${own}/..;/${otherFile}`,
    "from the root": `/${otherFile}`,
    "through nothing": `${own}//../${otherFile}`,
    "through here": `./${otherFile}`,
    "another bucket": `../modera-results/${otherFile}`,
    "a NUL after one's own": `${own}/x.png%00/../../${otherFile}`,
    "a line break": `${own}/x.png%0d%0a${otherFile}`,
    "in capitals": `${other.toUpperCase()}/${file}`,
    "in full-width letters": `${fullWidth(other)}/${file}`,
    "with a joiner of no width": `${other}\u200d/${file}`,
    "with a space": `${other} /${file}`,
    "from right to left": `\u202e${otherFile}`,
    "a wildcard": `%25/${file}`,
    "very long": `${own}/${"x".repeat(1200)}/../../${otherFile}`,
  };
}

/** Sends a request with the target as it is written: fetch would tidy it up. */
async function raw(
  user: User,
  method: string,
  target: string,
  body: Uint8Array<ArrayBuffer> | string = "",
): Promise<{ status: number; body: Uint8Array }> {
  const { api_url, publishable_key } = testPlatform();
  const { hostname, port } = new URL(api_url);
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const head = [
    `${method} ${encodeUnsafe(target)} HTTP/1.1`,
    `host: ${hostname}:${port}`,
    "connection: close",
    `apikey: ${publishable_key}`,
    `authorization: Bearer ${user.token}`,
    `content-type: ${typeof body === "string" ? "application/json" : "image/png"}`,
    `content-length: ${bytes.length}`,
  ];
  const writer = connection.writable.getWriter();
  await writer.write(new TextEncoder().encode(`${head.join("\r\n")}\r\n\r\n`));
  await writer.write(bytes);
  const answer = new Uint8Array(await new Response(connection.readable).arrayBuffer());
  const [line = ""] = new TextDecoder().decode(answer.slice(0, 100)).split("\r\n");
  return { status: Number(line.split(" ")[1]), body: answer };
}

/** Spaces and what is not ASCII in the form that HTTP can carry; dots, slashes and percent signs stay. */
function encodeUnsafe(target: string): string {
  return target.replaceAll(/[^\x21-\x7e]/gu, encodeURIComponent);
}

/** Whether `whole` has the bytes of `part` somewhere. */
function includes(whole: Uint8Array, part: Uint8Array): boolean {
  const text = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);
  return text(whole).includes(text(part));
}

async function victimAndThief(): Promise<{ victim: User; thief: User; file: string }> {
  const [victim, thief] = [await consentingUser(), await userWithCredits(20)];
  const file = `${crypto.randomUUID()}.png`;
  const { error } = await victim.client.storage.from(bucket)
    .upload(`${victim.id}/${file}`, pixel, { contentType: "image/png" });
  assert.equal(error, null);
  return { victim, thief, file };
}

/** Names of the objects that somebody put somewhere. */
async function namesOf(user: User): Promise<string[]> {
  const sql = platformDatabase();
  try {
    const rows = await sql`
      select name from storage.objects where bucket_id = ${bucket} and owner_id = ${user.id}`;
    return rows.map(({ name }) => name);
  } finally {
    await sql.end();
  }
}

Deno.test("no name that means another's picture reads, replaces, shares or removes it", async (t) => {
  const { victim, thief, file } = await victimAndThief();
  const storage = "/storage/v1/object";
  const spoiled = pixel.toReversed();
  for (const [what, name] of Object.entries(tricks(thief.id, victim.id, file))) {
    await t.step(what, async () => {
      const json = JSON.stringify({ expiresIn: 60, prefixes: [name], bucketId: bucket });
      const move = JSON.stringify({
        bucketId: bucket,
        sourceKey: name,
        destinationKey: `${thief.id}/${crypto.randomUUID()}.png`,
      });
      const attempts = {
        download: await raw(thief, "GET", `${storage}/${bucket}/${name}`),
        "download as a user": await raw(thief, "GET", `${storage}/authenticated/${bucket}/${name}`),
        "public download": await raw(thief, "GET", `${storage}/public/${bucket}/${name}`),
        info: await raw(thief, "GET", `${storage}/info/${bucket}/${name}`),
        upload: await raw(thief, "POST", `${storage}/${bucket}/${name}`, spoiled),
        replace: await raw(thief, "PUT", `${storage}/${bucket}/${name}`, spoiled),
        sign: await raw(thief, "POST", `${storage}/sign/${bucket}/${name}`, json),
        "sign an upload": await raw(
          thief,
          "POST",
          `${storage}/upload/sign/${bucket}/${name}`,
          json,
        ),
        move: await raw(thief, "POST", `${storage}/move`, move),
        copy: await raw(thief, "POST", `${storage}/copy`, move),
        remove: await raw(thief, "DELETE", `${storage}/${bucket}/${name}`, json),
        "remove several": await raw(thief, "DELETE", `${storage}/${bucket}`, json),
      };
      for (const [verb, { status, body }] of Object.entries(attempts)) {
        assert.ok(status < 500, `${verb} answered ${status}`);
        assert.ok(!includes(body, pixel), `${verb} gave the picture away`);
      }
      // What was signed may be the thief's own upload, whose name is odd and not another's.
      const [, signed] =
        new TextDecoder().decode(attempts.sign.body).match(/"signedURL":"([^"]+)"/) ?? [];
      if (!signed) return;
      const { body } = await raw(thief, "GET", `/storage/v1${signed}`);
      assert.ok(!includes(body, pixel), "the signed address gave the picture away");
    });
  }
  const put = await namesOf(thief);
  for (const name of put) {
    const { data } = await thief.client.storage.from(bucket).download(name);
    assert.notDeepEqual(data && new Uint8Array(await data.arrayBuffer()), pixel, name);
  }
  const { data } = await victim.client.storage.from(bucket).download(`${victim.id}/${file}`);
  assert.deepEqual(new Uint8Array(await data!.arrayBuffer()), pixel);
  const { data: listed } = await victim.client.storage.from(bucket).list(victim.id);
  assert.deepEqual(listed?.map(({ name }) => name), [file]);
  for (const name of put) {
    assert.ok(name.startsWith(`${thief.id}/`) && !/(^|\/)\.\.?(\/|$)|\\|\p{Cc}/u.test(name), name);
  }
});

Deno.test("no name that means another's picture has it tried on or analysed", async () => {
  const { victim, thief, file } = await victimAndThief();
  const own = `${thief.id}/own.png`;
  await thief.client.storage.from(bucket).upload(own, pixel, { contentType: "image/png" });
  const plain = Object.values(tricks(thief.id, victim.id, file));
  for (const name of plain.flatMap((trick) => [trick, safeDecoded(trick)])) {
    for (
      const [path, body] of [
        ["try-on", { product: "modera", person_path: name, garment_path: own }],
        ["try-on", { product: "modera", person_path: own, garment_path: name }],
        ["style-analysis", { product: "modera", photo_path: name }],
      ] as const
    ) {
      const { status } = await callJson(path, { caller: thief, key: freshKey(), body });
      assert.ok([400, 403, 404, 422, 429].includes(status), `${path} of ${name}: ${status}`);
    }
  }
  assert.deepEqual(await balanceOf(thief), { posted: 20, pending: 0, available: 20 });
});

function safeDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
