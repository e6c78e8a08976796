import assert from "node:assert/strict";
import { createTesseraClient, type TesseraOptions } from "./mod.ts";

/** A server that gives the answers in turn, the last one for ever, and keeps the requests. */
function server(...answers: (Response | Error)[]) {
  const requests: Request[] = [];
  const pauses: number[] = [];
  const options: TesseraOptions = {
    url: "https://project.example.com/",
    publishableKey: "sb_publishable_1",
    accessToken: "token",
    fetch: (input, init) => {
      requests.push(new Request(input, init));
      const answer = answers[Math.min(requests.length, answers.length) - 1];
      return answer instanceof Error
        ? Promise.reject(answer)
        : Promise.resolve((answer ?? new Response()).clone());
    },
    sleep: (ms) => {
      pauses.push(ms);
      return Promise.resolve();
    },
  };
  return { requests, pauses, options };
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  Response.json(body, { status, headers });
const unavailable = json(503, { code: "provider_unavailable", detail: "Down." }, {
  "retry-after": "7",
});
const keyOf = (request: Request | undefined) => request?.headers.get("idempotency-key");
const picture = { product: "modera", person_path: "a", garment_path: "b" };

Deno.test("a call carries the key, the token and an idempotency key of its own", async () => {
  const { options, requests } = server(json(202, { try_on_id: "1" }));
  const client = createTesseraClient(options);
  const { data, error } = await client.tryOn.start(picture);
  assert.deepEqual([data, error], [{ try_on_id: "1" }, null]);
  await client.tryOn.start(picture);
  await client.tryOn.start(picture, { idempotencyKey: "mine" });
  const [first, second, third] = requests;
  assert.equal(first?.url, "https://project.example.com/functions/v1/try-on");
  assert.equal(first.headers.get("apikey"), "sb_publishable_1");
  assert.equal(first.headers.get("authorization"), "Bearer token");
  assert.deepEqual(await first.json(), picture);
  assert.match(keyOf(first) ?? "", /^[0-9a-f-]{36}$/);
  assert.notEqual(keyOf(first), keyOf(second));
  assert.equal(keyOf(third), "mine");
});

Deno.test("no answer and 503 are tried again with the same key, after the pause that was asked for", async () => {
  const { options, requests, pauses } = server(
    new TypeError("connection reset"),
    unavailable,
    json(201, { number: "INV-1" }),
  );
  const { data } = await createTesseraClient(options).checkout({
    product: "modera",
    offer: "basic",
  });
  assert.equal(data?.number, "INV-1");
  assert.equal(new Set(requests.map(keyOf)).size, 1);
  assert.equal(requests.length, 3);
  assert.ok(pauses[0]! >= 250 && pauses[0]! <= 500);
  assert.equal(pauses[1], 7000);
});

Deno.test("after the last try the problem is the answer", async () => {
  const { options, requests } = server(unavailable);
  const { error } = await createTesseraClient({ ...options, retries: 2 }).tryOn.start(picture);
  assert.deepEqual([error?.status, error?.code, error?.retryAfterSeconds], [
    503,
    "provider_unavailable",
    7,
  ]);
  assert.equal(requests.length, 3);
});

Deno.test("a refusal is not tried again, and its particulars are there", async () => {
  const refused = json(402, {
    type: "urn:tessera:problem:insufficient_credits",
    title: "Insufficient credits",
    status: 402,
    code: "insufficient_credits",
    detail: "3 are needed.",
    request_id: "r1",
    required: 3,
    available: 2,
  });
  const { options, requests } = server(refused);
  const { data, error } = await createTesseraClient(options).tryOn.start(picture);
  assert.equal(data, null);
  assert.deepEqual(error, {
    status: 402,
    code: "insufficient_credits",
    detail: "3 are needed.",
    requestId: "r1",
    errors: [],
    retryAfterSeconds: null,
    extra: { required: 3, available: 2 },
  });
  assert.equal(requests.length, 1);
});

Deno.test("an answer that is no problem document is told by its status", async () => {
  const { options } = server(new Response("<html>", { status: 404 }));
  const { error } = await createTesseraClient(options).tryOn.get("x");
  assert.deepEqual([error?.status, error?.code], [404, "unexpected_answer"]);
});

Deno.test("no answer at all is an error and nothing is thrown", async () => {
  const { options } = server(new TypeError("refused"));
  const { error } = await createTesseraClient(options).creditBalance({ product: "modera" });
  assert.deepEqual([error?.status, error?.code], [0, "network_error"]);
});

Deno.test("the token is asked for at every try", async () => {
  const { options, requests } = server(unavailable, json(200, {}));
  const tokens = ["old", "new"];
  const supabase = {
    auth: {
      getSession: () =>
        Promise.resolve({ data: { session: { access_token: tokens.shift() ?? "" } } }),
    },
  };
  await createTesseraClient({ ...options, supabase }).tryOn.get("1");
  const sent = requests.map((request) => request.headers.get("authorization"));
  assert.deepEqual(sent, ["Bearer old", "Bearer new"]);
});

Deno.test("a token that cannot be had is an error and nothing is thrown", async () => {
  const { options, requests } = server(json(200, {}));
  const accessToken = () => Promise.reject(new Error("The session has ended."));
  const { error } = await createTesseraClient({ ...options, accessToken }).tryOn.get("1");
  assert.deepEqual([error?.code, error?.detail], ["no_token", "The session has ended."]);
  assert.equal(requests.length, 0);
});

Deno.test("a statement is read to its end, page by page", async () => {
  const entry = (amount: number) => ({ entry_id: `${amount}`, amount });
  const { options, requests } = server(
    json(200, { entries: [entry(-3)], next_cursor: "1" }),
    json(200, { entries: [entry(50)], next_cursor: null }),
  );
  const amounts: number[] = [];
  for await (const page of createTesseraClient(options).statement({ product: "modera" })) {
    amounts.push(...page.data?.map(({ amount }) => amount) ?? []);
  }
  assert.deepEqual(amounts, [-3, 50]);
  assert.deepEqual(requests.map(({ url }) => new URL(url).search), [
    "?product=modera",
    "?product=modera&cursor=1",
  ]);
});

Deno.test("a statement ends after a page that failed", async () => {
  const { options } = server(json(401, { code: "unauthorized" }));
  const pages = await Array.fromAsync(
    createTesseraClient(options).statement({ product: "modera" }),
  );
  assert.deepEqual(pages.map(({ error }) => error?.code), ["unauthorized"]);
});

Deno.test("waiting ends with the try-on, or with the patience", async () => {
  const { options, requests, pauses } = server(
    json(200, { status: "active" }),
    json(200, { status: "processing" }),
    json(200, { status: "failed", failure: { code: "no_person", message: "Nobody." } }),
  );
  const { data } = await createTesseraClient(options).tryOn.wait("1", { everyMs: 10 });
  assert.equal(data?.failure?.code, "no_person");
  assert.deepEqual([requests.length, pauses], [3, [10, 10]]);

  const endless = server(json(200, { status: "active" }));
  const { error } = await createTesseraClient(endless.options).tryOn
    .wait("1", { everyMs: 10, timeoutMs: 30 });
  assert.equal(error?.code, "wait_timeout");
  assert.equal(endless.requests.length, 4);
});

Deno.test("waiting can be given up", async () => {
  const { options } = server(json(200, { status: "active" }));
  const abort = new AbortController();
  const client = createTesseraClient({
    ...options,
    sleep: () => Promise.resolve(abort.abort()),
  });
  const { error } = await client.tryOn.wait("1", { signal: abort.signal });
  assert.equal(error?.code, "aborted");
});

Deno.test("what could act twice is tried again only when nothing was done", async () => {
  const rotated = { code: "acme", grace_hours: 1 };
  const lost = server(unavailable);
  await createTesseraClient(lost.options).admin.partners.newSecret(rotated);
  assert.equal(lost.requests.length, 1);
  const limited = server(json(429, { code: "rate_limited" }), json(200, { secret: "s" }));
  const { data } = await createTesseraClient(limited.options).admin.partners.newSecret(rotated);
  assert.deepEqual([data?.secret, limited.requests.length], ["s", 2]);
});

Deno.test("fields go where they belong: path, query and body", async () => {
  const { options, requests } = server(json(200, {}));
  const client = createTesseraClient(options);
  await client.admin.settings.history({ key: "a b", product: "modera" });
  await client.admin.partners.newSecret({ code: "acme", grace_hours: 2 });
  await client.account.keep();
  const [read, changed, kept] = requests;
  assert.match(read?.url ?? "", /\/settings\/a%20b\/history\?product=modera$/);
  assert.deepEqual([read?.method, read?.body], ["GET", null]);
  assert.match(changed?.url ?? "", /\/partners\/acme\/secret$/);
  assert.deepEqual(await changed?.json(), { grace_hours: 2 });
  assert.equal(kept?.method, "DELETE");
});

Deno.test("an answer that is text, or nothing, is no error", async () => {
  const fetch = () =>
    Promise.resolve(new Response("tessera_up 1", { headers: { "content-type": "text/plain" } }));
  const { options } = server();
  const { data } = await createTesseraClient({ ...options, fetch, secretKey: "k" }).metrics();
  assert.equal(data, "tessera_up 1");
  const nothing = server(new Response(null, { status: 204 }));
  assert.equal((await createTesseraClient(nothing.options).account.keep()).error, null);
});

Deno.test("a debit goes with the secret key and no user's token", async () => {
  const { options, requests } = server(json(200, { entry_id: "1", amount: 3 }));
  const client = createTesseraClient({ ...options, secretKey: "sb_secret_1" });
  await client.debit({ product: "modera", holder: "h", feature: "tryon" });
  assert.equal(requests[0]?.headers.get("apikey"), "sb_secret_1");
  assert.equal(requests[0]?.headers.get("authorization"), null);
  await assert.rejects(
    async () =>
      await createTesseraClient(options).debit({ product: "modera", holder: "h", amount: 1 }),
    TypeError,
  );
});
