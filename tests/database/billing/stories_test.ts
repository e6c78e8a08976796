import assert from "node:assert/strict";
import fc from "../../harness/fast_check.ts";
import { dispute, payment, refund, type Sale, Shop } from "./shop.ts";

/** Everything that can happen to a sale of 50 credits for 500. */
type Step =
  | { do: "pay" | "expire" | "cancel" | "fail" | "provider_expires" }
  | { do: "spend"; credits: number }
  | { do: "refund"; total: number }
  | { do: "dispute"; id: number; step: "opened" | "won" | "lost" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ do: "pay" } as const) },
  fc.record({ do: fc.constantFrom("expire", "cancel", "fail", "provider_expires") }),
  fc.record({ do: fc.constant("spend" as const), credits: fc.integer({ min: 1, max: 30 }) }),
  fc.record({ do: fc.constant("refund" as const), total: fc.integer({ min: 1, max: 500 }) }),
  fc.record({
    do: fc.constant("dispute" as const),
    id: fc.constantFrom(1, 2),
    step: fc.constantFrom("opened", "won", "lost"),
  }),
);

const disputed = { 1: 500, 2: 170 } as Record<number, number>;

/** What must be true in the end, whatever the order of the provider's news. */
function expected(steps: Step[]): { state?: string; due_back: number } {
  if (!steps.some((s) => s.do === "pay")) return { due_back: 0 };
  const refunded = Math.max(0, ...steps.map((s) => s.do === "refund" ? s.total : 0));
  let back = refunded;
  let lost = refunded;
  for (const id of [1, 2]) {
    const news = steps.flatMap((s) => s.do === "dispute" && s.id === id ? [s.step] : []);
    const result = news.find((n) => n !== "opened");
    if (result === "won" || news.length === 0) continue;
    back += disputed[id]!;
    if (result === "lost") lost += disputed[id]!;
  }
  return {
    state: lost >= 500 ? "refunded" : "paid",
    due_back: Math.trunc((50 * Math.min(500, back)) / 500),
  };
}

Deno.test("any story of a sale ends as its payments, refunds and disputes say", async () => {
  await using shop = await Shop.open();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
      const sale = await shop.sale();
      for (const one of withFirstResults(steps)) await happen(shop, sale, one);
      const { state, due_back } = expected(withFirstResults(steps));
      const { taken, owed } = await shop.returned(sale);
      assert.equal(taken + owed, due_back);
      if (state) assert.equal(await shop.state(sale), state);
      const [grant] = await shop.sql`
        select count(*)::int as grants, coalesce(sum(g.revoked), 0)::int as revoked
        from ledger.grants g join ledger.accounts a on a.id = g.account_id where a.holder = ${sale.user}`;
      assert.deepEqual({ ...grant }, { grants: state ? 1 : 0, revoked: taken });
      assert.ok(await shop.kernel.available(sale.user) >= 0);
    }),
    { numRuns: 60 },
  );
  assert.deepEqual(await shop.kernel.verify(), []);
});

/** A dispute has one result: what comes after the first is left out, here and at the provider. */
function withFirstResults(steps: Step[]): Step[] {
  const closed = new Set<number>();
  return steps.filter((s) => {
    if (s.do !== "dispute" || s.step === "opened") return true;
    const first = !closed.has(s.id);
    closed.add(s.id);
    return first;
  });
}

async function happen(shop: Shop, sale: Sale, one: Step): Promise<void> {
  switch (one.do) {
    case "pay":
      await shop.event(payment(sale));
      return;
    case "refund":
      await shop.event(refund(sale, one.total));
      return;
    case "dispute":
      await shop.event(dispute(sale, one.step, disputed[one.id], `dp_${one.id}_${sale.number}`));
      return;
    case "spend":
      await shop.spend(sale.user, one.credits);
      return;
    case "cancel":
      await shop.kernel.call("authenticated", sale.user, "cancel_invoice", {
        invoice_id: sale.invoice_id,
      }).catch((error) => assert.equal(error.message, "illegal_transition"));
      return;
    case "expire":
      await shop.kernel.service("expire_invoice", { invoice_id: sale.invoice_id });
      return;
    default:
      await shop.event({
        kind: one.do === "fail" ? "checkout_failed" : "checkout_expired",
        checkout_session_id: sale.session,
      });
  }
}
