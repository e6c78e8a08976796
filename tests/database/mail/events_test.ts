import assert from "node:assert/strict";
import { Post } from "./post.ts";

const kim = "kim@example.com";

/** A post whose campaign was sent to Kim. */
async function sent(
  finish = true,
): Promise<{ post: Post; campaign: string; end(): Promise<void> }> {
  const post = await Post.open();
  await post.template("news");
  await post.people({ address: kim });
  const campaign = await post.draft();
  await post.begin(campaign);
  const claimed = await post.claim(campaign);
  const end = () => post.finish(claimed);
  if (finish) await end();
  return { post, campaign, end };
}

const open = (post: Post, topic: string, key: string) =>
  post.kernel.service<{ state: string; message_id: string; template: unknown }>("open_mail", {
    product: "acme",
    person: crypto.randomUUID(),
    recipient: kim,
    topic,
    language: "en",
    dedupe_key: key,
  });

Deno.test("F-23: states only move forward, in whatever order events arrive", async () => {
  const { post, campaign } = await sent();
  await using _ = post;
  const events = ["opened", "delivered", "clicked", "opened", "delivered", "bounced"];
  const states = [];
  for (const [n, state] of events.entries()) {
    await post.event(`e${n}`, state, kim);
    states.push(...Object.keys(await post.states(campaign)));
  }
  assert.deepEqual(states, ["opened", "opened", "clicked", "clicked", "clicked", "clicked"]);
  const [message] = await post.kernel.sql`
    select delivered_at is not null and opened_at is not null and clicked_at is not null as told from mail.messages`;
  assert.equal(message?.["told"], true);
});

Deno.test("an event is applied once, ten times at once", async () => {
  const { post } = await sent();
  await using _ = post;
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => post.event("e1", "complained", kim)),
  );
  const outcomes = answers.map(({ outcome }) => outcome).toSorted();
  assert.deepEqual(outcomes, ["applied", ...Array(9).fill("repeated")]);
});

Deno.test("F-23: events that overtake the answer to our request are applied when it comes", async () => {
  const { post, campaign, end } = await sent(false);
  await using _ = post;
  assert.equal((await post.event("e1", "opened", kim)).outcome, "deferred");
  assert.equal((await post.event("e2", "delivered", kim)).outcome, "deferred");
  await end();
  assert.deepEqual(await post.states(campaign), { opened: 1 });
  const [left] = await post.kernel.sql`
    select count(*)::int as waiting from events.inbox where state = 'received'`;
  assert.equal(left?.["waiting"], 0);
});

Deno.test("a bounce suppresses all mail, an unsubscription campaigns only, a soft bounce nothing", async () => {
  for (
    const [state, permanent, reachable, notices] of [
      ["bounced", true, 0, "suppressed"],
      ["complained", true, 0, "suppressed"],
      ["bounced", false, 1, "sending"],
    ] as const
  ) {
    const { post } = await sent();
    await using _ = post;
    await post.event("e1", state, kim, permanent);
    const count = await post.asAdmin<{ reachable: number }>("count_audience", {
      product: "acme",
      audience: {},
    });
    assert.equal(count.reachable, reachable);
    assert.equal((await open(post, "acme.done", "k1")).state, notices);
  }
  const { post } = await sent();
  await using _ = post;
  await post.asAdmin("suppress_mail", {
    product: "acme",
    address: "KIM@example.com",
    because: "x",
  });
  const audience = { product: "acme", audience: {} };
  assert.deepEqual(await post.asAdmin("count_audience", audience), { people: 1, reachable: 0 });
  assert.equal((await open(post, "acme.done", "k1")).state, "sending");
  await post.asAdmin("lift_mail_suppression", {
    product: "acme",
    address: kim,
    reason: "unsubscribe",
    because: "asked again",
  });
  assert.deepEqual(await post.asAdmin("count_audience", audience), { people: 1, reachable: 1 });
});

Deno.test("an address that one product may not write to is another's all the same", async () => {
  const { post } = await sent();
  await using _ = post;
  await post.event("e1", "complained", kim);
  const [row] = await post.kernel.sql`
    select mail.is_suppressed('acme', mail.address_digest(${kim}), false) as acme,
      mail.is_suppressed('other', mail.address_digest(${kim}), true) as other`;
  assert.deepEqual({ ...row }, { acme: true, other: false });
});

Deno.test("an address stays suppressed when its person is erased, and is kept nowhere", async () => {
  await using post = await Post.open();
  await post.template("news");
  const person = await post.kernel.user();
  await post.people({ person, address: kim });
  const campaign = await post.draft();
  await post.begin(campaign);
  await post.finish(await post.claim(campaign));
  await post.event("e1", "bounced", kim);
  await post.kernel.sql`select private.erase_rows(${person})`;
  const [kept] = await post.kernel.sql`
    select count(*)::int as rows from mail.messages where recipient is not null or variables <> '{}'`;
  assert.equal(kept?.["rows"], 0);
  assert.equal((await open(post, "acme.done", "k1")).state, "suppressed");
});

Deno.test("a notice has one message, in the template of its topic when there is one", async () => {
  await using post = await Post.open();
  assert.equal((await open(post, "acme.done", "k0")).template, null);
  await post.template("acme.done", { subject: "Done" });
  const first = await open(post, "acme.done", "k1");
  assert.equal(Object(first.template).subject, "Done");
  await post.template("acme.done", { subject: "Other", expected_version: 1 });
  const again = await open(post, "acme.done", "k1");
  assert.deepEqual(again, first);
  await post.kernel.service("close_mail", {
    message_id: first.message_id,
    provider_message_id: "re_kim",
  });
  assert.equal((await open(post, "acme.done", "k1")).state, "sent");
});
