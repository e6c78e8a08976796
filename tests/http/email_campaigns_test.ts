import assert from "node:assert/strict";
import { callFunction, callJson, newUser, type User } from "../harness/platform.ts";
import { eventually } from "../harness/eventually.ts";
import { audience, type Campaign, draft, mailEvent, saveTemplate } from "./campaign.ts";
import { type Mail, mailsTo, mailTo } from "./mailbox.ts";
import { newAdmin, type ProblemBody } from "./people.ts";

const schedule = <T = Campaign>(admin: User, id: string, body: object = {}) =>
  callJson<T>(`email-campaigns/${id}/schedule`, { caller: admin, body });

const watch = async (admin: User, id: string) =>
  (await callJson<Campaign>(`email-campaigns/${id}`, { caller: admin })).body;

const completed = (admin: User, id: string) =>
  eventually(() => watch(admin, id), ({ state }) => state === "completed");

/** A campaign that was sent to so many people. */
async function sent(size: number) {
  const admin = await newAdmin();
  const { people, languages } = await audience(size);
  const id = await draft(admin, { audience: { languages } });
  assert.equal((await schedule(admin, id)).status, 202);
  await completed(admin, id);
  return { admin, people, languages, id };
}

const headerOf = (mail: Mail | undefined, name: string) =>
  (mail as unknown as { headers: Record<string, string> }).headers[name] ?? "";

