import assert from "node:assert/strict";
import { createClient } from "@supabase/supabase-js";
import { until } from "../until.ts";
import { done } from "./guest.ts";
import type { Cast } from "./scenario.ts";

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

/** A partner brings a feed. */
export async function shopping({ step, keeper, platform }: Cast): Promise<void> {
  const { partners, feeds } = keeper.tessera.admin;
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
}
