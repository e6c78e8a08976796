import assert from "node:assert/strict";
import { callJson, newUser, platformDatabase } from "../harness/platform.ts";
import { eventually } from "../harness/eventually.ts";
import { messageOf, Telegram, textOf, update, userOf } from "./bot.ts";
import { balanceOf, freshKey, newAdmin, type ProblemBody } from "./people.ts";
import { afterRetries } from "./retries.ts";
import { newTelegramUser, type TelegramUser } from "./telegram.ts";

interface Invoice {
  id: string;
  amount: number;
}

/** Somebody presses the button of an offer, and gets its invoice in the chat. */
async function invoiceFor(telegram: Telegram, user: TelegramUser): Promise<Invoice> {
  await telegram.answerTo(user, () => telegram.says(user, "/start"));
  const { method, payload } = await telegram.answerTo(
    user,
    () => telegram.taps(user, "stars:basic"),
  );
  assert.equal(method, "sendInvoice");
  const [price] = payload["prices"] as { amount: number }[];
  assert.deepEqual([payload["currency"], price?.amount], ["XTR", 250]);
  return { id: String(payload["payload"]), amount: 250 };
}

/** Telegram asks whether an invoice may be paid; the bot's answer to it. */
async function asksToPay(
  telegram: Telegram,
  user: TelegramUser,
  { id, amount }: Invoice,
  currency = "XTR",
): Promise<{ ok: boolean; error_message?: string }> {
  const queryId = crypto.randomUUID();
  const { status } = await telegram.post(update("pre_checkout_query", {
    id: queryId,
    from: { ...user, is_bot: false },
    currency,
    total_amount: amount,
    invoice_payload: id,
  }));
  assert.equal(status, 200);
  const answer = telegram.api.calls.find(({ method, payload }) =>
    method === "answerPreCheckoutQuery" && payload["pre_checkout_query_id"] === queryId
  );
  return answer?.payload as { ok: boolean };
}

function paid(user: TelegramUser, { id, amount }: Invoice, charge: string, currency = "XTR") {
  return update(
    "message",
    messageOf(user, {
      successful_payment: {
        currency,
        total_amount: amount,
        invoice_payload: id,
        telegram_payment_charge_id: charge,
        provider_payment_charge_id: "",
      },
    }),
  );
}

async function creditsOf(user: TelegramUser, wanted: number): Promise<void> {
  const { id } = await userOf(user);
  await eventually(() => balanceOf({ id }), ({ available }) => available === wanted);
}

async function stateOf(invoice: Invoice): Promise<string> {
  const sql = platformDatabase();
  try {
    const [row] = await sql`select state from billing.invoices where id::text = ${invoice.id}`;
    return row?.["state"];
  } finally {
    await sql.end();
  }
}

const refundsAsked = (telegram: Telegram, charge: string) =>
  telegram.api.calls.filter(({ method, payload }) =>
    method === "refundStarPayment" && payload["telegram_payment_charge_id"] === charge
  );

Deno.test("M-32: Stars pay an invoice in XTR by the same books as cards, and the receipt comes into the chat", async () => {
  await using telegram = await Telegram.open();
  const user = newTelegramUser();
  const invoice = await invoiceFor(telegram, user);
  assert.equal((await asksToPay(telegram, user, invoice)).ok, true);
  const charge = crypto.randomUUID();
  const receipt = await telegram.answerTo(user, () => telegram.post(paid(user, invoice, charge)));
  assert.match(textOf(receipt), /^Receipt INV-[^]*250 Telegram Stars/);
  await creditsOf(user, 50);
  const { id } = await userOf(user);
  const sql = platformDatabase();
  const [row] = await sql`
    select provider, state, currency, amount::integer, payment_intent_id from billing.invoices where id = ${invoice.id}`;
  const [shown] = await sql`
    select payment_provider, currency, status, trim_scale(amount)::text as amount from modera.payment_invoices where id = ${invoice.id}`;
  const [customer] = await sql`
    select provider_customer_id from billing.customers where holder = ${id} and provider = 'telegram'`;
  await sql.end();
  assert.deepEqual(row, {
    provider: "telegram",
    state: "paid",
    currency: "XTR",
    amount: 250,
    payment_intent_id: charge,
  });
  assert.deepEqual(shown, {
    payment_provider: "telegram",
    currency: "XTR",
    status: "paid",
    amount: "250",
  });
  assert.equal(customer?.["provider_customer_id"], String(user.id));
});

