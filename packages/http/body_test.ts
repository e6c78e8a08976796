import assert from "node:assert/strict";
import { isDeeperThan, parseJson, readBody } from "./body.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("a body that declares too much is refused without being read", async () => {
  let pulled = 0;
  const body = new ReadableStream<Uint8Array>({ pull: () => void pulled++ }, { highWaterMark: 0 });
  const headers = { "content-length": "1000" };
  const request = new Request("http://x", { method: "POST", body, headers });
  await assert.rejects(readBody(request, 999), { code: "payload_too_large", status: 413 });
  assert.equal(pulled, 0);
});

const undeclared: Record<string, string>[] = [
  {},
  { "content-length": "10", "transfer-encoding": "chunked" },
  { "content-length": "ten" },
  { "content-length": "" },
  { "content-length": "-1" },
  { "content-length": "10, 10" },
];
for (const headers of undeclared) {
  Deno.test(
    `a body of a length that counts for nothing is cut off where it passes the limit: ${
      JSON.stringify(headers)
    }`,
    async () => {
      let sent = 0;
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          sent += 10;
          controller.enqueue(new Uint8Array(10));
          if (sent === 1000) controller.close();
        },
      }, { highWaterMark: 0 });
      const request = new Request("http://x", { method: "POST", body, headers });
      await assert.rejects(readBody(request, 100), { status: 413 });
      assert.ok(sent <= 120);
    },
  );
}

Deno.test("a body of the length that it declares is read whole", async () => {
  const body = "x".repeat(100);
  const headers = { "content-length": "100" };
  const request = new Request("http://x", { method: "POST", body, headers });
  assert.deepEqual(await readBody(request, 100), bytes(body));
});

Deno.test("depth is counted outside of strings only", () => {
  assert.equal(isDeeperThan('{"a":"[[[[[[{{{{"}', 2), false);
  assert.equal(isDeeperThan('{"a":"\\"[[[[["}', 1), false);
  assert.equal(isDeeperThan("[[[1]]]", 2), true);
  assert.equal(isDeeperThan("[[1],[1],[1]]", 2), false);
});

Deno.test("text that is no JSON, no UTF-8 or nothing is 400", () => {
  for (
    const wrong of [bytes(""), bytes("{"), new Uint8Array([0xff, 0xfe]), bytes("[".repeat(33))]
  ) {
    assert.throws(() => parseJson(wrong), { code: "invalid_request", status: 400 });
  }
  assert.deepEqual(parseJson(bytes('{"a":[1]}')), { a: [1] });
});

Deno.test("text that cannot be stored is refused by its field; an escaped backslash is none", () => {
  for (const wrong of ['{"a":{"b":"x\\u0000"}}', '{"a":{"b":"\\ud800"}}']) {
    assert.throws(() => parseJson(bytes(wrong)), {
      status: 422,
      extra: {
        errors: [{ field: "a.b", message: "Text may hold neither NUL nor half a surrogate pair." }],
      },
    });
  }
  assert.deepEqual(parseJson(bytes('["\\\\u0000","\\u00e9"]')), ["\\u0000", "é"]);
});