Deno.test("a campaign reaches each of its audience once, by name, and lets them unsubscribe", async () => {
  const { admin, people, id } = await sent(3);
  for (const { email } of people) {
    const [mail] = await mailsTo(email);
    assert.equal(mail?.subject, "Hello Kim");
    assert.match(mail?.text ?? "", /^Hello Kim, an offer\. http/);
    assert.equal(headerOf(mail, "List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    assert.equal((await mailTo(email)).length, 1);
  }
  const { recipients, messages } = await watch(admin, id);
  assert.deepEqual([recipients, messages], [3, { sent: 3 }]);
});

Deno.test("RFC 8058: one click of a mail program unsubscribes, without a session; a link checker's GET does not", async () => {
  const { admin, people: [kim], languages, id } = await sent(1);
  const [mail] = await mailsTo(kim!.email);
  const link = headerOf(mail, "List-Unsubscribe").slice(1, -1);
  assert.ok(mail?.html.includes(link.replaceAll("&", "&amp;")));
  const click = async (method: string) => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const body = method === "POST" ? "List-Unsubscribe=One-Click" : null;
    const answer = await fetch(link, { method, headers, body });
    return [answer.status, await answer.json()];
  };
  assert.deepEqual(await click("GET"), [200, { product: "modera", subscribed: true }]);
  for (let n = 0; n < 2; n++) {
    assert.deepEqual(await click("POST"), [200, { product: "modera", subscribed: false }]);
  }
  assert.deepEqual(await click("GET"), [200, { product: "modera", subscribed: false }]);
  assert.equal((await watch(admin, id)).unsubscribed, 1);
  const again = await draft(admin, { audience: { languages } });
  const refused = await schedule<ProblemBody>(admin, again);
  assert.deepEqual([refused.status, refused.body.code], [422, "audience_empty"]);
});

Deno.test("a forged unsubscribe link is not ours", async () => {
  for (const token of ["x", `modera.${crypto.randomUUID()}.${"0".repeat(64)}.${"0".repeat(64)}`]) {
    const answer = await callFunction(`email-unsubscribe?token=${token}`, { method: "POST" });
    assert.equal(answer.status, 404);
    await answer.body?.cancel();
  }
});

Deno.test("a campaign to nobody and one with a missing variable are named errors, and nothing is sent", async () => {
  const admin = await newAdmin();
  const { people: [kim], languages } = await audience(1);
  const nobody = await draft(admin, { audience: { languages, min_credits: 1_000_000 } });
  const missing = await draft(admin, { audience: { languages }, variables: {} });
  const template = await saveTemplate(admin, { text: "No way out", html: "No way out" });
  const closed = await draft(admin, { audience: { languages }, template });
  const codes: [string, string][] = [
    [nobody, "audience_empty"],
    [missing, "missing_variable"],
    [closed, "unsubscribe_link_missing"],
  ];
  for (const [id, code] of codes) {
    const refused = await schedule<ProblemBody>(admin, id);
    assert.deepEqual([refused.status, refused.body.code], [422, code]);
    assert.equal((await watch(admin, id)).state, "draft");
  }
  assert.deepEqual(await mailTo(kim!.email), []);
});

Deno.test("a filter that is not the product's is refused by its field", async () => {
  const admin = await newAdmin();
  const template = await saveTemplate(admin);
  const body = { product: "modera", name: "x", template, audience: { everybody: true } };
  const refused = await callJson<ProblemBody>("email-campaigns", { caller: admin, body });
  assert.deepEqual([refused.status, refused.body.errors?.[0]?.field], [422, "audience.everybody"]);
  const other = await callJson<ProblemBody>("email-campaigns", {
    caller: admin,
    body: { ...body, product: "none", audience: {} },
  });
  assert.deepEqual([other.status, other.body.code], [404, "unknown_product"]);
});

Deno.test("an admin of another product neither sees nor sends", async () => {
  const [admin, other] = [await newAdmin("modera"), await newAdmin("dtf")];
  const { languages } = await audience(1);
  const id = await draft(admin, { audience: { languages } });
  for (
    const answer of [
      await callJson<ProblemBody>(`email-campaigns/${id}`, { caller: other }),
      await schedule<ProblemBody>(other, id),
      await callJson<ProblemBody>("email-templates?product=modera", { caller: other }),
      await callJson<ProblemBody>("email-logs?product=modera", { caller: other }),
      await callJson<ProblemBody>("email-campaigns?product=modera", { caller: await newUser() }),
    ]
  ) assert.deepEqual([answer.status, answer.body.code], [403, "admin_required"]);
});

Deno.test("a preview is what would be sent; a template with undeclared variables is refused", async () => {
  const admin = await newAdmin();
  const name = await saveTemplate(admin);
  const preview = (variables: object) =>
    callJson<{ html: string } & ProblemBody>(`email-templates/${name}/preview?product=modera`, {
      caller: admin,
      body: { variables },
    });
  const shown = await preview({ first_name: "<Kim>", offer: "more" });
  assert.match(shown.body.html, /Hello &lt;Kim&gt;, more/);
  const lacking = await preview({});
  assert.deepEqual([lacking.status, lacking.body.code, lacking.body["variables"]], [
    422,
    "missing_variable",
    ["offer"],
  ]);
  await assert.rejects(saveTemplate(admin, { subject: "{{surname}}" }), /422/);
});

Deno.test("F-23: what the mail service tells moves a message forward, once, and never back", async () => {
  const { admin, people: [kim], id } = await sent(1);
  const [mail] = await mailsTo(kim!.email);
  const event = { id: `msg_${crypto.randomUUID()}` };
  const tell = async (type: string, difference = {}) =>
    (await mailEvent(`email.${type}`, mail!.id, difference)).body.outcome;
  assert.equal(await tell("clicked", event), "applied");
  assert.equal(await tell("clicked", event), "repeated");
  assert.equal(await tell("delivered"), "applied");
  assert.equal(await tell("delivery_delayed"), "ignored");
  assert.deepEqual((await watch(admin, id)).messages, { clicked: 1 });
  const logs = await callJson<{ messages: Record<string, unknown>[] }>(
    `email-logs?product=modera&person=${kim!.id}`,
    { caller: admin },
  );
  const [message] = logs.body.messages;
  assert.deepEqual([message?.["state"], message?.["to"]], ["clicked", kim!.email]);
  assert.ok(message?.["delivered_at"]);
});

Deno.test("who complains, or whose address bounces for good, is not written to; a full mailbox is", async () => {
  const { admin, people: [kim, lee, ada], languages } = await sent(3);
  const told: [User, string, string?][] = [
    [kim!, "email.complained"],
    [lee!, "email.bounced", "Permanent"],
    [ada!, "email.bounced", "Transient"],
  ];
  for (const [user, type, bounce] of told) {
    const [mail] = await mailsTo(user.email);
    await mailEvent(type, mail!.id, bounce ? { bounce } : {});
  }
  const count = await callJson<{ people: number; reachable: number }>("email-campaigns/audience", {
    caller: admin,
    body: { product: "modera", audience: { languages } },
  });
  assert.deepEqual(count.body, { people: 3, reachable: 1 });
  const lookup = await callJson<{ suppressions: { reason: string }[] }>(
    "email-suppressions/lookup",
    { caller: admin, body: { product: "modera", address: lee!.email } },
  );
  assert.deepEqual(lookup.body.suppressions.map(({ reason }) => reason), ["bounce"]);
});

Deno.test("events that the mail service did not sign now are refused", async () => {
  const forged = [
    { secret: "whsec_Z3Vlc3NndWVzc2d1ZXNzZ3Vlc3M=" },
    { at: new Date(Date.now() - 6 * 60_000) },
    { sent: '{"type":"email.complained"}' },
  ];
  for (const difference of forged) {
    const { status, body } = await mailEvent("email.opened", "re_1", difference);
    assert.deepEqual([status, body.code], [400, "invalid_signature"]);
  }
});
