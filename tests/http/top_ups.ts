import { eventually } from "../harness/eventually.ts";
import { testPlatform } from "../harness/environment.ts";
import { callJson, platformDatabase, type User } from "../harness/platform.ts";
import { stripeClient } from "../../packages/payments/stripe_client.ts";
import { freshKey, userWithCredits } from "./people.ts";
import { emulator } from "./stripe.ts";

/** What `auto-top-up` answers. */
export interface Setting {
  enabled: boolean;
  threshold: number | null;
  offer: string | null;
  cap: number | null;
  spent: number | null;
  declines: number;
  switched_off: string | null;
  payment_method_saved_at: string | null;
  attempt: { state: string; failure: string | null } | null;
}

/** Below 10 credits, MODERA's basic pack (50 credits for 4.99 USD), for at most 20.00 USD. */
export const terms = {
  product: "modera",
  enabled: true,
  threshold: 10,
  offer: "basic",
  currency: "USD",
  cap: 2000,
};

/** The person's top-up as they see it. */
export async function settingOf(user: User): Promise<Setting> {
  return (await callJson<Setting>("auto-top-up?product=modera", { caller: user })).body;
}

/** The person sets their top-up. */
export function agree<T = Setting>(user: User, body: Record<string, unknown> = terms) {
  return callJson<T>("auto-top-up", { method: "PUT", caller: user, body });
}

/** The person saves a card on Stripe's page. */
export async function saveCard(user: User): Promise<void> {
  const before = (await settingOf(user)).payment_method_saved_at;
  const { body } = await callJson<{ url: string }>("auto-top-up/payment-method", {
    caller: user,
    key: freshKey(),
    body: { product: "modera", currency: "USD" },
  });
  const page = await fetch(`${body.url}/complete`, { method: "POST", redirect: "manual" });
  await page.body?.cancel();
  await eventually(
    () => settingOf(user),
    ({ payment_method_saved_at }) => payment_method_saved_at !== before,
  );
}

/** Somebody with a saved card who agreed, and holds `credits`. */
export async function toppedUp(credits: number): Promise<User> {
  const user = await userWithCredits(credits);
  await saveCard(user);
  await agree(user);
  return user;
}

/** Takes credits of somebody. */
export async function spend(user: User, amount: number): Promise<void> {
  const body = { product: "modera", holder: user.id, amount };
  await callJson("credit-debit", { caller: "secret", key: freshKey(), body });
}

/** What the cards of somebody do from now on. */
export async function cardsOf(
  user: User,
  behaviour: "pays" | "declines" | "asks" | "processes",
): Promise<void> {
  const sql = platformDatabase();
  const [row] = await sql`
    select provider_customer_id as id from billing.payment_methods where holder = ${user.id}`;
  await sql.end();
  await emulator(`customers/${row?.["id"]}/cards`, { behaviour });
}

/** The payments of a person's top-ups that succeeded at Stripe, by their ids. */
export async function paymentsAtStripe(user: User): Promise<string[]> {
  const sql = platformDatabase();
  const rows = await sql`select id from billing.top_up_attempts where holder = ${user.id}`;
  await sql.end();
  const attempts = new Set(rows.map(({ id }) => id));
  const stripe = stripeClient({ secretKey: "sk_test", apiUrl: testPlatform().stripe_url! });
  const found: string[] = [];
  for await (const event of stripe.events.list({ type: "payment_intent.succeeded", limit: 100 })) {
    if (event.type !== "payment_intent.succeeded") continue;
    const { id, metadata } = event.data.object;
    if (attempts.has(metadata["top_up_id"])) found.push(id);
  }
  return found;
}
