import assert from "node:assert/strict";
import fc from "../../harness/fast_check.ts";
import { type Bill, intentOf, PlanShop, renewed, type Truth } from "./plans.ts";

const plan = "basic-plan";

Deno.test("F-08: a paid period grants the plan's credits until it is over, and the history says since when", async () => {
  await using shop = await PlanShop.open();
  const { user, truth } = await shop.subscriber();
  const { plan: enjoyed, subscription } = await shop.membership(user);
  assert.deepEqual([enjoyed, subscription?.state, subscription?.plan], [plan, "active", plan]);
  assert.equal(await shop.kernel.available(user), 20);
  const [grant] = await shop.sql`
    select expires_at, reason from ledger.grants g join ledger.accounts a on a.id = g.account_id where a.holder = ${user}`;
  const day = 86_400_000;
  assert.equal(+grant!["expires_at"] - Date.parse(truth.current_period_end), day);
  assert.equal(grant!["reason"], "subscription");
  assert.deepEqual(await shop.history(user), [`${plan} active`]);
  const [order] = await shop.sql`
    select state, subscription_id is not null as linked from billing.subscription_orders where holder = ${user}`;
  assert.deepEqual({ ...order }, { state: "done", linked: true });
  assert.deepEqual(await shop.kernel.verify(), []);
});

Deno.test("F-08, F-18: each renewal grants once, however often and by whatever event it is told", async () => {
  await using shop = await PlanShop.open();
  const { user, truth } = await shop.subscriber();
  const next = renewed(truth);
  const bill = shop.bill(next);
  for (const id of ["evt_1", "evt_1", "evt_2"]) await shop.news(next, { bill, id });
  assert.equal(await shop.kernel.available(user), 40);
  await shop.kernel.database.advanceClock("33 days");
  assert.equal(await shop.kernel.available(user), 20);
  await shop.kernel.database.advanceClock("33 days");
  assert.equal(await shop.kernel.available(user), 0);
  assert.deepEqual(await shop.kernel.verify(), []);
});

Deno.test("F-18: credits roll over as the plan says", async () => {
  await using shop = await PlanShop.open();
  const { user } = await shop.subscriber("starter");
  await shop.kernel.database.advanceClock("33 days");
  assert.equal(await shop.kernel.available(user), 60);
  await shop.kernel.database.advanceClock("33 days");
  assert.equal(await shop.kernel.available(user), 0);
});

Deno.test("X-03, F-07: fifty tellings of one invoice at once book it once", async () => {
  await using shop = await PlanShop.open();
  const user = await shop.kernel.user();
  const truth = await shop.truth(user);
  const bill = shop.bill(truth);
  const tell = async (): Promise<string> => {
    for (;;) {
      const { outcome } = await shop.news(truth, { bill });
      if (outcome !== "stale") return outcome;
    }
  };
  const outcomes = await Promise.all(Array.from({ length: 50 }, tell));
  assert.equal(outcomes.filter((outcome) => outcome === "applied").length, 1);
  assert.equal(outcomes.filter((outcome) => outcome === "ignored").length, 49);
  assert.equal(await shop.kernel.available(user), 20);
  assert.deepEqual(await shop.history(user), [`${plan} active`]);
});

Deno.test("what was read before a newer truth was written is read again, and records nothing", async () => {
  await using shop = await PlanShop.open();
  const { user, truth } = await shop.subscriber();
  const version = await shop.version(truth);
  await shop.news({ ...truth, state: "past_due" });
  const late = await shop.news(truth, { version, id: "evt_late" });
  assert.deepEqual(late, { outcome: "stale" });
  assert.equal((await shop.membership(user)).subscription?.state, "past_due");
  assert.equal(
    (await shop.news({ ...truth, state: "past_due" }, { id: "evt_late" })).outcome,
    "applied",
  );
});

Deno.test("an event that is known is known before anything is read", async () => {
  await using shop = await PlanShop.open();
  const { truth } = await shop.subscriber();
  await shop.news(truth, { id: "evt_known" });
  const unread = { kind: "subscription", unread: true };
  assert.equal((await shop.shop.event(unread, "evt_known")).outcome, "duplicate");
  assert.equal((await shop.shop.event(unread, "evt_new")).outcome, "stale");
  const rows = await shop.sql`select from events.inbox where event_id = 'evt_new'`;
  assert.equal(rows.length, 0);
});

