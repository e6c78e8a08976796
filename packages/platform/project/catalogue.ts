import { syncCatalogue } from "../../payments/catalogue.ts";
import { operatorBook } from "../../payments/price_book.ts";
import { stripeClient } from "../../payments/stripe_client.ts";
import type { Emulators } from "../contracts.ts";
import type { Sql } from "../postgres/connect.ts";

/** Makes the catalogue's prices, if there is one, at the emulated Stripe, which forgets them when it stops. */
export async function publishCatalogue(superuser: Sql, { stripe_url }: Emulators): Promise<void> {
  const [found] = await superuser<{ exists: boolean }[]>`
    select to_regclass('billing.prices') is not null as exists`;
  if (!found?.exists) return;
  const stripe = stripeClient({ secretKey: "sk_test_local", apiUrl: stripe_url });
  await syncCatalogue({ book: operatorBook(superuser), stripe });
}
