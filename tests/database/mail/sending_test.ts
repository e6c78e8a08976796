import assert from "node:assert/strict";
import { Post } from "./post.ts";

const addresses = Array.from({ length: 250 }, (_, n) => `person${n}@example.com`);

async function sending(count: number, per_minute = 60_000): Promise<[Post, string]> {
  const post = await Post.open();
  await post.template("news");
  await post.people(...addresses.slice(0, count).map((address) => ({ address })));
  const campaign = await post.draft({ per_minute });
  await post.begin(campaign);
  return [post, campaign];
}

Deno.test("ten workers at once claim each message once", async () => {
  const [post, campaign] = await sending(250);
  await using _ = post;
  await post.kernel.database.advanceClock("1 second");
  const reached: string[] = [];
  const work = async () => {
    for (let tries = 0; tries < 20; tries++) {
      const claimed = await post.claim(campaign);
      if (!claimed.batch) {
        if (claimed.state === "completed") return;
        await post.kernel.database.advanceClock("1 second");
        continue;
      }
      reached.push(...claimed.batch.messages.map(({ to }) => to));
      await post.finish(claimed);
    }
  };
  await Promise.all(Array.from({ length: 10 }, work));
  assert.deepEqual(reached.toSorted(), addresses.toSorted());
  assert.deepEqual(await post.states(campaign), { sent: 250 });
});

Deno.test("the batch of a worker that died is repeated as it was, under the same name", async () => {
  const [post, campaign] = await sending(120);
  await using _ = post;
  const first = await post.claim(campaign);
  await post.kernel.database.advanceClock("30 seconds");
  const second = await post.claim(campaign);
  assert.notEqual(second.batch!.batch_id, first.batch!.batch_id);
  await post.finish(second);
  assert.ok((await post.claim(campaign)).wait_seconds);
  await post.kernel.database.advanceClock("31 seconds");
  assert.deepEqual(await post.claim(campaign), first);
  await post.finish(first);
  assert.deepEqual(await post.claim(campaign), { state: "completed" });
  assert.deepEqual(await post.states(campaign), { sent: 120 });
});

Deno.test("what the mail service would not know again after a day is not repeated", async () => {
  const [post, campaign] = await sending(2);
  await using _ = post;
  const claimed = await post.claim(campaign);
  await post.kernel.database.advanceClock("23 hours 5 minutes");
  assert.deepEqual(await post.claim(campaign), { state: "completed" });
  assert.deepEqual(await post.states(campaign), { uncertain: 2 });
  await post.finish(claimed);
  assert.deepEqual(await post.states(campaign), { sent: 2 });
});

Deno.test("the throttle lets so many go each minute and no more", async () => {
  const [post, campaign] = await sending(50, 60);
  await using _ = post;
  let sent = 0;
  for (let second = 0; second < 30; second++) {
    const claimed = await post.claim(campaign);
    sent += claimed.batch?.messages.length ?? 0;
    if (claimed.batch) await post.finish(claimed);
    else assert.ok(claimed.wait_seconds !== undefined);
    await post.kernel.database.advanceClock("1 second");
  }
  assert.ok(sent >= 30 && sent <= 40, `${sent} in half a minute`);
});

Deno.test("who unsubscribes after the queueing is not written to", async () => {
  const [post, campaign] = await sending(3, 6);
  await using _ = post;
  const first = await post.claim(campaign);
  await post.finish(first);
  const left = addresses.slice(0, 3).filter((one) => one !== first.batch!.messages[0]!.to);
  const [row] = await post.kernel.sql`
    select encode(mail.address_digest(${left[0]!}), 'hex') as digest`;
  await post.kernel.service("unsubscribe_mail", { product: "acme", digest_hex: row!["digest"] });
  for (let n = 0; n < 2; n++) {
    await post.kernel.database.advanceClock("1 minute");
    const claimed = await post.claim(campaign);
    if (claimed.batch) await post.finish(claimed);
  }
  assert.deepEqual(await post.states(campaign), { sent: 2, suppressed: 1 });
});

Deno.test("each message of a batch gets what the mail service said of it", async () => {
  const [post, campaign] = await sending(3);
  await using _ = post;
  const { batch } = await post.claim(campaign);
  const [sent, refused] = batch!.messages;
  const results = [
    { message_id: sent!.message_id, provider_message_id: "re_1" },
    { message_id: refused!.message_id, reason: "422 validation_error" },
  ];
  const args = { batch_id: batch!.batch_id, results };
  await post.kernel.service("finish_mail_batch", args);
  await post.kernel.service("finish_mail_batch", args);
  assert.deepEqual(await post.states(campaign), { sent: 1, failed: 1, uncertain: 1 });
});
