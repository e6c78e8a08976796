import fc from "../../harness/fast_check.ts";
import { buy } from "./buy.ts";
import { bookCommission, reverseCommission } from "./commission.ts";
import { Modera, type Person } from "./modera.ts";

/** One thing that somebody does. */
type Deed =
  | { does: "open" | "try_on" | "style"; minutes: number; rating: number | null }
  | { does: "spend"; credits: number; feature: string }
  | { does: "buy"; offer: string; currency: string }
  | { does: "earn"; amount: number; currency: string }
  | { does: "return" }
  | { does: "rate"; rating: number };

/** A deed, who does it (by number), and how long it is since the last one. */
export type Step = { who: number; minutes: number; deed: Deed };

/** Where the people of a program live, by number; one of them across a change of clocks. */
export const zones = ["UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati"];
const prices: Record<string, [cents: number, credits: number]> = {
  "basic USD": [499, 50],
  "basic RUB": [29900, 50],
  "premium USD": [1299, 150],
  "premium RUB": [79900, 150],
};

const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({
    does: fc.constantFrom("open" as const, "try_on" as const, "style" as const),
    minutes: fc.integer({ min: 0, max: 20 }),
    rating: fc.option(fc.integer({ min: 1, max: 5 })),
  }),
  fc.record({
    does: fc.constant("spend" as const),
    credits: fc.integer({ min: 1, max: 9 }),
    feature: fc.constantFrom("tryon", "recommendations"),
  }),
  fc.record({
    does: fc.constant("buy" as const),
    offer: fc.constantFrom("basic", "premium"),
    currency: fc.constantFrom("USD", "RUB"),
  }),
  fc.record({
    does: fc.constant("earn" as const),
    amount: fc.integer({ min: 0, max: 5000 }),
    currency: fc.constantFrom("USD", "EUR"),
  }),
  fc.record({ does: fc.constant("return" as const) }),
  fc.record({ does: fc.constant("rate" as const), rating: fc.integer({ min: 1, max: 5 }) }),
);

/** A random life of several people. */
export const program: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    who: fc.nat(zones.length - 1),
    minutes: fc.integer({ min: 0, max: 30 * 60 }),
    deed,
  }),
  { minLength: 5, maxLength: 30 },
);

/** What a day of somebody comes to, counted by this test and not by SQL. */
interface Day {
  sessions: number;
  tryons: number;
  stylings: number;
  seconds: number;
  features: Record<string, number>;
  ratings: Record<string, number>;
  purchased: number;
  revenue: Record<string, number>;
  commissions: Set<Commission>;
}

/** A commission that stands: one that is reversed is taken out of its day. */
interface Commission {
  id: string;
  currency: string;
  amount: number;
}

const plus = (sums: Record<string, number>, name: string, amount: number) => {
  sums[name] = (sums[name] ?? 0) + amount;
};

/** Does what a program says, at its time, and keeps a tally of its own. */
export class Diary {
  readonly #days = new Map<string, Day>();
  readonly #earned = new Map<number, { commission: Commission; day: Day }>();
  readonly #tried = new Map<number, { id: string; day: Day; rating: number | null }>();

  constructor(readonly modera: Modera, readonly people: Person[]) {}

  async run({ who, minutes, deed }: Step): Promise<void> {
    const now = await this.#wait(minutes);
    const person = this.people[who]!;
    switch (deed.does) {
      case "open":
      case "try_on":
      case "style":
        return await this.#request(who, person, now, deed);
      case "spend":
        await this.modera.sql`select ledger.debit('modera', ${person.id}, ${deed.credits},
          ${crypto.randomUUID()}, ${deed.feature})`;
        return plus(this.#day(who, now).features, deed.feature, deed.credits);
      case "buy": {
        await buy(this.modera, person, deed.offer, deed.currency);
        const [amount, credits] = prices[`${deed.offer} ${deed.currency}`]!;
        const day = this.#day(who, now);
        plus(day.revenue, deed.currency, amount);
        day.purchased += credits;
        return;
      }
      case "earn":
        return await this.#earn(who, person, now, deed);
      case "return":
        return await this.#return(who);
      case "rate": {
        const tried = this.#tried.get(who);
        if (!tried) return;
        await this.modera.sql`update modera.virtual_tryons set user_rating = ${deed.rating}
          where id = ${tried.id}`;
        if (tried.rating !== null) plus(tried.day.ratings, String(tried.rating), -1);
        plus(tried.day.ratings, String(deed.rating), 1);
        tried.rating = deed.rating;
      }
    }
  }

  /** Never to the last moments before a midnight of some zone, which the deed itself might pass. */
  async #wait(minutes: number): Promise<Date> {
    const { database } = this.modera.kernel;
    const now = await database.advanceClock(`${minutes} minutes`);
    const quarter = 15 * 60_000;
    return quarter - now.getTime() % quarter < 20_000
      ? await database.advanceClock("30 seconds")
      : now;
  }

