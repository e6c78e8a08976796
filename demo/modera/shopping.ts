import assert from "node:assert/strict";
import { createClient } from "@supabase/supabase-js";
import { Webhook } from "standardwebhooks";
import { until } from "../until.ts";
import { done } from "../guest.ts";
import { uploadPhoto } from "./photo.ts";
import type { Cast } from "./scenario.ts";
import { styleSheet } from "./style_sheet.ts";

const colours = ["navy", "ivory", "#7a1f2b", "olive", "teal", "black", "coral", "camel"];
const categories = ["shirts", "trousers", "dresses", "coats"];

/** A partner's feed: 10,000 rows, of which one has a price below zero. */
function feed(): string {
  const rows = Array.from({ length: 10_000 }, (_, n) => [
    `sku-${n}`,
    `Linen ${categories[n % categories.length]} ${n}`,
    "Atelier",
    categories[n % categories.length],
    "S|M|L",
    colours[n % colours.length],
    n === 4321 ? "-1" : (20 + n % 80).toFixed(2),
    "USD",
    `https://shop.example.com/p/${n}`,
    "yes",
  ]);
  const header = "product_id,title,brand,category,sizes,colour,price,currency,url,available";
  return [header, ...rows.map((row) => row.join(","))].join("\n");
}

/** Robin's colours and shape are read off a photo; a partner brings a feed; what suits is bought. */
export async function shopping(
  { step, robin, keeper, platform, root, out, print }: Cast,
): Promise<void> {
  const { partners, feeds } = keeper.tessera.admin;
  const analysis_id = await step("A style analysis of one photo", async () => {
    const photo_path = await uploadPhoto(robin, `${root}/demo/person.png`);
    const begun = done(
      await robin.tessera.styleAnalysis.start({ product: "modera", photo_path }),
    );
    const ended = done(
      await robin.tessera.styleAnalysis.wait(begun.style_analysis_id, { everyMs: 200 }),
    );
    const { analysis } = ended;
    assert.ok(analysis, JSON.stringify(ended.failure));
    const { palette, season, proportions, recommendations: { colours } } = analysis;
    const sheet = await styleSheet(`${root}/demo/person.png`, [
      ["Skin", palette.skin],
      ["Hair", palette.hair],
      ["Clothes", [...palette.top, ...palette.bottom]],
      ["To wear", colours.wear],
      ["To leave", colours.avoid],
    ]);
    await Deno.writeFile(`${out}/modera-style.png`, sheet);
    return [
      ended.style_analysis_id,
      `${season.name}, ${season.undertone}; ${
        proportions.shape?.name ?? "shape unclear"
      }; ${await robin
        .credits()} credits`,
    ];
  });
  await step("A partner is registered", async () => {
    const partner = done(
      await partners.put({
        code: "atelier",
        name: "Atelier",
        domains: ["shop.example.com"],
        commission_rate: 0.1,
        currency: "USD",
      }),
    );
    return [undefined, `${partner.name}, ${partner.commission_rate * 100} % of a purchase`];
  });
  await step("A feed of 10,000 rows, one of them wrong", async () => {
    const service = createClient(platform.api_url, platform.secret_key);
    const path = "atelier/feed.csv";
    const { error } = await service.storage.from("modera-feeds")
      .upload(path, new Blob([feed()], { type: "text/csv" }));
    if (error) throw error;
    const { import_id } = done(await feeds.start({ partner: "atelier", path, mode: "full" }));
    const { data: ended } = await until(
      "the import",
      () => feeds.get(import_id),
      ({ data }) => data?.status === "completed" || data?.status === "failed",
    );
    const { errors } = done(await feeds.errors({ id: import_id }));
    assert.equal(ended?.rows_imported, 9_999, JSON.stringify([ended, errors.slice(0, 3)]));
    const [wrong] = errors;
    return [undefined, `${ended?.rows_imported} imported; line ${wrong?.line}: ${wrong?.message}`];
  });
  const [best] = await step("What suits Robin, best first", async () => {
    const { recommendations, credits_used } = done(
      await robin.tessera.call("postRecommendations", { product: "modera", analysis_id, limit: 3 }),
    );
    for (const { title, colour, score, reason } of recommendations) {
      print(`         ${score.toFixed(2)}  ${title}, ${colour}: ${reason}`);
    }
    return [recommendations, `${recommendations.length} for ${credits_used} credits`];
  });
  assert.ok(best);
  await step("A click leads to the shop, through us", async () => {
    const click = await fetch(best.link, { redirect: "manual" });
    await click.body?.cancel();
    assert.equal(click.status, 302);
    return [undefined, String(click.headers.get("location"))];
  });
  await step("The shop reports the purchase, twice; a forger too", async () => {
    const { secret } = done(await partners.newSecret({ code: "atelier" }));
    const text = JSON.stringify({
      type: "purchase",
      recommendation_id: best.recommendation_id,
      order_id: "order-1",
      amount: best.price,
      currency: best.currency,
      occurred_at: new Date().toISOString(),
    });
    const report = async (key = secret) => {
      const [id, at] = ["message-1", new Date()];
      const answer = await fetch(`${platform.functions_url}/partner-postback?partner=atelier`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "webhook-id": id,
          "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
          "webhook-signature": new Webhook(key).sign(id, at, text),
        },
        body: text,
      });
      return { status: answer.status, body: await answer.json() as Record<string, unknown> };
    };
    const forged = await report(`whsec_${btoa("somebody else's secret")}`);
    const [{ status, body: first }, again] = [await report(), await report()];
    assert.deepEqual([forged.status, status, again.status], [400, 200, 409]);
    const earned = `${Number(first["amount"]) / 100} ${first["currency"]}`;
    return [
      undefined,
      `one commission of ${earned}, ${first["status"]} until ${first["clears_at"]}`,
    ];
  });
}
