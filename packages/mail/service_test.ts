import assert from "node:assert/strict";
import { mailFromEnv, MailNotTaken, MailRefused, type MailService, resend } from "./service.ts";

const mail = { product: "acme", to: "kim@example.com", subject: "Hi", html: "<b>", text: "Hi" };

interface Received {
  headers: Headers;
  path: string;
  body: unknown;
}

/** Sends to a mail service that answers so; returns what it received. */
async function sent<T>(
  status: number,
  answer: unknown,
  send: (service: MailService) => Promise<T>,
): Promise<Received & { result: T }> {
  const received: Received[] = [];
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const server = Deno.serve(options, async (request) => {
    const { headers, url } = request;
    received.push({ headers, path: new URL(url).pathname, body: await request.json() });
    return Response.json(answer, { status });
  });
  try {
    const apiUrl = `http://127.0.0.1:${server.addr.port}/mail`;
    const from = (product: string) => `${product} <${product}@example.com>`;
    const result = await send(resend({ apiUrl, apiKey: "re_key", from }));
    return { ...received[0]!, result };
  } finally {
    await server.shutdown();
  }
}

const one = (service: MailService) => service.send(mail, "key/1");
const all = (service: MailService) => service.sendAll([mail, mail], "key/2");
const written = {
  from: "acme <acme@example.com>",
  to: ["kim@example.com"],
  subject: "Hi",
  html: "<b>",
  text: "Hi",
};

Deno.test("a mail has sender, subject, both forms of the words, and its key", async () => {
  const { headers, path, body, result } = await sent(200, { id: "m1" }, one);
  assert.deepEqual([result, path, body], ["m1", "/mail/emails", written]);
  assert.equal(headers.get("authorization"), "Bearer re_key");
  assert.equal(headers.get("idempotency-key"), "key/1");
});

Deno.test("many mails are one request, and answered in their order", async () => {
  const { headers, path, body, result } = await sent(
    200,
    { data: [{ id: "m1" }, { id: "m2" }] },
    all,
  );
  assert.deepEqual([result, path, body], [["m1", "m2"], "/mail/emails/batch", [written, written]]);
  assert.equal(headers.get("idempotency-key"), "key/2");
});

Deno.test("an address that is refused is hopeless; limits, faults and wrong keys are not", async () => {
  await assert.rejects(sent(422, { name: "validation_error" }, one), MailRefused);
  for (const status of [401, 403, 429, 500, 503]) {
    await assert.rejects(sent(status, { name: "x" }, all), MailNotTaken);
  }
  await assert.rejects(sent(409, { name: "concurrent_idempotent_requests" }, one), MailNotTaken);
});

Deno.test("the same key with other words was sent before", async () => {
  const answer = { name: "invalid_idempotent_request" };
  assert.equal((await sent(409, answer, one)).result, null);
  assert.equal((await sent(409, answer, all)).result, null);
});

Deno.test("without a key there is no mail; with one a sender is needed", () => {
  const read = (values: Record<string, string>) => (name: string) => values[name];
  assert.equal(mailFromEnv(read({})), null);
  assert.throws(() => mailFromEnv(read({ RESEND_API_KEY: "re_1" })), /MAIL_FROM/);
  assert.ok(mailFromEnv(read({ RESEND_API_KEY: "re_1", MAIL_FROM: "a" })));
});
