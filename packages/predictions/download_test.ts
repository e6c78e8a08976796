import assert from "node:assert/strict";
import { downloadOutput } from "./download.ts";
import { FakeProvider } from "./fake_provider.ts";

const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3, 4);

Deno.test("a picture on the provider's own host is taken", async () => {
  await using fake = new FakeProvider(() => new Response(png));
  const file = await downloadOutput(`${fake.url}/r.png`, [fake.host]);
  assert.deepEqual(file, { bytes: png, mimeType: "image/png" });
});

for (
  const address of [
    "http://169.254.169.254/latest/meta-data",
    "file:///etc/passwd",
    "nonsense",
    "ftp://127.0.0.1/",
  ]
) {
  Deno.test(`M-25: ${address} is never fetched`, async () => {
    await assert.rejects(downloadOutput(address, ["127.0.0.1"]), {
      code: "output_invalid",
      transient: false,
    });
  });
}

Deno.test("M-25: a host that is not the provider's is never asked, whatever its address looks like", async () => {
  await using foreign = new FakeProvider(() => new Response(png));
  const port = foreign.host.split(":")[1];
  for (
    const address of [
      `${foreign.url}/r.png`,
      `http://api.example.com@${foreign.host}/r.png`,
      `http://api.example.com:80@${foreign.host}/r.png`,
      `http://localhost:${port}/r.png`,
      `http://2130706433:${port}/r.png`,
      `http://[::ffff:127.0.0.1]:${port}/api.example.com`,
    ]
  ) {
    await assert.rejects(downloadOutput(address, ["api.example.com", "127.0.0.1"]), {
      code: "output_invalid",
      transient: false,
    });
  }
  assert.deepEqual(foreign.requests, []);
});

Deno.test("a redirect to another host is not followed", async () => {
  await using fake = new FakeProvider(() => Response.redirect("http://127.0.0.1:9/secret", 302));
  await assert.rejects(downloadOutput(fake.url, [fake.host]), { name: "ProviderError" });
});

Deno.test("what only calls itself a picture is refused", async () => {
  await using fake = new FakeProvider(() =>
    new Response("<html>", { headers: { "content-type": "image/png" } })
  );
  await assert.rejects(downloadOutput(fake.url, [fake.host]), {
    code: "output_invalid",
    transient: false,
  });
});

Deno.test("a file over the limit is given up while it streams", async () => {
  const endless = () =>
    new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1024 * 1024)) });
  await using fake = new FakeProvider(() => new Response(endless()));
  await assert.rejects(downloadOutput(fake.url, [fake.host]), /larger than/);
});

for (const [status, transient] of [[500, true], [429, true], [404, false]] as const) {
  Deno.test(`an output that answers ${status} is ${transient ? "transient" : "permanent"}`, async () => {
    await using fake = new FakeProvider(() => new Response(null, { status }));
    await assert.rejects(downloadOutput(fake.url, [fake.host]), { transient });
  });
}