/** A provider's story: what is true after each step, and the bill that a step pays. */
function story(shop: PlanShop, first: Truth): { truth: Truth; bill?: Bill }[] {
  const second = renewed(first, { state: "past_due" });
  const paid: Truth = { ...second, state: "active" };
  const ended: Truth = {
    ...paid,
    state: "canceled",
    cancelled_at: paid.current_period_start,
    ended_at: paid.current_period_end,
  };
  return [
    { truth: first, bill: shop.bill(first) },
    { truth: first },
    { truth: second },
    { truth: paid, bill: shop.bill(paid) },
    { truth: ended },
  ];
}

Deno.test("F-08, F-17: in any order, with repetitions and late readings, the end is what is true at the provider", async () => {
  await using shop = await PlanShop.open();
  const deliveries = fc.array(fc.record({ step: fc.nat(4), readAt: fc.nat(4) }), {
    minLength: 1,
    maxLength: 10,
  });
  await fc.assert(
    fc.asyncProperty(
      deliveries,
      fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }),
      async (some, order) => {
        const user = await shop.kernel.user();
        const steps = story(shop, await shop.truth(user));
        let happened = 0;
        // Some events come while the story goes on; in the end each has come at least once, in any order.
        for (const { step, readAt } of some) {
          happened = Math.max(happened, readAt);
          if (step <= happened) {
            await shop.news(steps[happened]!.truth, { bill: steps[step]!.bill } as { bill?: Bill });
          }
        }
        for (const step of order) {
          await shop.news(steps[4]!.truth, { bill: steps[step]!.bill } as { bill?: Bill });
        }
        const [row] = await shop.sql`
        select (select state from billing.subscriptions where holder = ${user}) as state,
          (select count(*)::int from billing.invoices where holder = ${user} and state = 'paid') as paid,
          (select sum(amount)::int from ledger.grants g join ledger.accounts a on a.id = g.account_id where a.holder = ${user}) as granted,
          (select count(*)::int from billing.subscription_periods h join billing.subscriptions s on s.id = h.subscription_id
            where s.holder = ${user} and h.ended_at is null) as open`;
        assert.deepEqual({ ...row }, { state: "canceled", paid: 2, granted: 40, open: 0 });
      },
    ),
    { numRuns: 40 },
  );
  assert.deepEqual(await shop.kernel.verify(), []);
});

Deno.test("an upgrade grants what its money is worth, and not more", async () => {
  await using shop = await PlanShop.open();
  const { user, truth } = await shop.subscriber();
  const half = { period_start: truth.current_period_start, period_end: truth.current_period_end };
  const upgraded = { ...truth, provider_price_id: "price_starter" };
  const bill = shop.bill(upgraded, {
    amount: 750,
    reason: "subscription_update",
    lines: [
      { provider_price_id: `price_${plan}`, amount: -500, ...half },
      { provider_price_id: "price_starter", amount: 1250, ...half },
    ],
  });
  await shop.news(upgraded, { bill });
  // 60 x 1250 / 2499 - 20 x 500 / 999 = 20.002, rounded up.
  assert.equal(await shop.kernel.available(user), 20 + 21);
  assert.deepEqual(await shop.history(user), [`${plan} active ended`, "starter active"]);
});

Deno.test("a refund or dispute of a renewal takes back what is unspent, also when it comes first", async (t) => {
  await using shop = await PlanShop.open();
  for (const first of [true, false]) {
    await t.step(first ? "before the payment" : "after the payment", async () => {
      const { user, truth } = await shop.subscriber();
      const next = renewed(truth);
      const bill = shop.bill(next);
      const refund = {
        kind: "refunded",
        payment_intent_id: intentOf(bill),
        amount_refunded_total: 999,
        currency: "USD",
      };
      if (first) assert.equal((await shop.shop.event(refund)).outcome, "deferred");
      await shop.news(next, { bill });
      if (!first) await shop.shop.event(refund);
      assert.equal(await shop.kernel.available(user), 20);
    });
  }
  const { user, bill } = await shop.subscriber();
  await shop.shop.spend(user, 15);
  const opened = {
    kind: "dispute_opened",
    dispute_id: "dp_1",
    payment_intent_id: intentOf(bill),
    amount: 999,
    currency: "USD",
  };
  await shop.shop.event(opened);
  assert.equal(await shop.kernel.available(user), 0);
  await shop.shop.event({ ...opened, kind: "dispute_closed", dispute_won: true });
  assert.equal(await shop.kernel.available(user), 5);
  assert.deepEqual(await shop.kernel.verify(), []);
});

