import assert from "node:assert/strict";
import { testPlatform } from "../harness/environment.ts";
import { anonymous, newUser, platformDatabase, service } from "../harness/platform.ts";

Deno.test("a person signs up, signs out and signs in again through the gateway", async () => {
  const client = anonymous();
  const credentials = { email: `${crypto.randomUUID()}@example.com`, password: "correct horse" };
  const up = await client.auth.signUp(credentials);
  assert.equal(up.error, null);
  await client.auth.signOut();
  const wrong = await client.auth.signInWithPassword({
    ...credentials,
    password: "battery staple",
  });
  assert.equal(wrong.error?.status, 400);
  const { data, error } = await client.auth.signInWithPassword(credentials);
  assert.equal(error, null);
  assert.equal(data.user?.id, up.data.user?.id);
  const refreshed = await client.auth.refreshSession();
  assert.equal(refreshed.error, null);
  await client.auth.signOut();
});

Deno.test("the e-mail for a forgotten password arrives at the emulated Resend", async () => {
  const { email, client } = await newUser();
  const { error } = await client.auth.resetPasswordForEmail(email);
  assert.equal(error, null);
  const answer = await fetch(`${testPlatform().mail_url}/emails`, {
    headers: { authorization: "Bearer re_local" },
  });
  const { data } = await answer.json();
  assert.ok(data.some(({ to }: { to: string[] }) => to.includes(email)), Deno.inspect(data));
});

Deno.test("the user that signed up is a row of auth.users", async () => {
  const user = await newUser();
  await using sql = disposable(platformDatabase());
  const rows = await sql.sql`select email from auth.users where id = ${user.id}`;
  assert.deepEqual([...rows], [{ email: user.email }]);
});

Deno.test("a user made by the admin API signs in by a magic link that nobody was sent", async () => {
  const { admin } = service().auth;
  const id = crypto.randomUUID();
  const email = `${id}@example.com`;
  const made = await admin.createUser({ id, email, email_confirm: true });
  assert.deepEqual([made.error, made.data.user?.id], [null, id]);
  const again = await admin.createUser({ id, email, email_confirm: true });
  assert.equal(again.error?.code, "email_exists");

  const link = await admin.generateLink({ type: "magiclink", email });
  const token_hash = link.data.properties?.hashed_token ?? "";
  const { data, error } = await anonymous().auth.verifyOtp({ type: "magiclink", token_hash });
  assert.deepEqual([error, data.user?.id], [null, id]);
  const twice = await anonymous().auth.verifyOtp({ type: "magiclink", token_hash });
  assert.equal(twice.error?.code, "otp_expired");

  assert.equal((await admin.deleteUser(id)).error, null);
  assert.equal((await admin.getUserById(id)).error?.status, 404);
});

Deno.test("the admin API is for secret keys", async () => {
  const { client } = await newUser();
  for (const caller of [anonymous(), client]) {
    const { error } = await caller.auth.admin.deleteUser(crypto.randomUUID());
    assert.equal(error?.code, "not_admin");
  }
});

Deno.test("the Data API refuses an unknown key and a missing one", async () => {
  const { api_url, publishable_key } = testPlatform();
  for (const headers of [{}, { apikey: "sb_publishable_wrong" }]) {
    const answer = await fetch(`${api_url}/rest/v1/nothing`, { headers });
    assert.equal(answer.status, 401);
    await answer.body?.cancel();
  }
  const known = await fetch(`${api_url}/auth/v1/health`, { headers: { apikey: publishable_key } });
  assert.equal(known.status, 200);
  await known.body?.cancel();
});

Deno.test("a token with a forged signature is refused by the Data API", async () => {
  const { api_url, publishable_key } = testPlatform();
  const { token } = await newUser();
  const forged = token.slice(0, -6) + (token.endsWith("AAAAAA") ? "BBBBBB" : "AAAAAA");
  const answer = await fetch(`${api_url}/rest/v1/users`, {
    headers: {
      apikey: publishable_key,
      authorization: `Bearer ${forged}`,
      "accept-profile": "modera",
    },
  });
  assert.equal(answer.status, 401);
  await answer.body?.cancel();
});

Deno.test("the Data API gives nothing of a schema that is not exposed, not even to the secret key", async () => {
  for (const schema of ["ledger", "auth", "private", "vault", "storage"]) {
    const { error, status } = await service().schema(schema).from("accounts").select();
    assert.equal(status, 406, schema);
    assert.ok(error);
  }
});

Deno.test("the Data API grants nobody anything by itself", async () => {
  await newUser();
  await anonymous().schema("modera").from("users").select();
  await using sql = disposable(platformDatabase());
  const grants = await sql.sql`
    select table_schema, table_name from information_schema.role_table_grants
    where grantee = 'anon' and table_schema in ('ledger', 'billing', 'events', 'jobs', 'limits', 'audit', 'private')`;
  assert.deepEqual([...grants], []);
});

function disposable(sql: ReturnType<typeof platformDatabase>) {
  return { sql, [Symbol.asyncDispose]: () => sql.end() };
}
