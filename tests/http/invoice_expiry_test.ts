import assert from "node:assert/strict";
import { advanceClock, callJson, newUser } from "../harness/platform.ts";
import { eventually } from "../harness/eventually.ts";
import { balanceOf, freshKey, type ProblemBody } from "./people.ts";
import { deliver, invoiceState, sale, sessionOf, stripeEvent } from "./stripe.ts";

interface Report {
  expired: number;
  paid: number;
  left: number;
}

const expire = () =>
  callJson<Report>("invoice-expiry", { caller: "automations", method: "POST", body: {} });

Deno.test("X-07: an hour later, cron expires what was not paid, and money that comes then is honoured", async () => {
  const user = await newUser();
  const [forgotten, late] = [await sale(user), await sale(user)];
  await advanceClock("61 minutes");
  for (const sold of [forgotten, late]) {
    await eventually(() => invoiceState(sold), (state) => state === "expired");
  }
  await deliver(stripeEvent("checkout.session.completed", sessionOf(late)));
  assert.deepEqual([await invoiceState(forgotten), await invoiceState(late)], ["expired", "paid"]);
  assert.equal((await balanceOf(user)).available, late.credits);
});

Deno.test("M-13: an invoice that was opened at the page expires there too", async () => {
  const user = await newUser();
  const opened = await callJson<{ invoice_id: string; url: string }>("checkout", {
    caller: user,
    key: freshKey(),
    body: { product: "modera", offer: "basic", currency: "USD" },
  });
  assert.equal(opened.status, 201);
  await advanceClock("61 minutes");
  const { invoice_id } = opened.body;
  const state = () => invoiceState({ invoice_id });
  await eventually(state, (seen) => seen === "expired");
  const paid = await fetch(`${opened.body.url}/complete`, { method: "POST", redirect: "manual" });
  await paid.body?.cancel();
  assert.ok(paid.status >= 400, `Stripe's page still answered ${paid.status}`);
  assert.equal(await state(), "expired");
});

Deno.test("a run with nothing due does nothing, however often", async () => {
  await newUser().then(sale);
  for (let i = 0; i < 3; i++) {
    const { status, body } = await expire();
    assert.deepEqual([status, body], [200, { expired: 0, paid: 0, left: 0 }]);
  }
});

Deno.test("only the automations key expires invoices", async () => {
  const user = await newUser();
  for (const caller of ["nobody", "secret", user] as const) {
    const { status } = await callJson("invoice-expiry", { caller, method: "POST", body: {} });
    assert.equal(status, 401);
  }
});

Deno.test("invoice-expiry takes no fields", async () => {
  const { status, body } = await callJson<ProblemBody>("invoice-expiry", {
    caller: "automations",
    body: { all: true },
  });
  assert.equal(status, 422);
  assert.equal(body.errors?.[0]?.field, "all");
});
