import assert from "node:assert/strict";
import { type Delivery, NotSent, Unreachable } from "./channel.ts";
import { emailChannel, emailFromEnv } from "./email.ts";
import { readerOf } from "./reader.ts";

const delivery: Delivery = {
  to: "kim@example.com",
  message: { subject: "Привет", blocks: [{ kind: "paragraph", text: "a < b" }], footer: "Bye" },
  reader: readerOf("ru", "UTC"),
  key: "fact/kim",
  signal: new AbortController().signal,
};

interface Received {
  headers: Headers;
  path: string;
  body: Record<string, unknown>;
}

/** Sends to a mail service that answers so; returns what it received. */
async function sent(status: number, answer: unknown): Promise<Received & { id: string }> {
  const received: Received[] = [];
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const server = Deno.serve(options, async (request) => {
    const { headers, url } = request;
    received.push({ headers, path: new URL(url).pathname, body: await request.json() });
    return Response.json(answer, { status });
  });
  try {
    const apiUrl = `http://127.0.0.1:${server.addr.port}/mail`;
    const settings = { apiUrl, apiKey: "re_key", from: "Shop <shop@example.com>" };
    const id = await emailChannel(settings).send(delivery);
    return { ...received[0]!, id };
  } finally {
    await server.shutdown();
  }
}

Deno.test("a mail has sender, subject, both forms of the words, and the notice's key", async () => {
  const { headers, path, body, id } = await sent(200, { id: "m1" });
  assert.deepEqual([id, path], ["m1", "/mail/emails"]);
  assert.equal(headers.get("authorization"), "Bearer re_key");
  assert.equal(headers.get("idempotency-key"), "fact/kim");
  assert.deepEqual([body["from"], body["to"], body["subject"]], [
    "Shop <shop@example.com>",
    ["kim@example.com"],
    "Привет",
  ]);
  assert.match(String(body["html"]), /a &lt; b/);
  assert.match(String(body["text"]), /a < b/);
});

Deno.test("an address that is refused is hopeless; limits, faults and wrong keys are not", async () => {
  await assert.rejects(sent(422, { name: "validation_error" }), Unreachable);
  for (const status of [401, 403, 429, 500, 503]) {
    await assert.rejects(sent(status, { name: "x" }), NotSent);
  }
  await assert.rejects(sent(409, { name: "concurrent_idempotent_requests" }), NotSent);
});

Deno.test("the same key with other words was sent before", async () => {
  assert.equal((await sent(409, { name: "invalid_idempotent_request" })).id, "");
});

Deno.test("without a key there is no mail; with one a sender is needed", () => {
  const read = (values: Record<string, string>) => (name: string) => values[name];
  assert.equal(emailFromEnv(read({})), null);
  assert.throws(() => emailFromEnv(read({ RESEND_API_KEY: "re_1" })), /MAIL_FROM/);
  assert.equal(emailFromEnv(read({ RESEND_API_KEY: "re_1", MAIL_FROM: "a" }))?.name, "email");
});
