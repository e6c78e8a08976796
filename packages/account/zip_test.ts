import assert from "node:assert/strict";
import { unzipSync } from "fflate";
import { type ArchiveFile, zip } from "./zip.ts";

const text = (content: string) => new TextEncoder().encode(content);

async function* filesOf(
  ...files: [name: string, compress: boolean, ...chunks: Uint8Array<ArrayBuffer>[]][]
) {
  for (const [name, compress, ...chunks] of files) {
    const content = (async function* () {
      for (const chunk of chunks) yield await Promise.resolve(chunk);
    })();
    yield { name, compress, modified: new Date("2026-05-01T12:00:00Z"), content };
  }
}

async function bytesOf(archive: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(
    await new Blob(await Array.fromAsync(archive, (chunk) => chunk.slice())).arrayBuffer(),
  );
}

Deno.test("an archive has its files, compressed or not, in chunks or empty", async () => {
  const noise = crypto.getRandomValues(new Uint8Array(40_000));
  const archive = await bytesOf(zip(filesOf(
    ["data/a.json", true, text("[1,"), text("2]")],
    ["files/ö.png", false, noise.subarray(0, 1), noise.subarray(1)],
    ["empty.txt", true],
  )));
  const found = unzipSync(archive);
  assert.deepEqual(Object.keys(found), ["data/a.json", "files/ö.png", "empty.txt"]);
  assert.deepEqual(found["data/a.json"], text("[1,2]"));
  assert.deepEqual(found["files/ö.png"], noise);
  assert.equal(found["empty.txt"]?.length, 0);
});

Deno.test("a file is read no faster than the archive is taken", async () => {
  let given = 0;
  async function* endless(): AsyncGenerator<ArchiveFile> {
    const content = (async function* () {
      for (;;) {
        given++;
        yield await Promise.resolve(new Uint8Array(1_000_000));
      }
    })();
    yield { name: "large.bin", compress: false, modified: new Date(), content };
  }
  const archive = zip(await Promise.resolve(endless()));
  let taken = 0;
  for await (const { length } of archive) {
    taken += length;
    if (taken > 50_000_000) break;
  }
  assert.ok(given <= 52, `${given} MB were read for 50`);
});

Deno.test("what a file throws, the archive throws", async () => {
  async function* broken(): AsyncGenerator<ArchiveFile> {
    const content = (async function* () {
      yield await Promise.resolve(text("a"));
      throw new Error("Storage is away.");
    })();
    yield { name: "a", compress: true, modified: new Date(), content };
  }
  await assert.rejects(bytesOf(zip(await Promise.resolve(broken()))), /Storage is away/);
});
