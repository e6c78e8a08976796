import assert from "node:assert/strict";
import { done } from "../guest.ts";
import type { Cast } from "./scenario.ts";

const product = "dtf";

/** What the keeper of the shop sees and does. */
export async function keeping({ step, alex, keeper, sql, print }: Cast): Promise<void> {
  const { admin } = keeper.tessera;
  await step("A stranger is no admin", async () => {
    const { error } = await alex.tessera.admin.people.list({ product });
    assert.equal(error?.code, "admin_required");
    return [undefined, `${error?.status} ${error?.code}`];
  });
  await step("What a provider takes is written down", async () => {
    const [row] = await sql`select private.now()::date::text as today`;
    const effective_date = row!["today"];
    const work = { provider: "local", operation: "vectorize", currency: "USD" } as const;
    const cost_micros = 150_000;
    done(await admin.operationCosts.put({ ...work, cost_micros, effective_date }));
    const { margins } = done(await admin.operationCosts.list());
    const margin = margins.find(({ operation }) => operation === "vectorize");
    return [
      undefined,
      `a drawing leaves ${dollars(margin?.margin_micros)} of its ${dollars(margin?.value_micros)}`,
    ];
  });
  await step("How operations went", async () => {
    const [row] = await sql`
      select (private.now() - interval '80 days')::date::text as from, private.now()::date::text as to`;
    const { operations, queue } = done(
      await admin.operationMetrics(row as unknown as { from: string; to: string }),
    );
    for (const { operation, ended, failed, seconds, credits } of operations) {
      print(
        `         ${operation}: ${ended} ended, ${failed} failed, ${seconds.median} s, ${credits} credits`,
      );
    }
    assert.equal(operations.length, 6);
    return [undefined, `${queue.pending + queue.processing} wait`];
  });
  await step("What was paid, month by month", async () => {
    const [row] = await sql`
      select to_char(private.now() - interval '3 months', 'YYYY-MM') as from, to_char(private.now(), 'YYYY-MM') as to`;
    const range = row as unknown as { from: string; to: string };
    const { months } = done(await admin.revenue({ product, ...range }));
    const shown = months.map(({ month, gross, currency }) =>
      `${month}: ${gross / 100} ${currency}`
    );
    return [undefined, shown.join(", ")];
  });
  await step("Credits by hand, and who gave them", async () => {
    const reason = "A film was misprinted.";
    done(await admin.adjustCredits({ product, holder: alex.id, amount: 3, reason }));
    const { entries: [entry] } = done(await admin.logs({ product, action: "credits" }));
    assert.equal(entry?.actor, keeper.id);
    return [undefined, `${entry.action}: ${entry.detail["reason"]}`];
  });
}

/** Millionths of a dollar in words. */
function dollars(micros: number | null | undefined): string {
  return `${((micros ?? 0) / 1e6).toFixed(2)} USD`;
}
