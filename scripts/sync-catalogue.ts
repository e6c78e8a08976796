/**
 * Makes the catalogue's live prices at Stripe and records their ids.
 *
 *   DATABASE_URL=postgresql://… STRIPE_SECRET_KEY=sk_… node_modules/.bin/deno run -A scripts/sync-catalogue.ts
 */
import postgres from "postgres";
import { syncCatalogue } from "../packages/payments/catalogue.ts";
import { operatorBook } from "../packages/payments/price_book.ts";
import { required, stripeFromEnv } from "../packages/payments/stripe_client.ts";

const sql = postgres(required("DATABASE_URL"), { max: 1 });
try {
  const report = await syncCatalogue({ book: operatorBook(sql), stripe: stripeFromEnv() });
  const { created, kept } = report;
  Deno.stdout.writeSync(new TextEncoder().encode(`${created} prices made, ${kept} kept\n`));
} finally {
  await sql.end();
}
