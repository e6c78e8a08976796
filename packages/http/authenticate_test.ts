import assert from "node:assert/strict";
import { authenticator } from "./authenticate.ts";

const url = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const text = (value: unknown) => url(new TextEncoder().encode(JSON.stringify(value)));

const secret = "a secret of at least thirty-two bytes";
const sub = "0b7f3c1e-6a51-4b4e-8f39-0d8c5a1f7a10";
const now = () => Math.floor(Date.now() / 1000);

const settings = {
  url: "http://api.test",
  publishableKeys: { default: "sb_publishable_x" },
  secretKeys: { default: "sb_secret_default", automations: "sb_secret_automations" },
  jwks: {
    keys: [{ kty: "oct", k: url(new TextEncoder().encode(secret)), alg: "HS256", kid: "local" }],
  },
};
const authenticate = authenticator(settings);

const claims = () => ({
  sub,
  role: "authenticated",
  aud: "authenticated",
  exp: now() + 60,
  email: "ada@example.com",
  user_metadata: { admin: true },
  session_id: "s1",
});

async function token(
  changes: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
  key = secret,
): Promise<string> {
  const signed = `${text({ alg: "HS256", kid: "local", ...header })}.${
    text({ ...claims(), ...changes })
  }`;
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const bytes = new TextEncoder().encode(key);
  const imported = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
  const signature = await crypto.subtle.sign("HMAC", imported, new TextEncoder().encode(signed));
  return `${signed}.${url(new Uint8Array(signature))}`;
}

const bearing = (value: string) =>
  new Request("http://x", { headers: { authorization: `Bearer ${value}` } });
const holding = (apikey: string) => new Request("http://x", { headers: { apikey } });

Deno.test("a user is who their token says, with the claims that policies use", async () => {
  const signed = await token();
  const { caller, userId, bucket } = await authenticate(bearing(signed), "user");
  assert.deepEqual([userId, bucket], [sub, `user:${sub}`]);
  assert.deepEqual(caller, {
    role: "authenticated",
    claims: { sub, role: "authenticated", aud: "authenticated", session_id: "s1" },
    token: signed,
  });
});

const forgeries: [string, () => Promise<string>][] = [
  ["signed with another secret", () => token({}, {}, "another secret of thirty-two bytes!!")],
  ["that ran out", () => token({ exp: now() - 1 })],
  ["that is not valid yet", () => token({ nbf: now() + 600 })],
  ["for another audience", () => token({ aud: "somebody-else" })],
  ["of the service role", () => token({ role: "service_role" })],
  ["of nobody signed in", () => token({ role: "anon" })],
  ["without a role", () => token({ role: undefined })],
  ["of no user", () => token({ sub: "me" })],
  ["of an unknown key", () => token({}, { kid: "other" })],
  ["without a key id", () => token({}, { kid: undefined })],
  ["without an algorithm", () => token({}, { alg: "none" })],
  ["without its signature", async () => (await token()).split(".").slice(0, 2).join(".") + "."],
  [
    "with changed claims",
    async () => {
      const [header, , signature] = (await token()).split(".");
      return `${header}.${text({ ...claims(), sub: crypto.randomUUID() })}.${signature}`;
    },
  ],
  ["that is a secret key", () => Promise.resolve("sb_secret_default")],
];

for (const [what, forged] of forgeries) {
  Deno.test(`a token ${what} is nobody's`, async () => {
    const attempt = authenticate(bearing(await forged()), "user");
    await assert.rejects(attempt, { status: 401, code: "unauthorized" });
  });
}

Deno.test("a secret key is good for its own name only", async () => {
  const named = await authenticate(holding("sb_secret_automations"), "secret:automations");
  assert.deepEqual([named.caller.role, named.bucket], ["service_role", "key:automations"]);
  const wrong: [string, "secret:automations" | "secret:default"][] = [
    ["sb_secret_default", "secret:automations"],
    ["sb_secret_automations", "secret:default"],
    ["sb_publishable_x", "secret:default"],
    ["sb_secret_defaul", "secret:default"],
    ["", "secret:default"],
  ];
  const eachIsRefused = async () => {
    for (const [key, mode] of wrong) {
      await assert.rejects(authenticate(holding(key), mode), { status: 401 });
    }
  };
  await eachIsRefused();
  for (const again of [1, 2]) {
    const { bucket } = await authenticate(holding("sb_secret_default"), "secret:default");
    assert.equal(bucket, "key:default", `time ${again}`);
    await eachIsRefused();
  }
});

Deno.test("a user's token does not open what a key guards, nor a key what a user may", async () => {
  await assert.rejects(authenticate(bearing(await token()), "secret:default"), { status: 401 });
  await assert.rejects(authenticate(holding("sb_secret_default"), "user"), { status: 401 });
});

Deno.test("a project without keys is our fault, not the caller's", async () => {
  const keyless = authenticator({
    url: "http://api.test",
    publishableKeys: {},
    secretKeys: {},
    jwks: null,
  });
  const attempt = keyless(holding("sb_secret_default"), "secret:default");
  await assert.rejects(attempt, { status: 500, code: "internal" });
});

Deno.test("where the issuer is known, a token of another or of none is nobody's", async () => {
  const issuer = "https://project.supabase.co/auth/v1";
  const strict = authenticator(settings, issuer);
  const { userId } = await strict(bearing(await token({ iss: issuer })), "user");
  assert.equal(userId, sub);
  for (const iss of ["https://other.supabase.co/auth/v1", `${issuer}/`, undefined]) {
    await assert.rejects(strict(bearing(await token({ iss })), "admin"), { status: 401 });
  }
  const named = await strict(holding("sb_secret_automations"), "secret:automations");
  assert.equal(named.bucket, "key:automations");
});

Deno.test("while the signing key is rotated, tokens of both keys are good; then of the new one alone", async () => {
  const key = (kid: string) => ({ ...settings.jwks.keys[0]!, kid });
  const both = authenticator({ ...settings, jwks: { keys: [key("local"), key("next")] } });
  const after = authenticator({ ...settings, jwks: { keys: [key("next")] } });
  const [old, next] = [bearing(await token()), bearing(await token({}, { kid: "next" }))];
  assert.equal((await both(old, "user")).userId, sub);
  assert.equal((await both(next, "user")).userId, sub);
  assert.equal((await after(next, "user")).userId, sub);
  await assert.rejects(after(old, "user"), { status: 401 });
});