Deno.test("M-06, M-07: a payment that is told five times, by whatever updates, is counted once", async () => {
  await using telegram = await Telegram.open();
  const user = newTelegramUser();
  const invoice = await invoiceFor(telegram, user);
  const charge = crypto.randomUUID();
  await Promise.all(Array.from({ length: 5 }, () => telegram.post(paid(user, invoice, charge))));
  await creditsOf(user, 50);
  await telegram.answerTo(user, () => telegram.says(user, "/balance"));
  await creditsOf(user, 50);
  assert.equal(refundsAsked(telegram, charge).length, 0);
});

Deno.test("M-14: an invoice is paid by its owner, as it stands, while it is open, and otherwise not", async () => {
  await using telegram = await Telegram.open();
  const [user, other] = [newTelegramUser(), newTelegramUser("ru")];
  await telegram.answerTo(other, () => telegram.says(other, "/start"));
  const invoice = await invoiceFor(telegram, user);
  const refusals: [Promise<{ ok: boolean; error_message?: string }>, RegExp][] = [
    [asksToPay(telegram, user, { ...invoice, amount: 1 }), /does not match/],
    [asksToPay(telegram, user, invoice, "USD"), /does not match/],
    [asksToPay(telegram, user, { ...invoice, id: crypto.randomUUID() }), /does not match/],
    [asksToPay(telegram, user, { ...invoice, id: "' or true --" }), /does not match/],
    [asksToPay(telegram, other, invoice), /чужой счёт/],
  ];
  for (const [answer, reason] of refusals) {
    const { ok, error_message } = await answer;
    assert.equal(ok, false);
    assert.match(error_message ?? "", reason);
  }
  const sql = platformDatabase();
  await sql`update billing.invoices set expires_at = created_at + interval '1 microsecond' where id = ${invoice.id}`;
  await sql.end();
  const late = await asksToPay(telegram, user, invoice);
  assert.deepEqual([late.ok, /no longer be paid/.test(late.error_message ?? "")], [false, true]);
});

Deno.test("M-13: Stars for an invoice that expired meanwhile are honoured", async () => {
  await using telegram = await Telegram.open();
  const user = newTelegramUser();
  const invoice = await invoiceFor(telegram, user);
  const sql = platformDatabase();
  await sql`update billing.invoices set expires_at = created_at + interval '1 microsecond' where id = ${invoice.id}`;
  await sql`select billing.expire_invoice(${invoice.id})`;
  await sql.end();
  assert.equal(await stateOf(invoice), "expired");
  await telegram.post(paid(user, invoice, crypto.randomUUID()));
  await creditsOf(user, 50);
  assert.equal(await stateOf(invoice), "paid");
});

Deno.test("Stars that pay for nothing of ours go back by themselves, and the person is told", async () => {
  await using telegram = await Telegram.open();
  const user = newTelegramUser("ru");
  const invoice = await invoiceFor(telegram, user);
  await telegram.answerTo(user, () => telegram.post(paid(user, invoice, crypto.randomUUID())));
  await creditsOf(user, 50);
  let failures = 1;
  telegram.api.answer(
    "refundStarPayment",
    () => failures-- > 0 ? { error_code: 500, description: "Internal Server Error" } : true,
  );
  const strays: Invoice[] = [invoice, { id: crypto.randomUUID(), amount: 250 }, {
    id: "x",
    amount: 9,
  }];
  for (const stray of strays) {
    const charge = crypto.randomUUID();
    const told = paid(user, stray, charge);
    const said = () => Promise.resolve(telegram.api.sentTo(user.id).length);
    const before = await said();
    const sorry = await telegram.answerTo(user, async () => {
      await telegram.post(told);
      await afterRetries("modera.telegram-return", said, (now) => now > before);
    });
    assert.match(textOf(sorry), /звёзды вернулись/);
    await telegram.post(paid(user, stray, charge));
    const [asked] = refundsAsked(telegram, charge);
    assert.equal(asked?.payload["user_id"], user.id);
  }
  await creditsOf(user, 50);
});