  async #request(
    who: number,
    person: Person,
    now: Date,
    deed: Deed & { does: "open" | "try_on" | "style" },
  ): Promise<void> {
    const day = this.#day(who, now);
    const seconds = deed.does === "open" ? null : deed.minutes * 60;
    const [session] = await this.modera.sql`
      insert into modera.fashion_sessions (user_id, session_type, status, started_processing_at, completed_at,
        processing_time, created_at, expires_at)
      values (${person.userId}, ${deed.does === "style" ? "styling" : "tryon"},
        ${deed.does === "open" ? "active" : "completed"},
        ${seconds === null ? null : now}, ${seconds === null ? null : now}, ${seconds}, ${now},
        ${now}::timestamptz + interval '30 minutes')
      returning id`;
    day.sessions++;
    if (seconds === null) return;
    day.seconds += seconds;
    const path = `${person.id}/a.png`;
    if (deed.does === "try_on") {
      const [row] = await this.modera.sql`
        insert into modera.virtual_tryons (session_id, user_id, person_image_url, clothing_image_url,
          result_image_url, completed_at, user_rating, created_at)
        values (${
        session!.id
      }, ${person.userId}, ${path}, ${path}, ${path}, ${now}, ${deed.rating}, ${now})
        returning id`;
      this.#tried.set(who, { id: row!.id, day, rating: deed.rating });
      day.tryons++;
    } else {
      const feedback = deed.rating === null ? {} : { rating: deed.rating };
      await this.modera.sql`
        insert into modera.style_analyses (session_id, user_id, input_image_url, completed_at, user_feedback,
          created_at)
        values (${session!.id}, ${person.userId}, ${path}, ${now}, ${
        this.modera.sql.json(feedback)
      }, ${now})`;
      day.stylings++;
    }
    if (deed.rating !== null) plus(day.ratings, String(deed.rating), 1);
  }

  async #earn(
    who: number,
    person: Person,
    now: Date,
    { amount, currency }: Deed & { does: "earn" },
  ): Promise<void> {
    const id = await bookCommission(this.modera, person, now, { amount, currency });
    const earned = { commission: { id, currency, amount }, day: this.#day(who, now) };
    earned.day.commissions.add(earned.commission);
    this.#earned.set(who, earned);
  }

  async #return(who: number): Promise<void> {
    const earned = this.#earned.get(who);
    if (!earned) return;
    await reverseCommission(this.modera, earned.commission.id);
    earned.day.commissions.delete(earned.commission);
    this.#earned.delete(who);
  }

  /** The day of somebody that a moment belongs to, by the calendar of their zone. */
  #day(who: number, at: Date): Day {
    const date = new Intl.DateTimeFormat("en-CA", { timeZone: zones[who]! }).format(at);
    const key = `${who} ${date}`;
    const day = this.#days.get(key) ?? {
      sessions: 0,
      tryons: 0,
      stylings: 0,
      seconds: 0,
      features: {},
      ratings: {},
      purchased: 0,
      revenue: {},
      commissions: new Set(),
    };
    this.#days.set(key, day);
    return day;
  }

  /** The rows that the tally comes to, sorted. */
  rows(): string[] {
    return [...this.#days].flatMap(([key, day]) => {
      const [who, date] = key.split(" ");
      const commissions: Record<string, number> = {};
      for (const { currency, amount } of day.commissions) plus(commissions, currency, amount);
      const currencies = [...new Set([...Object.keys(day.revenue), ...Object.keys(commissions)])]
        .sort((a, b) =>
          (day.revenue[b] ?? 0) - (day.revenue[a] ?? 0) ||
          (commissions[b] ?? 0) - (commissions[a] ?? 0) || (a < b ? -1 : 1)
        );
      const { ratings, features, sessions } = day;
      const active = sessions > 0 || Object.keys(features).length > 0 || currencies.length > 0;
      if (!active) return [];
      const given = Object.fromEntries(Object.entries(ratings).filter(([, times]) => times > 0));
      const none: Day = { ...day, sessions: 0, tryons: 0, stylings: 0, seconds: 0, purchased: 0 };
      return (currencies.length > 0 ? currencies : ["USD"]).map((currency, i) =>
        line([
          this.people[Number(who)]!.userId,
          date,
          currency,
          ...counts(i === 0 ? { ...day, ratings: given } : { ...none, features: {}, ratings: {} }),
          day.revenue[currency] ?? 0,
          commissions[currency] ?? 0,
        ])
      );
    }).sort();
  }
}

function counts({ sessions, tryons, stylings, features, purchased, seconds, ratings }: Day) {
  const used = Object.values(features).reduce((sum, credits) => sum + credits, 0);
  return [sessions, tryons, stylings, used, purchased, seconds, sorted(features), sorted(ratings)];
}

const sorted = (object: Record<string, number>) =>
  Object.entries(object).sort(([a], [b]) => a < b ? -1 : 1);
const line = (values: unknown[]) => JSON.stringify(values);

/** The rows that SQL has counted, in the form of `Diary.rows`. */
export async function counted(modera: Modera): Promise<string[]> {
  const rows = await modera.sql`
    select user_id::text, date::text, revenue_currency, sessions_count, tryons_count, stylings_count, credits_used,
      credits_purchased, time_spent_seconds, features_used, user_ratings, revenue_generated::int, affiliate_commissions::int
    from modera.user_analytics`;
  return rows.map((row) =>
    line(Object.values({
      ...row,
      features_used: sorted(row.features_used),
      user_ratings: sorted(row.user_ratings),
    }))
  ).sort();
}
