import type { Sql } from "postgres";
import type Stripe from "stripe";
import { z } from "zod";

const livePrices = z.array(z.object({
  price_id: z.uuid(),
  product: z.string(),
  offer: z.string(),
  title: z.string(),
  currency: z.string(),
  amount: z.int(),
  provider: z.string(),
  provider_price_id: z.string().nullable(),
}));

type LivePrice = z.infer<typeof livePrices>[number];

/** What was done: how many prices were made at Stripe, and how many were there already. */
export interface SyncReport {
  created: number;
  kept: number;
}

/**
 * Makes every live price that is paid through Stripe at Stripe, found again by its lookup key (`modera_basic_usd`), and records
 * Stripe's ids. Safe to repeat: a price that is there with the same amount is kept.
 *
 * @param sql connections that may call `billing.live_prices` and `billing.link_price`
 */
export async function syncCatalogue(
  { sql, stripe }: { sql: Sql; stripe: Stripe },
): Promise<SyncReport> {
  const [row] = await sql`select billing.live_prices(null) as prices`;
  const prices = livePrices.parse(row?.["prices"]).filter(({ provider }) => provider === "stripe");
  const report: SyncReport = { created: 0, kept: 0 };
  for (const price of prices) {
    const known = await findPrice(stripe, price);
    const linked = known ?? await createPrice(stripe, price);
    report[known ? "kept" : "created"]++;
    if (linked.id !== price.provider_price_id) {
      await sql`select billing.link_price(${price.price_id}, ${linked.id})`;
    }
  }
  return report;
}

async function findPrice(stripe: Stripe, price: LivePrice): Promise<Stripe.Price | null> {
  const { data } = await stripe.prices.list({ lookup_keys: [lookupKey(price)], limit: 1 });
  const [found] = data;
  const same = found?.unit_amount === price.amount &&
    found.currency.toUpperCase() === price.currency;
  return found && same ? found : null;
}

async function createPrice(stripe: Stripe, price: LivePrice): Promise<Stripe.Price> {
  const product = await stripe.products.create(
    { name: price.title, metadata: { product: price.product, offer: price.offer } },
    { idempotencyKey: `product:${price.price_id}` },
  );
  return await stripe.prices.create({
    product: product.id,
    currency: price.currency.toLowerCase(),
    unit_amount: price.amount,
    lookup_key: lookupKey(price),
    // A new version of a price takes the key over from the one before it.
    transfer_lookup_key: true,
    metadata: { price_id: price.price_id },
  }, { idempotencyKey: `price:${price.price_id}` });
}

function lookupKey({ product, offer, currency }: LivePrice): string {
  return `${product}_${offer}_${currency.toLowerCase()}`;
}