Deno.test("an admin refunds Stars, whole; Telegram's own word of it changes nothing more", async () => {
  await using telegram = await Telegram.open();
  const user = newTelegramUser();
  const invoice = await invoiceFor(telegram, user);
  const charge = crypto.randomUUID();
  await telegram.answerTo(user, () => telegram.post(paid(user, invoice, charge)));
  await creditsOf(user, 50);
  const admin = await newAdmin("modera");
  const refund = (body: Record<string, unknown>) =>
    callJson<ProblemBody & { state: string; refunded: number }>("invoice-refund", {
      caller: admin,
      key: freshKey(),
      body: { invoice_id: invoice.id, reason: "Asked for.", ...body },
    });
  const partly = await refund({ amount: 100 });
  assert.deepEqual([partly.status, partly.body.code], [409, "refund_refused"]);
  assert.equal(partly.body["refusal"], "partial_refund");
  const whole = await refund({});
  assert.deepEqual([whole.status, whole.body.state, whole.body.refunded], [200, "accepted", 250]);
  assert.equal(refundsAsked(telegram, charge)[0]?.payload["user_id"], user.id);
  await telegram.post(update(
    "message",
    messageOf(user, {
      refunded_payment: {
        currency: "XTR",
        total_amount: 250,
        invoice_payload: invoice.id,
        telegram_payment_charge_id: charge,
      },
    }),
  ));
  await creditsOf(user, 0);
  assert.equal(await stateOf(invoice), "refunded");
});

Deno.test("a refund that Telegram tells of first takes the credits back, once", async () => {
  await using telegram = await Telegram.open();
  const user = newTelegramUser();
  const invoice = await invoiceFor(telegram, user);
  const charge = crypto.randomUUID();
  const refunded = () =>
    update(
      "message",
      messageOf(user, {
        refunded_payment: {
          currency: "XTR",
          total_amount: 250,
          invoice_payload: invoice.id,
          telegram_payment_charge_id: charge,
        },
      }),
    );
  // The refund overtakes the payment.
  await telegram.post(refunded());
  await telegram.post(paid(user, invoice, charge));
  await telegram.post(refunded());
  await eventually(() => stateOf(invoice), (state) => state === "refunded");
  await creditsOf(user, 0);
});

Deno.test("M-32: checkout in XTR gives a link for the Mini App, that pays the same invoice", async () => {
  await using telegram = await Telegram.open();
  const user = await newUser();
  const key = freshKey();
  const body = { product: "modera", offer: "premium", currency: "XTR" };
  const { status, body: opened } = await callJson("checkout", { caller: user, key, body });
  assert.equal(status, 201, JSON.stringify(opened));
  assert.deepEqual([opened["amount"], opened["currency"], opened["credits"]], [650, "XTR", 150]);
  assert.match(String(opened["url"]), /^https:\/\/t\.me\//);
  const [link] = telegram.api.calls.filter(({ method }) => method === "createInvoiceLink");
  assert.deepEqual([link?.payload["payload"], link?.payload["currency"]], [
    opened["invoice_id"],
    "XTR",
  ]);
  const again = await callJson("checkout", { caller: user, key, body });
  assert.deepEqual(again.body, opened);
  telegram.api.answer("createInvoiceLink", () => ({ error_code: 502, description: "Bad Gateway" }));
  const down = await callJson<ProblemBody>("checkout", { caller: user, key: freshKey(), body });
  assert.deepEqual([down.status, down.body.code], [503, "provider_unavailable"]);
});
