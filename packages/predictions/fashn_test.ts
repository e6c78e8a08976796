import assert from "node:assert/strict";
import { FakeProvider } from "./fake_provider.ts";
import { fashn } from "./fashn.ts";

const settings = {
  token: "fa-token",
  webhookSecret: "our own secret",
  outputHosts: ["cdn.fashn.ai"],
};
const provider = (baseUrl: string) => fashn({ ...settings, baseUrl });
const request = {
  operation: "try-on",
  input: { person_image: "https://x/p", garment_image: "https://x/g" },
  webhookUrl: "https://x/hook?prediction=1",
};

Deno.test("FASHN: inputs get its names, and the webhook goes into the address", async () => {
  await using fake = new FakeProvider(() => Response.json({ id: "f1", error: null }));
  assert.deepEqual(await provider(fake.url).create(request), { id: "f1", state: "starting" });
  assert.deepEqual(fake.requests, [{
    method: "POST",
    path: `/v1/run?webhook_url=${encodeURIComponent(request.webhookUrl)}`,
    authorization: "Bearer fa-token",
    body: {
      model_name: "tryon-v1.6",
      inputs: { model_image: "https://x/p", garment_image: "https://x/g" },
    },
  }]);
});

Deno.test("FASHN: it does nothing but try-on", () => {
  const { does } = provider("http://x");
  assert.deepEqual([does("try-on"), does("upscale")], [true, false]);
});

Deno.test("FASHN: a result costs what is set, a failure nothing", async () => {
  const output = ["https://cdn.fashn.ai/f1/output_0.png"];
  const failure = { name: "ImageLoadError", message: "x" };
  for (
    const [body, cost] of [
      [{ id: "f1", status: "completed", output, error: null }, 75_000],
      [{ id: "f1", status: "failed", error: failure }, undefined],
    ]
  ) {
    await using fake = new FakeProvider(() => Response.json(body));
    const priced = fashn({ ...settings, baseUrl: fake.url, microsPerResult: 75_000 });
    assert.equal((await priced.get("f1")).costMicros, cost);
  }
});

const states: [unknown, unknown][] = [
  [{ id: "f1", status: "in_queue", error: null }, { id: "f1", state: "starting" }],
  [{ id: "f1", status: "processing", error: null }, { id: "f1", state: "processing" }],
  [
    {
      id: "f1",
      status: "completed",
      output: ["https://cdn.fashn.ai/f1/output_0.png"],
      error: null,
    },
    {
      id: "f1",
      state: "succeeded",
      output: {
        image: "https://cdn.fashn.ai/f1/output_0.png",
        engine: "fashn",
      },
    },
  ],
  [{
    id: "f1",
    status: "failed",
    error: { name: "ImageLoadError", message: "Error loading model image" },
  }, {
    id: "f1",
    state: "failed",
    failure: { code: "image_load_error", message: "Error loading model image" },
  }],
];
for (const [body, expected] of states) {
  Deno.test(`FASHN: ${(body as { status: string }).status} is read`, async () => {
    await using fake = new FakeProvider(() => Response.json(body));
    assert.deepEqual(await provider(fake.url).get("f1"), expected);
  });
}

Deno.test("FASHN: a webhook is a hint; what it says is asked from the API", async () => {
  await using fake = new FakeProvider(() =>
    Response.json({ id: "f1", status: "processing", error: null })
  );
  const one = provider(fake.url);
  const url = new URL(await one.webhookUrlFor("http://x/prediction-webhook", "our-id"));
  const rawBody = new TextEncoder().encode(
    JSON.stringify({ id: "f1", status: "completed", output: ["https://evil/x.png"] }),
  );
  const news = await one.readWebhook({ url, headers: new Headers(), rawBody });
  assert.deepEqual(news, { predictionId: "our-id", prediction: { id: "f1", state: "processing" } });
});

for (const token of ["", "00", "f".repeat(64)]) {
  Deno.test(`FASHN: a webhook at an address with the token "${token.slice(0, 4)}" is refused, and nothing is asked`, async () => {
    await using fake = new FakeProvider(() => Response.json({}));
    const url = new URL(`http://x/prediction-webhook?prediction=our-id&token=${token}`);
    await assert.rejects(
      provider(fake.url).readWebhook({ url, headers: new Headers(), rawBody: new Uint8Array() }),
      {
        status: 400,
        code: "invalid_signature",
      },
    );
    assert.equal(fake.requests.length, 0);
  });
}
