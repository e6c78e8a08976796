import assert from "node:assert/strict";
import { PermanentFailure } from "../jobs/job.ts";
import { NotSent, Unreachable } from "./channel.ts";
import { FakeChannel, FakePost } from "./fakes.ts";

const kim = { id: "kim", addresses: { chat: "42", email: "kim@example.com" } };
const lee = { id: "lee", language: "ru", addresses: { email: "lee@example.com" } };

const fail = (error: Error) => () => Promise.reject(error);

Deno.test("each person is told by the preferred channel that reaches them, in their language", async () => {
  const [chat, email] = [new FakeChannel("chat", false), new FakeChannel("email")];
  const post = new FakePost([kim, lee], [chat, email]);
  assert.deepEqual(await post.work(), { done: { told: 2 } });
  assert.deepEqual(chat.sent.map(({ to, key }) => [to, key]), [["42", "done:1/kim"]]);
  assert.deepEqual(email.sent.map(({ to, message }) => [to, message.subject]), [
    ["lee@example.com", "Done (ru)"],
  ]);
});

Deno.test("who cannot be reached by one channel is told by the next", async () => {
  const [chat, email] = [new FakeChannel("chat", false), new FakeChannel("email")];
  chat.answer = fail(new Unreachable("blocked"));
  const post = new FakePost([kim], [chat, email]);
  assert.deepEqual(await post.work(), { done: { told: 1 } });
  assert.equal(email.sent.length, 1);
});

Deno.test("who can be reached by no channel is not tried again", async () => {
  const email = new FakeChannel("email");
  email.answer = fail(new Unreachable("no such address"));
  const post = new FakePost([kim], [email]);
  assert.deepEqual(await post.work(), { done: { told: 0 } });
  assert.equal(post.state("kim"), "failed");
});

Deno.test("what was surely not sent is sent by the next attempt; others are not told twice", async () => {
  const [chat, email] = [new FakeChannel("chat", false), new FakeChannel("email")];
  chat.answer = fail(new NotSent("busy"));
  const post = new FakePost([kim, lee], [chat, email]);
  assert.deepEqual(await post.work(), { retry: "busy" });
  assert.deepEqual([post.state("kim"), post.state("lee")], ["open", "sent"]);
  chat.answer = () => Promise.resolve("id");
  assert.deepEqual(await post.work(), { done: { told: 2 } });
  assert.deepEqual([chat.sent.length, email.sent.length], [2, 1]);
});

Deno.test("an attempt whose end is not known stays with its channel", async () => {
  const [chat, email] = [new FakeChannel("chat", false), new FakeChannel("email")];
  chat.answer = fail(new Error("connection reset"));
  const post = new FakePost([kim], [chat, email]);
  assert.deepEqual(await post.work(), { retry: "connection reset" });
  assert.equal(post.state("kim"), "sending");
  await post.work();
  assert.equal(email.sent.length, 0);
});

Deno.test("for nobody there is nothing to do", async () => {
  const email = new FakeChannel("email");
  const post = new FakePost([{ id: "gone" }], [email]);
  assert.deepEqual(await post.work(), { done: { told: 0 } });
  assert.equal(post.state("gone"), "skipped");
});

Deno.test("a fact of another form than was declared is hopeless", async () => {
  const odd = new FakePost([{ id: 7 as unknown as string }], [new FakeChannel("email")]);
  await assert.rejects(odd.work(), PermanentFailure);
});
