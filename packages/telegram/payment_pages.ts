import type { OpenPage } from "../payments/open_checkout.ts";
import { required, stripeFromEnv } from "../payments/stripe_client.ts";
import { stripePages } from "../payments/stripe_page.ts";
import { starsPages } from "./stars.ts";

/**
 * Where invoices are paid, by provider, as the environment describes them.
 *
 * @throws Error when Stripe's key or CHECKOUT_RETURN_URL is missing. A bot is asked for when Stars are.
 */
export function paymentPagesFromEnv(): Record<string, OpenPage> {
  return {
    stripe: stripePages(stripeFromEnv(), required("CHECKOUT_RETURN_URL")),
    telegram: starsPages(),
  };
}
