import assert from "node:assert/strict";
import { newUser, platformDatabase, type User } from "../harness/platform.ts";
import { eventually } from "../harness/eventually.ts";
import { mailAbout, mailsTo, mailTo } from "./mailbox.ts";
import { deliver, type Sale, sale, sessionOf, stripeEvent } from "./stripe.ts";

async function paidBy(user: User): Promise<Sale> {
  const sold = await sale(user);
  await deliver(stripeEvent("checkout.session.completed", sessionOf(sold)));
  return sold;
}

async function noticesOf(user: User): Promise<Record<string, unknown>[]> {
  const sql = platformDatabase();
  try {
    return [
      ...await sql`
      select topic, state, channel, reason from events.notices where person = ${user.id} order by id`,
    ];
  } finally {
    await sql.end();
  }
}

Deno.test("who paid gets one receipt by mail, with what was paid and what for", async () => {
  const user = await newUser();
  const sold = await paidBy(user);
  const [mail] = await mailsTo(user.email);
  assert.equal(mail?.subject, `Receipt ${sold.number}`);
  for (const part of [sold.number, "$4.99", "50 credits"]) {
    assert.ok(mail?.text.includes(part) && mail.html.includes(part), part);
  }
  await eventually(() => noticesOf(user), (all) => all[0]?.["state"] === "sent");
  assert.equal((await mailTo(user.email)).length, 1);
});

Deno.test("a receipt is written in the person's language", async () => {
  const user = await newUser();
  const sold = await sale(user);
  const { error } = await user.client.schema("modera").from("users")
    .update({ language_code: "ru" }).eq("auth_user_id", user.id);
  assert.equal(error, null);
  await deliver(stripeEvent("checkout.session.completed", sessionOf(sold)));
  const [mail] = await mailsTo(user.email);
  assert.equal(mail?.subject, `Чек ${sold.number}`);
  assert.match(mail?.text ?? "", /4,99\s\$/);
  assert.match(mail?.text ?? "", /50 кредитов/);
});

Deno.test("a job that is done again after a crash sends no second mail", async () => {
  const user = await newUser();
  await paidBy(user);
  await mailsTo(user.email);
  await eventually(() => noticesOf(user), (all) => all[0]?.["state"] === "sent");
  const sql = platformDatabase();
  // As if the worker had died between the mail service's answer and its own record of it.
  await sql.begin(async (tx) => {
    await tx`alter table events.notices disable trigger notices_move_legally`;
    await tx`update events.notices set state = 'sending', message_id = null where person = ${user.id}`;
    await tx`alter table events.notices enable trigger notices_move_legally`;
  });
  await sql`
    select jobs.enqueue('notices.send', jsonb_build_object('fact_id', o.id), gen_random_uuid()::text)
    from events.outbox o where o.topic = 'invoice.paid' and o.payload ->> 'holder' = ${user.id}`;
  await sql.end();
  const [notice] = await eventually(
    () => noticesOf(user),
    (all) => all[0]?.["state"] === "sent",
  );
  assert.equal(notice?.["channel"], "email");
  assert.equal((await mailTo(user.email)).length, 1);
});

Deno.test("money that goes back is told with what was taken", async () => {
  const user = await newUser();
  const sold = await paidBy(user);
  await deliver(stripeEvent("charge.refunded", {
    id: `ch_${sold.intent}`,
    object: "charge",
    payment_intent: sold.intent,
    currency: "usd",
    amount: sold.amount,
    amount_refunded: 250,
  }));
  const { text } = await mailAbout(user.email, `Refund for ${sold.number}`);
  assert.match(text, /\$2\.50/);
  assert.match(text, /25 credits/);
});

Deno.test("a bank that does not pay in the end is told; a page that was left is not", async () => {
  const user = await newUser();
  const [bank, left] = [await sale(user), await sale(user)];
  const event = (type: string, sold: Sale) =>
    deliver(stripeEvent(type, sessionOf(sold, { payment_status: "unpaid" })));
  await event("checkout.session.completed", bank);
  await event("checkout.session.async_payment_failed", bank);
  await event("checkout.session.expired", left);
  await mailAbout(user.email, `Your payment for ${bank.number} did not arrive`);
  assert.equal((await mailTo(user.email)).length, 1);
});
