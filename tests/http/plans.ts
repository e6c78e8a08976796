import { eventually } from "../harness/eventually.ts";
import { callJson, platformDatabase, type User } from "../harness/platform.ts";
import { freshKey } from "./people.ts";
import { emulator } from "./stripe.ts";

/** What `subscribe` and `subscription-change` answer of somebody. */
export interface Membership {
  product: string;
  plan: string;
  subscription: {
    subscription_id: string;
    plan: string;
    state: string;
    amount: number;
    credits: number;
    current_period_end: string;
    cancel_at_period_end: boolean;
    next_plan: string | null;
  } | null;
}

/** What `subscribe` answers whoever begins. */
export interface Opened {
  order_id: string;
  plan: string;
  url: string | null;
}

/** Somebody's plan in DTF Editor. */
export async function membershipOf(user: User): Promise<Membership> {
  return (await callJson<Membership>("subscribe?product=dtf", { caller: user })).body;
}

/** Opens the page of a plan. */
export function open<T = Opened>(user: User, plan: string, key = freshKey()) {
  return callJson<T>("subscribe", { caller: user, key, body: { product: "dtf", plan } });
}

/** Changes, ends or resumes somebody's subscription. */
export function ask<T = Membership>(
  user: User,
  path: "subscription-change" | "subscription-cancel" | "subscription-cancel/resume",
  body: Record<string, unknown> = {},
  key = freshKey(),
) {
  return callJson<T>(path, { caller: user, key, body: { product: "dtf", ...body } });
}

/** Pays a page as people do; whether it could be paid. */
export async function payPage(url: string): Promise<boolean> {
  const page = await fetch(`${url}/complete`, { method: "POST", redirect: "manual" });
  await page.body?.cancel();
  return page.status === 303;
}

/** Subscribes somebody on Stripe's page, and returns what Stripe calls the subscription. */
export async function subscribe(user: User, plan: string): Promise<string> {
  const { body } = await open(user, plan);
  if (!body.url || !await payPage(body.url)) throw new Error(JSON.stringify(body));
  await eventually(() => openOf(user), (subscription) => subscription?.state === "active");
  await eventually(() => creditsOf(user), (credits) => credits > 0);
  return await nameOf(user);
}

/** Somebody's open subscription as it is written; for waiting, which calls have a limit for. */
export async function openOf(user: User) {
  const [row] = await query(
    (sql) =>
      sql<{ state: string; plan: string; cancel_at_period_end: boolean }[]>`
        select s.state, p.code as plan, s.cancel_at_period_end
        from billing.subscriptions s join billing.plans p on p.id = s.plan_id
        where s.holder = ${user.id} and s.product = 'dtf' and s.ended_at is null and not s.is_duplicate`,
  );
  return row ?? null;
}

/** What Stripe calls somebody's open subscription. */
async function nameOf(user: User): Promise<string> {
  const [row] = await query(
    (sql) =>
      sql`select provider_subscription_id as id from billing.subscriptions
        where holder = ${user.id} and product = 'dtf' and ended_at is null and not is_duplicate`,
  );
  return row?.["id"] ?? "";
}

/** Ends somebody's subscription at once, if they have one. */
export async function endSubscription(user: User): Promise<void> {
  const id = await nameOf(user);
  if (!id) return;
  await emulator(`subscriptions/${id}/cancel`);
  await eventually(() => openOf(user), (subscription) => subscription === null);
}

/** What somebody can spend in DTF Editor of what they paid for. */
export async function creditsOf(user: User): Promise<number> {
  const [row] = await query(
    (sql) =>
      sql`select coalesce(sum(g.remaining), 0)::int as credits from ledger.grants g join ledger.accounts a on a.id = g.account_id
        where a.holder = ${user.id} and a.product = 'dtf' and g.category = 'paid'`,
  );
  return row?.["credits"] ?? 0;
}

/** Asks the database. */
export async function query<T>(
  work: (sql: ReturnType<typeof platformDatabase>) => PromiseLike<T>,
): Promise<T> {
  const sql = platformDatabase();
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}
