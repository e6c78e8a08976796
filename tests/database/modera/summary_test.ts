import assert from "node:assert/strict";
import { buy } from "./buy.ts";
import { bookCommission, reverseCommission } from "./commission.ts";
import { Modera, type Person, type Started, type StartedAnalysis } from "./modera.ts";

interface Summary {
  revenue: Record<string, unknown>[];
  commissions: Record<string, unknown>[];
  users: { active: number; new: number };
  conversion: { buyers: number; tried: number; rate: number | null };
  sessions: Record<string, number>;
  features: Record<string, unknown>[];
  credit_value: { micros: number | null; source: string | null };
}

/** An admin of MODERA. */
async function admin({ kernel }: Modera): Promise<{ id: string }> {
  const id = await kernel.user();
  await kernel.sql`select private.appoint_admin(${id}, 'modera', 'test')`;
  return { id };
}

/** The summary of a range of days, by default of today in UTC. */
async function summary(
  modera: Modera,
  caller: { id: string },
  { from, to, zone = "UTC" }: { from?: string; to?: string; zone?: string | null } = {},
): Promise<Summary> {
  const today = await day(modera);
  return await modera.as("authenticated", caller, async (tx) => {
    const [row] = await tx`select modera.summary(${from ?? today}, ${
      to ?? from ?? today
    }, ${zone}) as answer`;
    return row!.answer;
  });
}

/** Today, or so many days later, in UTC. */
async function day({ sql }: Modera, later = 0): Promise<string> {
  const [row] = await sql`
    select ((private.now() at time zone 'UTC')::date + ${later}::integer)::text as day`;
  return row!.day;
}

/** The clock goes on to the next midnight of UTC and `after` it. */
async function nextDay({ sql }: Modera, after: string): Promise<void> {
  await sql`select platform.advance_clock(
    date_trunc('day', private.now(), 'UTC') + interval '1 day' - private.now() + ${after}::interval)`;
}

/** A provider took the work, and said what it charges for it. */
async function priced(modera: Modera, work: Started | StartedAnalysis, cost_micros: number | null) {
  await modera.submitted(work);
  if (cost_micros === null) return;
  const { prediction_id } = work;
  await modera.kernel.service("record_prediction_cost", { prediction_id, cost_micros });
}

async function tryOn(modera: Modera, person: Person, cost: number | null): Promise<Started> {
  const started = await modera.start(person);
  await priced(modera, started, cost);
  await modera.complete(person, started);
  return started;
}

Deno.test("M-24, X-13: revenue is by currency, what went back taken off, and never one sum", async () => {
  await using modera = await Modera.open();
  await nextDay(modera, "1 hour");
  const keeper = await admin(modera);
  const [ada, ben] = [await modera.person(), await modera.person()];
  await buy(modera, ada, "basic", "USD");
  await buy(modera, ben, "premium", "USD");
  const returned = await buy(modera, ben, "basic", "RUB");
  await returned.refundAll();
  const money = { invoices: 1, credits: 50, gross: 29900, refunded: 29900, net: 0 };
  assert.deepEqual((await summary(modera, keeper)).revenue, [
    { currency: "RUB", ...money },
    { currency: "USD", invoices: 2, credits: 200, gross: 1798, refunded: 0, net: 1798 },
  ]);

  // What goes back on another day is that day's.
  const late = await buy(modera, ada, "premium", "RUB");
  await nextDay(modera, "1 hour");
  await late.refundAll();
  const { revenue: [roubles] } = await summary(modera, keeper);
  assert.deepEqual([roubles?.gross, roubles?.refunded, roubles?.net], [0, 79900, -79900]);
});

Deno.test("disputed money has gone back, once, until the dispute is won", async () => {
  await using modera = await Modera.open();
  await nextDay(modera, "1 hour");
  const [keeper, person] = [await admin(modera), await modera.person()];
  const net = async () => (await summary(modera, keeper)).revenue.map((row) => row.net);
  const [won, lost] = [
    await buy(modera, person, "basic", "USD"),
    await buy(modera, person, "basic", "USD"),
  ];
  await won.dispute();
  await lost.dispute();
  assert.deepEqual(await net(), [0]);
  await lost.dispute("lost");
  assert.deepEqual(await net(), [0]);
  await won.dispute("won");
  assert.deepEqual(await net(), [499]);
});

Deno.test("conversion is of those who bought: who of them finished a try-on after it", async () => {
  await using modera = await Modera.open();
  await nextDay(modera, "1 hour");
  const keeper = await admin(modera);
  const nobody = { buyers: 0, tried: 0, rate: null };
  assert.deepEqual((await summary(modera, keeper)).conversion, nobody);
  const [buyer, idle, early, unlucky, guest] = await Promise.all(
    [0, 0, 3, 0, 3].map((credits) => modera.person(credits)),
  ) as [Person, Person, Person, Person, Person];
  await tryOn(modera, early, null);
  await modera.kernel.database.advanceClock("1 minute");
  for (const person of [buyer, idle, early, unlucky]) await buy(modera, person, "basic", "USD");
  await buy(modera, buyer, "basic", "RUB");
  await modera.kernel.database.advanceClock("1 minute");
  await tryOn(modera, buyer, null);
  await tryOn(modera, buyer, null);
  await tryOn(modera, guest, null);
  await modera.fail(await modera.start(unlucky));
  const { conversion, users, sessions } = await summary(modera, keeper);
  assert.deepEqual(conversion, { buyers: 4, tried: 1, rate: 0.25 });
  assert.deepEqual(users, { active: 5, new: 5 });
  assert.deepEqual(sessions, { opened: 5, completed: 4, failed: 1, expired: 0 });
});

