import assert from "node:assert/strict";
import { FakeProvider } from "../../packages/predictions/fake_provider.ts";
import { until } from "../until.ts";
import { done } from "../guest.ts";
import { uploadPhoto } from "./photo.ts";
import type { Cast } from "./scenario.ts";

/** A provider that takes all work and does none. */
function idleProvider(): FakeProvider {
  return new FakeProvider(() => Response.json({ id: crypto.randomUUID(), status: "processing" }));
}

/** What the clock does by itself: a session ends, a day is counted, a commission clears. */
export async function daysLater(cast: Cast): Promise<void> {
  const { step, robin, keeper, platform, sql, root, print } = cast;
  await step("A session that nobody works on gives back what it held", async () => {
    await using idle = idleProvider();
    await platform.restartFunctions({ REPLICATE_API_URL: idle.url });
    const [person_path, garment_path] = await Promise.all([
      uploadPhoto(robin, `${root}/demo/person.png`),
      uploadPhoto(robin, `${root}/demo/garment.png`),
    ]);
    const before = await robin.credits();
    const pictures = { person_path, garment_path };
    const begun = done(await robin.tessera.tryOn.start({ product: "modera", ...pictures }));
    const held = await robin.credits();
    await platform.advanceClock({ minutes: 46 });
    await until("the expiry", () => robin.credits(), (credits) => credits === before);
    const { status } = done(await robin.tessera.tryOn.get(begun.try_on_id));
    assert.equal(status, "expired");
    await platform.restartFunctions({ REPLICATE_API_URL: platform.imaging_url });
    return [undefined, `${before} credits, ${held}, and ${before} again: ${status}`];
  });
  await step("The next day, Robin's day is counted", async () => {
    await platform.advanceClock({ days: 1 });
    const rows = await until(
      "the count",
      async () => {
        const { data } = await robin.supabase.schema("modera").from("user_analytics")
          .select("tryons_count, stylings_count, credits_used, revenue_currency, revenue_generated")
          .order("revenue_currency");
        return data ?? [];
      },
      ({ length }) => length >= 2,
    );
    const money = rows.map((row) => `${row.revenue_generated / 100} ${row.revenue_currency}`);
    const [did] = rows.filter(({ credits_used }) => credits_used > 0);
    return [
      undefined,
      `${did?.tryons_count} try-on, ${did?.stylings_count} style analysis, ${did?.credits_used} credits; ${
        money.join(", ")
      }`,
    ];
  });
  await step("What these days came to, for admins", async () => {
    const [today] = await sql`
      select (private.now() - interval '2 days')::date::text as from, private.now()::date::text as to`;
    const { from, to } = today as unknown as { from: string; to: string };
    const range = { product: "modera", from, to };
    const { revenue, users, conversion, features } = done(
      await keeper.tessera.admin.summary(range),
    );
    const stranger = await robin.tessera.admin.summary(range);
    assert.equal(stranger.error?.code, "admin_required");
    for (const { currency, net, refunded } of revenue) {
      const amounts = currency === "XTR" ? [net, refunded] : [net / 100, refunded / 100];
      print(`         ${amounts[0]} ${currency}, after ${amounts[1]} went back`);
    }
    for (const { feature, uses, credits, cost_micros, margin_micros } of features) {
      const dollars = (micros: number) => (micros / 1e6).toFixed(4);
      print(
        `         ${feature}: ${uses} times, ${credits} credits, cost ${
          dollars(cost_micros)
        } USD, margin ${dollars(margin_micros ?? 0)} USD`,
      );
    }
    return [
      undefined,
      `${users.active} active; ${conversion.tried} of ${conversion.buyers} buyers tried on`,
    ];
  });
  await step("After 14 days the commission clears", async () => {
    const status = async () => {
      const [commission] = await sql`select status, cleared_at from modera.commissions`;
      return commission;
    };
    assert.equal((await status())?.["status"], "pending");
    await platform.advanceClock({ days: 14 });
    const cleared = await until("the clearing", status, (now) => now?.["status"] === "cleared");
    return [undefined, `cleared on ${cleared?.["cleared_at"].toISOString().slice(0, 10)}`];
  });
}
