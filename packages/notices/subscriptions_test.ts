import assert from "node:assert/strict";
import { fakeDatabase } from "../http/fakes.ts";
import { serviceCaller } from "../database/database.ts";
import type { Json } from "../database/types.ts";
import { toText } from "./message.ts";
import { readerOf } from "./reader.ts";
import { subscriptionNotices } from "./subscriptions.ts";

const holder = "0b9e4c1a-53d7-4f0e-9a61-2c7d88e10001";
const standing = { holder, plan_title: "Basic", current_period_end: "2026-02-01T00:00:00Z" };

async function letter(topic: string, payload: Json, language = "en"): Promise<string> {
  const declared = subscriptionNotices({ name: "Acme" }).find((one) => one.topic === topic)!;
  const notice = declared.about({ payload, at: "2026-01-01T00:00:00Z" });
  assert.deepEqual(notice.people, [holder]);
  const write = await notice.prepare(fakeDatabase().as(serviceCaller));
  return toText(write!(readerOf(language, "UTC"))!);
}

Deno.test("a month that was not paid is told with what happens next", async () => {
  const failed = { ...standing, amount: 999, currency: "USD", next_attempt_at: null };
  const last = await letter("subscription.payment_failed", failed);
  assert.match(last, /^Your payment for Basic did not go through\n[^]*\$9\.99[^]*do not try again/);
  const next = { ...failed, next_attempt_at: "2026-02-04T00:00:00Z" };
  assert.match(await letter("subscription.payment_failed", next), /try again on .*4/);
});

Deno.test("the end is told when it is decided, with its day, and when it has come", async () => {
  assert.match(await letter("subscription.ending", standing), /until .*1.*2026/);
  assert.match(await letter("subscription.ended", standing), /^Your plan Basic has ended/);
  assert.match(await letter("subscription.ended", standing, "ru"), /^Тариф Basic закончился/);
});