Deno.test("F-17: every state of Stripe's has its name, and dunning keeps the plan until it is unpaid", async () => {
  await using shop = await PlanShop.open();
  const { user, truth } = await shop.subscriber();
  const states = [
    "past_due",
    "active",
    "past_due",
    "unpaid",
    "active",
    "paused",
    "trialing",
    "canceled",
  ];
  const enjoyed: string[] = [];
  for (const state of states) {
    const ended_at = state === "canceled" ? truth.current_period_end : null;
    await shop.news({ ...truth, state, ended_at });
    enjoyed.push((await shop.membership(user)).plan);
  }
  assert.deepEqual(enjoyed, [plan, plan, plan, "free", plan, "free", plan, "free"]);
  assert.deepEqual(
    (await shop.history(user)).map((period) => period.split(" ")[1]),
    ["active", ...states],
  );
  const back = await shop.news({ ...truth, state: "active" });
  assert.deepEqual([back.outcome, back.reason], ["dead", "illegal_transition"]);
});

Deno.test("a period that is not paid grants nothing and is told by name", async () => {
  await using shop = await PlanShop.open();
  const { user, truth } = await shop.subscriber();
  const next = renewed(truth, { state: "past_due" });
  const bill = { ...shop.bill(next), paid: false, failed_attempt: 1 };
  await shop.news(next, { bill });
  await shop.news(next, { bill });
  assert.equal(await shop.kernel.available(user), 20);
  const topics = await shop.kernel.topics();
  assert.equal(topics.filter((topic) => topic === "subscription.payment_failed").length, 1);
  assert.equal(topics.filter((topic) => topic === "subscription.past_due").length, 1);
  const paid = { ...bill, paid: true };
  await shop.news({ ...next, state: "active" }, { bill: paid });
  assert.equal(await shop.kernel.available(user), 40);
});

Deno.test("what is not ours is ignored by name, and what makes no sense is dead; nothing is written", async (t) => {
  await using shop = await PlanShop.open();
  const user = await shop.kernel.user();
  const other = await shop.kernel.user();
  const truth = await shop.truth(user);
  const strangers: Record<string, Partial<Truth>> = {
    "no order": { order_id: null },
    "an unknown order": { order_id: crypto.randomUUID() },
    "another person": { holder: other },
    "another product": { product: "modera" },
  };
  for (const [name, change] of Object.entries(strangers)) {
    await t.step(name, async () => {
      const verdict = await shop.news({ ...truth, ...change }, { bill: shop.bill(truth) });
      assert.deepEqual([verdict.outcome, verdict.reason], ["ignored", "not_ours"]);
    });
  }
  const unknown = await shop.shop.event({ kind: "subscription", version: 0 });
  assert.deepEqual([unknown.outcome, unknown.reason], ["ignored", "not_ours"]);
  const odd = await shop.news({ ...truth, provider_price_id: "price_of_somebody" });
  assert.deepEqual([odd.outcome, odd.reason], ["dead", "unknown_price"]);
  const [row] = await shop
    .sql`select (select count(*)::int from billing.subscriptions) as subscriptions,
    (select count(*)::int from billing.invoices) as invoices, (select count(*)::int from ledger.grants) as grants`;
  assert.deepEqual({ ...row }, { subscriptions: 0, invoices: 0, grants: 0 });
  const wrong = await shop.news(truth, { bill: shop.bill(truth, { currency: "EUR" }) });
  assert.deepEqual([wrong.outcome, wrong.reason], ["dead", "currency_mismatch"]);
  assert.equal(await shop.kernel.available(user), 0);
});

Deno.test("F-17: a second subscription of somebody is ended at the provider, and what was paid for it counts", async () => {
  await using shop = await PlanShop.open();
  const user = await shop.kernel.user();
  const [first, second] = [await shop.truth(user), await shop.truth(user, "starter")];
  for (const truth of [first, second]) await shop.news(truth, { bill: shop.bill(truth) });
  assert.equal((await shop.membership(user)).subscription?.plan, plan);
  assert.equal(await shop.kernel.available(user), 80);
  const jobs = await shop
    .sql`select payload from jobs.queue where kind = 'stripe.cancel-subscription'`;
  assert.deepEqual(jobs.map(({ payload }) => payload.provider_subscription_id), [
    second.provider_subscription_id,
  ]);
  await assert.rejects(
    shop.sql`update billing.subscriptions set is_duplicate = false where is_duplicate`,
    { code: "23505" },
  );
});

