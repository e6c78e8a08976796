import assert from "node:assert/strict";
import { callJson, platformDatabase } from "../harness/platform.ts";
import { newAdmin, type ProblemBody } from "./people.ts";

type Partner = {
  code: string;
  name: string;
  domains: string[];
  commission_rate: number;
  click_parameter: string;
  active: boolean;
  has_secret: boolean;
  updated_at: string;
};

const freshCode = () => `shop-${crypto.randomUUID().slice(0, 8)}`;

/** A partner's description, with what a test changes in it. */
function described(code: string, change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: `Shop ${code}`,
    domains: ["shop.example.com"],
    commission_rate: 0.1,
    currency: "USD",
    ...change,
  };
}

async function put<T = Partner>(code: string, change: Record<string, unknown> = {}) {
  const caller = await newAdmin("modera");
  return await callJson<T>(`partners/${code}`, {
    method: "PUT",
    caller,
    body: described(code, change),
  });
}

Deno.test("a partner is made, changed and closed by one call, which may be repeated", async () => {
  const code = freshCode();
  const made = await put(code);
  assert.deepEqual([made.status, made.body.active, made.body.click_parameter], [200, true, "ref"]);
  assert.equal((await put(code)).body.updated_at, made.body.updated_at);
  const changed = await put(code, { commission_rate: 0.0725, active: false });
  assert.deepEqual([changed.body.commission_rate, changed.body.active], [0.0725, false]);
  const caller = await newAdmin("modera");
  const { body } = await callJson<{ partners: Partner[] }>("partners", { caller });
  assert.deepEqual(body.partners.find((partner) => partner.code === code), changed.body);
  const sql = platformDatabase();
  const audited = await sql`select from audit.log where subject = ${`partner:${code}`}`;
  await sql.end();
  assert.equal(audited.length, 2);
});

Deno.test("domains are host names, kept as browsers write them", async () => {
  const { body } = await put(freshCode(), { domains: ["Shop.Example.COM", "магазин.example.com"] });
  assert.deepEqual(body.domains, ["shop.example.com", "xn--80aairftm.example.com"]);
});

for (
  const [what, change] of [
    ["an address", { domains: ["https://shop.example.com"] }],
    ["a path", { domains: ["shop.example.com/x"] }],
    ["a port", { domains: ["shop.example.com:8443"] }],
    ["credentials", { domains: ["evil.example.net@shop.example.com"] }],
    ["one label", { domains: ["com"] }],
    ["an address of the network", { domains: ["127.0.0.1"] }],
    ["no domain", { domains: [] }],
    ["more than all", { commission_rate: 1.1 }],
    ["a rate below nothing", { commission_rate: -0.1 }],
    ["an unknown currency", { currency: "XXX" }],
    ["a parameter that is none", { click_parameter: "a&b" }],
    ["a field of its own", { secret: "mine" }],
  ] as const
) {
  Deno.test(`a partner is not made with ${what}`, async () => {
    const { status, body } = await put<ProblemBody>(freshCode(), change);
    assert.deepEqual([status, body.code], [422, "invalid_request"]);
  });
}

Deno.test("two partners have two names", async () => {
  const [one, other] = [freshCode(), freshCode()];
  await put(one, { name: `Same ${one}` });
  const { status, body } = await put<ProblemBody>(other, { name: `Same ${one}` });
  assert.deepEqual([status, body.code], [409, "partner_name_taken"]);
});

Deno.test("a secret is told once and shown nowhere else", async () => {
  const code = freshCode();
  await put(code);
  const caller = await newAdmin("modera");
  const { body } = await callJson<{ secret: string; previous_until: string | null }>(
    `partners/${code}/secret`,
    { caller, body: {} },
  );
  assert.match(body.secret, /^whsec_/);
  assert.equal(body.previous_until, null);
  const list = await callJson<{ partners: Partner[] }>("partners", { caller });
  assert.ok(!JSON.stringify(list.body).includes(body.secret));
  assert.equal(list.body.partners.find((partner) => partner.code === code)?.has_secret, true);
  const unknown = await callJson<ProblemBody>(`partners/${freshCode()}/secret`, {
    caller,
    body: {},
  });
  assert.deepEqual([unknown.status, unknown.body.code], [404, "unknown_partner"]);
});
