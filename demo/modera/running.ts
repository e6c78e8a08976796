import assert from "node:assert/strict";
import { done } from "../guest.ts";
import { buy } from "../paying.ts";
import type { Cast } from "./scenario.ts";

/** What the keeper of the shop does. */
export async function running(cast: Cast): Promise<void> {
  const { step, keeper, robin, robinsChat } = cast;
  const { admin } = keeper.tessera;
  await step("A stranger is no admin", async () => {
    const { error } = await robin.tessera.admin.settings.list({ product: "modera" });
    assert.equal(error?.code, "admin_required");
    return [undefined, `${error?.status} ${error?.code}`];
  });
  await step("Sessions shall last 45 minutes", async () => {
    const { settings } = done(await admin.settings.list({ product: "modera" }));
    const key = "session_timeout_minutes";
    const seen = settings.find((setting) => setting.key === key);
    const change = { key, product: "modera", expected_version: seen?.version ?? 0, value: 45 };
    const changed = done(await admin.settings.change(change));
    const stale = await admin.settings.change({ ...change, value: 20 });
    const session = done(await robin.tessera.session.start({ product: "modera", type: "tryon" }));
    const minutes = (Date.parse(session.expires_at) - Date.parse(session.created_at)) / 60_000;
    assert.equal(minutes, 45);
    done(await robin.tessera.session.cancel({ product: "modera", session_id: session.session_id }));
    return [
      undefined,
      `version ${changed.version}; a second change of the old version: ${stale.error?.code}`,
    ];
  });
  await step("Half a purchase is refunded", async () => {
    const invoice = await buy(robin, "basic", "USD");
    const refund = done(
      await admin.refund({
        invoice_id: invoice.invoice_id,
        amount: Math.floor(invoice.amount / 2),
        reason: "A colour was wrong",
      }),
    );
    return [
      undefined,
      `${refund.amount / 100} ${refund.currency}, ${refund.credits_taken} credits taken back`,
    ];
  });
  await step("Robin hears of it, in the chat since it is linked", async () => [
    undefined,
    await robinsChat.heardOf(/refund/i),
  ]);
}