Deno.test("a replayed event has the truth of today read, not that of then", async () => {
  await using shop = await PlanShop.open();
  const { truth } = await shop.subscriber();
  await shop.news({ ...truth, provider_price_id: "price_gone" }, { id: "evt_dead" });
  await shop.news({ ...truth, state: "past_due" });
  const verdict = await shop.kernel.service<{ reason: string }>("replay_event", {
    provider: "stripe",
    event_id: "evt_dead",
  });
  assert.equal(verdict.reason, "read_again");
  const [job] = await shop.sql`select payload from jobs.queue where kind = 'stripe.subscription'`;
  assert.equal(job!["payload"].provider_subscription_id, truth.provider_subscription_id);
});

Deno.test("subscriptions without news for long are read again, once a day", async () => {
  await using shop = await PlanShop.open();
  await shop.subscriber();
  assert.equal(await shop.kernel.service("queue_stale_subscriptions"), 0);
  await shop.kernel.database.advanceClock("33 days");
  for (let run = 0; run < 2; run++) await shop.kernel.service("queue_stale_subscriptions");
  const jobs = await shop.sql`select from jobs.queue where kind = 'stripe.subscription'`;
  assert.equal(jobs.length, 1);
});

Deno.test("X-05, F-01: people read their own subscription and nobody else's, and write none", async () => {
  await using shop = await PlanShop.open();
  const [mine, theirs] = [await shop.subscriber(), await shop.subscriber()];
  const seen = await shop.kernel.as("authenticated", mine.user, async (tx) => ({
    subscriptions: (await tx`select holder from billing.subscriptions`).map(({ holder }) => holder),
    periods: (await tx`select id from billing.subscription_periods`).length,
  }));
  assert.deepEqual(seen, { subscriptions: [mine.user], periods: 1 });
  for (
    const query of [
      `select provider_subscription_id from billing.subscriptions`,
      `update billing.subscriptions set plan_id = plan_id`,
      `insert into billing.subscription_periods default values`,
      `select * from billing.subscription_orders`,
      `select api.subscription_version('stripe', '${theirs.truth.provider_subscription_id}')`,
      `select billing.conclude_subscription_order(gen_random_uuid(), null)`,
    ]
  ) {
    await assert.rejects(
      shop.kernel.as("authenticated", mine.user, (tx) => tx.unsafe(query)),
      { code: "42501" },
      query,
    );
  }
});

Deno.test("whoever is erased is not billed any more", async () => {
  await using shop = await PlanShop.open();
  const { user, truth } = await shop.subscriber();
  for (let run = 0; run < 2; run++) await shop.sql`select private.bid_farewell(${user})`;
  const jobs = await shop
    .sql`select payload from jobs.queue where kind = 'stripe.cancel-subscription'`;
  assert.deepEqual(jobs.map(({ payload }) => payload.provider_subscription_id), [
    truth.provider_subscription_id,
  ]);
  await shop.sql`delete from auth.users where id = ${user}`;
  await shop.sql`select private.erase_rows(${user})`;
  await shop.news({ ...truth, state: "canceled", ended_at: truth.current_period_end });
  const [row] = await shop.sql`
    select (select count(*)::int from billing.customers where holder = ${user}) as customers,
      (select state from billing.subscriptions where holder = ${user}) as state`;
  assert.deepEqual({ ...row }, { customers: 0, state: "canceled" });
});

Deno.test("whoever asks to be erased keeps what is paid, and is not charged for more", async () => {
  await using shop = await PlanShop.open();
  const { user, truth } = await shop.subscriber();
  await shop.kernel.call("authenticated", user, "request_erasure", {});
  const [job] = await shop
    .sql`select payload from jobs.queue where kind = 'stripe.end-subscription'`;
  const leaving = () => shop.kernel.service("subscriptions_of_leaver", job!["payload"]);
  assert.deepEqual(await leaving(), [truth.provider_subscription_id]);
  await shop.kernel.call("authenticated", user, "cancel_erasure", {});
  assert.deepEqual(await leaving(), []);
});
