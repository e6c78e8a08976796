import type Stripe from "stripe";
import { z } from "zod";
import type { Json } from "../database/types.ts";

const livePrices = z.array(z.object({
  price_id: z.uuid(),
  product: z.string(),
  offer: z.string(),
  title: z.string(),
  kind: z.enum(["pack", "plan"]),
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

/** The books' side of the catalogue. */
export interface PriceBook {
  /** What `api.live_prices` answers. */
  livePrices(): Promise<Json>;
  /** Records the id that a price has at Stripe. */
  linkPrice(priceId: string, stripeId: string): Promise<void>;
}

/**
 * Makes every live price that is paid through Stripe at Stripe, found again by its lookup key (`modera_basic_usd`), and records
 * Stripe's ids. Safe to repeat: a price that is there with the same amount is kept.
 *
 * @param only `unlinked` leaves out those whose id at Stripe is recorded.
 */
export async function syncCatalogue(
  { book, stripe }: { book: PriceBook; stripe: Stripe },
  only: "unlinked" | "all" = "all",
): Promise<SyncReport> {
  const live = livePrices.parse(await book.livePrices());
  const prices = live.filter(({ provider, provider_price_id }) =>
    provider === "stripe" && (only === "all" || provider_price_id === null)
  );
  const report: SyncReport = { created: 0, kept: 0 };
  for (const price of prices) {
    const known = await findPrice(stripe, price);
    const linked = known ?? await createPrice(stripe, price);
    report[known ? "kept" : "created"]++;
    if (linked.id !== price.provider_price_id) {
      await book.linkPrice(price.price_id, linked.id);
    }
  }
  return report;
}

async function findPrice(stripe: Stripe, price: LivePrice): Promise<Stripe.Price | null> {
  const { data } = await stripe.prices.list({ lookup_keys: [lookupKey(price)], limit: 1 });
  const [found] = data;
  const same = found?.unit_amount === price.amount &&
    (found.recurring?.interval ?? null) === (price.kind === "plan" ? "month" : null) &&
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
    ...(price.kind === "plan" ? { recurring: { interval: "month" as const } } : {}),
    lookup_key: lookupKey(price),
    // A new version of a price takes the key over from the one before it.
    transfer_lookup_key: true,
    metadata: { price_id: price.price_id },
  }, { idempotencyKey: `price:${price.price_id}` });
}

function lookupKey({ product, offer, currency }: LivePrice): string {
  return `${product}_${offer}_${currency.toLowerCase()}`;
}
