import assert from "node:assert/strict";
import { Webhook } from "standardwebhooks";
import { Refusal } from "../refusal.ts";
import { protocolApp } from "./app.ts";
import { Engine, type Make } from "./engine.ts";
import type { Prediction } from "./prediction.ts";

const secret = `whsec_${btoa("a secret of 24 characters")}`;
const headers = { authorization: "Bearer token", "content-type": "application/json" };
const picture = `data:image/png;base64,${btoa("a picture")}`;
const input = { person_image: picture, garment_image: picture };

/** A receiver of webhooks that answers with the given statuses in turn, then 200. */
class Receiver implements AsyncDisposable {
  readonly deliveries: { headers: Headers; body: string }[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #waiting: (() => void)[] = [];

  constructor(statuses: number[] = []) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      async (request) => {
        const body = await request.text();
        this.deliveries.push({ headers: request.headers, body });
        for (const wake of this.#waiting.splice(0)) wake();
        return new Response(null, { status: statuses.shift() ?? 200 });
      },
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/hook`;
  }

  /** Resolves when `count` deliveries have come in. */
  async received(count: number): Promise<void> {
    while (this.deliveries.length < count) {
      await new Promise<void>((wake) => this.#waiting.push(wake));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

const models = {
  "tessera/try-on": { pictures: ["person_image", "garment_image"] },
  "tessera/style-analysis": { pictures: ["photo_image"] },
  "tessera/rendition": { pictures: ["image"], quick: true },
};

const makes: Make = ({ pictures: { person_image } }) =>
  Promise.resolve({
    ...(person_image ? { files: { image: { bytes: person_image, type: "image/png" } } } : {}),
    output: { engine: "local-preview" },
  });

function start(make: Make = makes, settings: { keepFilesBytes?: number } = {}) {
  const stopping = new AbortController();
  const engine = new Engine({
    url: "http://engine.test",
    models,
    make,
    webhooks: { secret, retryAfterMs: [1, 1, 1], signal: stopping.signal, log: () => {} },
    ...settings,
  });
  const app = protocolApp(engine, "token");
  const call = async (
    method: string,
    path: string,
    body?: unknown,
    more: Record<string, string> = {},
  ) => {
    const init = {
      method,
      headers: { ...headers, ...more },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    return await app.request(path, init);
  };
  /** Asks until the prediction has ended. */
  const ended = async (id: string): Promise<Prediction> => {
    for (;;) {
      const prediction: Prediction = await (await call("GET", `/v1/predictions/${id}`)).json();
      if (prediction.completed_at) return prediction;
      await new Promise((resume) => setTimeout(resume, 1));
    }
  };
  return { app, call, ended };
}

Deno.test("a prediction is taken, made, and its file served", async () => {
  const { app, call, ended } = start();
  const created = await call("POST", "/v1/models/tessera/try-on/predictions", { input });
  assert.equal(created.status, 201);
  const { id, status } = await created.json();
  assert.equal(status, "starting");
  const { output, error, metrics } = await ended(id);
  assert.equal(error, null);
  assert.equal(output?.["engine"], "local-preview");
  assert.ok(metrics.predict_time! >= 0);
  const file = await app.request(new URL(output?.["image"] as string).pathname);
  assert.equal(file.headers.get("content-type"), "image/png");
  assert.equal(await file.text(), "a picture");
});

Deno.test("what is quick does not wait for what takes long", async () => {
  const slow = Promise.withResolvers<void>();
  const { call, ended } = start(async ({ model }) => {
    if (model !== "tessera/rendition") await slow.promise;
    return { output: {} };
  });
  const ask = async (name: string, input: unknown) =>
    (await (await call("POST", `/v1/models/tessera/${name}/predictions`, { input })).json()).id;
  const long = await ask("try-on", input);
  await ended(await ask("rendition", { image: picture }));
  assert.equal((await (await call("GET", `/v1/predictions/${long}`)).json()).completed_at, null);
  slow.resolve();
  await ended(long);
});

Deno.test("results take so much memory and no more: the oldest go first", async () => {
  const { app, call, ended } = start(makes, { keepFilesBytes: 20 });
  const made: string[] = [];
  for (let i = 0; i < 4; i++) {
    const { id } =
      await (await call("POST", "/v1/predictions", { version: "tessera/try-on", input }))
        .json();
    const { output } = await ended(id);
    made.push(new URL(output?.["image"] as string).pathname);
  }
  // Each has 9 bytes.
  const statuses = await Promise.all(made.map(async (path) => (await app.request(path)).status));
  assert.deepEqual(statuses, [404, 404, 200, 200]);
});

Deno.test("a model that makes no picture answers without one", async () => {
  const { call, ended } = start();
  const body = { version: "tessera/style-analysis", input: { photo_image: picture } };
  const { id } = await (await call("POST", "/v1/predictions", body)).json();
  const { model, output } = await ended(id);
  assert.deepEqual([model, output], ["tessera/style-analysis", { engine: "local-preview" }]);
});

Deno.test("a model gets its own pictures and no other's, and an unknown one is 404", async () => {
  const { call } = start();
  const asked = async (path: string, body: unknown) => (await call("POST", path, body)).status;
  const photo = { input: { photo_image: picture } };
  assert.equal(await asked("/v1/models/tessera/style-analysis/predictions", photo), 201);
  assert.equal(await asked("/v1/models/tessera/style-analysis/predictions", { input }), 422);
  assert.equal(await asked("/v1/models/tessera/try-on/predictions", photo), 422);
  assert.equal(await asked("/v1/models/tessera/nothing/predictions", photo), 404);
  assert.equal(await asked("/v1/predictions", { version: "toString", ...photo }), 404);
});

Deno.test("a refusal is a failure whose error begins with its code", async () => {
  const { call, ended } = start(() =>
    Promise.reject(new Refusal("person_not_found", "No person can be seen."))
  );
  const { id } = await (await call("POST", "/v1/predictions", { version: "tessera/try-on", input }))
    .json();
  const { status, error, output } = await ended(id);
  assert.deepEqual([status, error, output], [
    "failed",
    "person_not_found: No person can be seen.",
    null,
  ]);
});

Deno.test("a fault of the engine shows nothing of its inside", async () => {
  const { call, ended } = start(() => Promise.reject(new Error("/secret/path: tensor of shape 3")));
  const { id } = await (await call("POST", "/v1/predictions", { input })).json();
  assert.equal((await ended(id)).error, "engine_failed: The engine failed on these pictures.");
});

Deno.test("a picture over the given size is refused before it is worked on", async () => {
  const { call, ended } = start();
  const big = `data:image/png;base64,${btoa("x".repeat(2048))}`;
  const body = { input: { ...input, garment_image: big, max_image_size_mb: 0.001 } };
  const { id } = await (await call("POST", "/v1/predictions", body)).json();
  assert.match((await ended(id)).error ?? "", /^picture_too_large: /);
});

Deno.test("an address that nobody answers is a failure with a code", async () => {
  const { call, ended } = start();
  const body = { input: { ...input, person_image: "http://127.0.0.1:9/p.png" } };
  const { id } = await (await call("POST", "/v1/predictions", body)).json();
  assert.match((await ended(id)).error ?? "", /^picture_unreachable: /);
});

Deno.test("a cancelled prediction stays cancelled", async () => {
  const begun = Promise.withResolvers<void>();
  const { call, ended } = start((_order, signal) => {
    begun.resolve();
    return new Promise((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason))
    );
  });
  const { id } = await (await call("POST", "/v1/predictions", { input })).json();
  await begun.promise;
  assert.equal((await call("POST", `/v1/predictions/${id}/cancel`)).status, 200);
  assert.equal((await ended(id)).status, "canceled");
});

Deno.test("a webhook is signed as Standard Webhooks asks and repeated under one id until it is taken", async () => {
  await using receiver = new Receiver([500, 503]);
  const { call } = start();
  await call("POST", "/v1/predictions", {
    input,
    webhook: receiver.url,
    webhook_events_filter: ["completed"],
  });
  await receiver.received(3);
  const ids = new Set(receiver.deliveries.map((delivery) => delivery.headers.get("webhook-id")));
  assert.equal(ids.size, 1);
  const { headers: signed, body } = receiver.deliveries[2]!;
  const verified = new Webhook(secret).verify(body, Object.fromEntries(signed)) as Prediction;
  assert.equal(verified.status, "succeeded");
});

Deno.test("both events are told when none is chosen", async () => {
  await using receiver = new Receiver();
  const { call } = start();
  await call("POST", "/v1/predictions", { input, webhook: receiver.url });
  await receiver.received(2);
  const states = receiver.deliveries.map(({ body }) => JSON.parse(body).status);
  assert.deepEqual(states.toSorted(), ["processing", "succeeded"]);
});

const badBodies: [string, unknown, number, RegExp][] = [
  ["no input", {}, 422, /^input: /],
  ["an unknown member", { input: { ...input, prompt: "x" } }, 422, /prompt/],
  [
    "a local file",
    { input: { ...input, person_image: "file:///etc/passwd" } },
    422,
    /^input.person_image: /,
  ],
  ["a webhook that is no address", { input, webhook: "nonsense" }, 422, /^webhook: /],
];
for (const [name, body, status, detail] of badBodies) {
  Deno.test(`a request with ${name} is refused with ${status}`, async () => {
    const response = await start().call("POST", "/v1/predictions", body);
    assert.equal(response.status, status);
    assert.match((await response.json()).detail, detail);
  });
}

Deno.test("what is not JSON is refused with 400", async () => {
  const response = await start().app.request("/v1/predictions", {
    method: "POST",
    headers,
    body: "{",
  });
  assert.equal(response.status, 400);
});

for (const authorization of ["", "Bearer wrong", "token"]) {
  Deno.test(`the authorization "${authorization}" is refused`, async () => {
    const { call } = start();
    for (
      const [method, path] of [["POST", "/v1/predictions"], ["GET", "/v1/predictions/x"], [
        "GET",
        "/v1/webhooks/default/secret",
      ]]
    ) {
      assert.ok(
        [400, 401].includes(
          (await call(method!, path!, method === "POST" ? { input } : undefined, { authorization }))
            .status,
        ),
      );
    }
  });
}

Deno.test("an unknown prediction or file is 404", async () => {
  const { call, app } = start();
  assert.equal((await call("GET", "/v1/predictions/nope")).status, 404);
  assert.equal((await app.request("/files/nope.png")).status, 404);
});
