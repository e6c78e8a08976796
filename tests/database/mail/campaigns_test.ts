import assert from "node:assert/strict";
import { Post, refusal, words } from "./post.ts";

const [kim, lee, ada] = ["kim@example.com", "lee@example.com", "ada@example.com"];

/** A post with the template `news` and these people. */
async function written(...addresses: string[]): Promise<Post> {
  const post = await Post.open();
  await post.template("news");
  await post.people(...addresses.map((address) => ({ address })));
  return post;
}

Deno.test("a campaign reaches each address of its audience once", async () => {
  await using post = await written(kim, lee, "KIM@example.com ");
  const campaign = await post.draft();
  assert.deepEqual(await post.begin(campaign), { state: "sending" });
  assert.deepEqual(await post.kernel.service("begin_campaign", { campaign_id: campaign }), {
    state: "sending",
  });
  const claimed = await post.claim(campaign);
  const reached = claimed.batch!.messages.map(({ to }) => to.trim().toLowerCase());
  assert.deepEqual(reached.toSorted(), [kim, lee]);
  await post.finish(claimed);
  assert.deepEqual(await post.claim(campaign), { state: "completed" });
  assert.deepEqual(await post.states(campaign), { sent: 2 });
});

Deno.test("F-23: a person has one message of a campaign, whoever writes it", async () => {
  await using post = await written(kim);
  const campaign = await post.draft();
  await post.begin(campaign);
  const again = post.kernel.sql`
    insert into mail.messages (product, person, recipient_digest, campaign_id)
    select product, person, ''::bytea, campaign_id from mail.messages`;
  await assert.rejects(again, /messages_campaign_id_person_key/);
});

Deno.test("F-23: a campaign's message keeps its recipient when the user is gone", async () => {
  await using post = await Post.open();
  await post.template("news");
  const person = await post.kernel.user();
  await post.people({ person, address: kim });
  const campaign = await post.draft();
  await post.begin(campaign);
  await post.kernel.sql`delete from auth.users where id = ${person}`;
  const [message] = await post.kernel.sql`select recipient from mail.messages`;
  assert.equal(message?.["recipient"], kim);
});

Deno.test("a campaign to nobody is refused, and nothing is queued", async () => {
  await using post = await written();
  const campaign = await post.draft();
  assert.equal(
    await refusal(post.asAdmin("schedule_campaign", { campaign_id: campaign })),
    "audience_empty",
  );
  const [{ jobs }] = await post.kernel.sql<[{ jobs: number }]>`
    select count(*)::int as jobs from jobs.queue where kind = 'mail.campaign'`;
  assert.equal(jobs, 0);
});

Deno.test("a campaign that has nobody left when it is due is cancelled by name", async () => {
  await using post = await written(kim);
  const campaign = await post.draft();
  await post.asAdmin("schedule_campaign", { campaign_id: campaign });
  await post.kernel.sql`delete from private.acme_people`;
  assert.deepEqual(await post.kernel.service("begin_campaign", { campaign_id: campaign }), {
    state: "cancelled",
    reason: "audience_empty",
  });
  assert.deepEqual(await post.states(campaign), {});
});

Deno.test("a campaign whose template lacks a value for somebody is refused, and nothing is sent", async () => {
  await using post = await written(kim);
  await post.people({ address: lee, name: null });
  const campaign = await post.draft();
  assert.equal(
    await refusal(post.asAdmin("schedule_campaign", { campaign_id: campaign })),
    "missing_variable",
  );
  const forAll = await post.draft({ variables: { name: "friend" } });
  assert.deepEqual(await post.begin(forAll), { state: "sending" });
  const { batch } = await post.claim(forAll);
  const names = batch!.messages.map(({ to, variables }) => [to, Object(variables).name]);
  assert.deepEqual(Object.fromEntries(names), { [kim]: "Kim", [lee]: "friend" });
});

Deno.test("a campaign's template must let people unsubscribe", async () => {
  await using post = await written(kim);
  for (const field of ["html", "plain"] as const) {
    await post.template(`no-${field}`, {
      [field]: words[field].replace("{{unsubscribe_url}}", ""),
    });
    const campaign = await post.draft({ template: `no-${field}` });
    assert.equal(
      await refusal(post.asAdmin("schedule_campaign", { campaign_id: campaign })),
      "unsubscribe_link_missing",
    );
  }
});

Deno.test("a filter that the product does not know is refused", async () => {
  await using post = await written(kim);
  assert.equal(await refusal(post.draft({ audience: { everyone: true } })), "invalid_request");
  const count = await post.asAdmin("count_audience", { product: "acme", audience: { name: "x" } });
  assert.deepEqual(count, { people: 0, reachable: 0 });
});

Deno.test("a campaign waits for its time; another time may be set before that", async () => {
  await using post = await written(kim);
  const campaign = await post.draft();
  const [{ soon }] = await post.kernel.sql<[{ soon: Date }]>`
    select private.now() + interval '1 hour' as soon`;
  await post.asAdmin("schedule_campaign", { campaign_id: campaign, run_at: soon });
  const begin = () => post.kernel.service("begin_campaign", { campaign_id: campaign });
  assert.deepEqual(await begin(), { state: "scheduled" });
  await post.kernel.database.advanceClock("61 minutes");
  assert.deepEqual(await begin(), { state: "sending" });
  assert.equal(
    await refusal(post.asAdmin("schedule_campaign", { campaign_id: campaign })),
    "illegal_transition",
  );
});

Deno.test("the template's version is fixed when the campaign is scheduled", async () => {
  await using post = await written(kim);
  const campaign = await post.draft();
  await post.asAdmin("schedule_campaign", { campaign_id: campaign });
  await post.template("news", { subject: "Changed", expected_version: 1 });
  await post.kernel.service("begin_campaign", { campaign_id: campaign });
  assert.equal((await post.claim(campaign)).batch!.template.subject, words.subject);
});

Deno.test("a cancelled campaign sends nothing more; what is under way ends", async () => {
  await using post = await written(kim, lee, ada);
  const campaign = await post.draft({ per_minute: 6 });
  await post.begin(campaign);
  const claimed = await post.claim(campaign);
  await post.asAdmin("cancel_campaign", { campaign_id: campaign });
  await post.finish(claimed);
  assert.deepEqual(await post.states(campaign), { sent: 1, cancelled: 2 });
  assert.deepEqual(await post.claim(campaign), { state: "cancelled" });
});

Deno.test("a campaign to 10,000 people is queued at once, whole", async () => {
  await using post = await Post.open();
  await post.template("news");
  await post.crowd(10_000);
  const campaign = await post.draft();
  await post.begin(campaign);
  assert.deepEqual(await post.states(campaign), { queued: 10_000 });
});
