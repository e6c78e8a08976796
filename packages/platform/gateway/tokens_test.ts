import assert from "node:assert/strict";
import { base64url } from "../keys.ts";
import { keyId, tokensOf } from "./tokens.ts";

const encoder = new TextEncoder();
const encode = (value: unknown) => base64url(encoder.encode(JSON.stringify(value)));

async function sign(secret: string, header: object, claims: object): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, [
    "sign",
  ]);
  const body = `${encode(header)}.${encode(claims)}`;
  return `${body}.${
    base64url(new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(body))))
  }`;
}

const header = { alg: "HS256", typ: "JWT" };
const later = () => Math.floor(Date.now() / 1000) + 60;

Deno.test("a good token comes back with the same claims and the key id", async () => {
  const tokens = await tokensOf("s3cret");
  const verified = await tokens.verify(await sign("s3cret", header, { sub: "a", exp: later() }));
  const [head = "", payload = ""] = (verified?.withKeyId ?? "").split(".");
  assert.equal(JSON.parse(atob(head)).kid, keyId);
  assert.equal(JSON.parse(atob(payload)).sub, "a");
  assert.ok(await tokens.verify(verified?.withKeyId ?? ""), "what it signs it accepts");
});

const forgeries: Record<string, () => Promise<string>> = {
  "signed with another secret": () => sign("other", header, { sub: "a", exp: later() }),
  "that has expired": () => sign("s3cret", header, { sub: "a", exp: later() - 120 }),
  "that never expires": () => sign("s3cret", header, { sub: "a" }),
  "that says it is not signed": async () => {
    const token = await sign("s3cret", { alg: "none" }, { sub: "a", exp: later() });
    return token;
  },
  "whose claims were changed": async () => {
    const [head, , signature] = (await sign("s3cret", header, { sub: "a", exp: later() })).split(
      ".",
    );
    return `${head}.${encode({ sub: "b", exp: later() })}.${signature}`;
  },
  "that is no token": () => Promise.resolve("a.b.c"),
};

for (const [what, forge] of Object.entries(forgeries)) {
  Deno.test(`a token ${what} is refused`, async () => {
    assert.equal(await (await tokensOf("s3cret")).verify(await forge()), null);
  });
}
