import { syncCatalogue } from "../../payments/catalogue.ts";
import { stripeClient } from "../../payments/stripe_client.ts";
import type { Emulators } from "../contracts.ts";
import type { Sql } from "../postgres/connect.ts";

/** Makes the catalogue's prices at the emulated Stripe, which forgets them when it stops. */
export async function publishCatalogue(superuser: Sql, { stripe_url }: Emulators): Promise<void> {
  const stripe = stripeClient({ secretKey: "sk_test_local", apiUrl: stripe_url });
  await syncCatalogue({ sql: superuser, stripe });
}