Deno.test("a feature's margin is its credits at what a credit brought, less what providers charged, failures too", async () => {
  await using modera = await Modera.open();
  await nextDay(modera, "1 hour");
  const keeper = await admin(modera);
  const person = await modera.person(100);
  const catalogue = await summary(modera, keeper);
  // The premium pack, 12.99 USD for 150 credits, is the cheapest on sale.
  assert.deepEqual(catalogue.credit_value, { micros: 86600, source: "catalogue" });
  await buy(modera, person, "basic", "USD");
  await tryOn(modera, person, 40_000);
  const failed = await modera.start(person);
  await priced(modera, failed, 10_000);
  await modera.fail(failed);
  const analysis = await modera.analyse(person);
  await priced(modera, analysis, null);
  await modera.analysed(analysis);
  const { features, credit_value } = await summary(modera, keeper);
  assert.deepEqual(credit_value, { micros: 99800, source: "sales" });
  assert.deepEqual(features, [
    {
      feature: "styling",
      uses: 1,
      credits: 5,
      value_micros: 499_000,
      predictions: 1,
      priced_predictions: 0,
      cost_micros: 0,
      margin_micros: 499_000,
    },
    {
      feature: "tryon",
      uses: 1,
      credits: 3,
      value_micros: 299_400,
      predictions: 2,
      priced_predictions: 2,
      cost_micros: 50_000,
      margin_micros: 249_400,
    },
  ]);
});

Deno.test("credits that were given back for a feature are not its credits", async () => {
  await using modera = await Modera.open();
  await nextDay(modera, "1 hour");
  const [keeper, person] = [await admin(modera), await modera.person(10)];
  const started = await tryOn(modera, person, null);
  const refund = ["refund", "tryon", started.session_id, "sorry"] as const;
  await modera.service("update_user_credits", person.userId, 2, ...refund);
  const { features } = await summary(modera, keeper);
  const found = features.map(({ feature, uses, credits }) => [feature, uses, credits]);
  assert.deepEqual(found, [["tryon", 1, 1]]);
});

Deno.test("commissions are by currency on the day of the purchase, and reversals on theirs", async () => {
  await using modera = await Modera.open();
  await nextDay(modera, "1 hour");
  const [keeper, person] = [await admin(modera), await modera.person()];
  const now = await modera.kernel.database.advanceClock("1 minute");
  await bookCommission(modera, person, now, { amount: 300, currency: "EUR" });
  const booked = await bookCommission(modera, person, now, { amount: 500, currency: "USD" });
  await nextDay(modera, "1 hour");
  await reverseCommission(modera, booked);
  const yesterday = await day(modera, -1);
  assert.deepEqual((await summary(modera, keeper, { from: yesterday })).commissions, [
    { currency: "EUR", booked: 300, reversed: 0 },
    { currency: "USD", booked: 500, reversed: 0 },
  ]);
  assert.deepEqual((await summary(modera, keeper)).commissions, [
    { currency: "USD", booked: 0, reversed: 500 },
  ]);
  assert.deepEqual(
    (await summary(modera, keeper, { from: yesterday, to: await day(modera) })).commissions,
    [
      { currency: "EUR", booked: 300, reversed: 0 },
      { currency: "USD", booked: 500, reversed: 500 },
    ],
  );
});

Deno.test("days begin and end where the time zone says", async () => {
  await using modera = await Modera.open();
  await nextDay(modera, "20 hours");
  const [keeper, person] = [await admin(modera), await modera.person()];
  await buy(modera, person, "basic", "USD");
  const [today, tomorrow] = [await day(modera), await day(modera, 1)];
  const sold = async (from: string, zone: string) =>
    (await summary(modera, keeper, { from, zone })).revenue.length;
  assert.deepEqual([await sold(today, "UTC"), await sold(tomorrow, "UTC")], [1, 0]);
  assert.deepEqual([await sold(today, "Asia/Tokyo"), await sold(tomorrow, "Asia/Tokyo")], [0, 1]);
});

Deno.test("only an admin of MODERA reads the summary, of 1 to 366 days in a zone that exists", async () => {
  await using modera = await Modera.open();
  const stranger = await modera.person();
  const other = await modera.kernel.user();
  await modera.sql`select private.appoint_admin(${other}, 'acme', 'test')`;
  for (const caller of [stranger, { id: other }]) {
    await assert.rejects(summary(modera, caller), { code: "PT403", message: "admin_required" });
  }
  const keeper = await admin(modera);
  const wrong = { code: "PT422", message: "invalid_request" };
  for (const zone of ["Mars/Olympus", "+03:00", "", null]) {
    await assert.rejects(summary(modera, keeper, { zone }), wrong);
  }
  for (const to of [-1, 366]) {
    await assert.rejects(summary(modera, keeper, { to: await day(modera, to) }), wrong);
  }
  await summary(modera, keeper, { to: await day(modera, 365) });
});
