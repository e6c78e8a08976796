import type { Sql } from "postgres";
import { type Database, freshDatabase } from "../../harness/database.ts";

/** A balance as the ledger answers it, in credits. */
export type Balance = { posted: number; pending: number; available: number };

/** What any call of the ledger may answer. */
export type Outcome = {
  entry_id: string;
  grant_id: string;
  hold_id: string;
  amount: number;
  captured: number;
  released: number;
  taken: number;
  owed: number;
  state: string;
  balance: Balance;
  replayed: boolean;
  refusal?: {
    code: string;
    required?: number;
    available?: number;
    refundable?: number;
    state?: string;
  };
};

type GrantTerms = {
  category?: "paid" | "promotional";
  priority?: number;
  effective_at?: Date;
  expires_at?: Date;
};

/** Calls of the ledger's functions in a database of their own, by the names of the domain. */
export class Ledger implements AsyncDisposable {
  private constructor(readonly database: Database) {}

  /** A ledger in which up to `connections` calls run at once. */
  static async open(connections?: number): Promise<Ledger> {
    return new Ledger(await freshDatabase(connections));
  }

  get sql(): Sql {
    return this.database.sql;
  }

  /** A registered holder who has nothing yet. */
  async holder(): Promise<string> {
    const id = crypto.randomUUID();
    await this.sql`select ledger.register_holder('modera', ${id})`;
    return id;
  }

  /** A registered holder with one plain paid grant. */
  async holderWith(credits: number): Promise<string> {
    const id = await this.holder();
    await this.grant(id, credits);
    return id;
  }

  grant(holder: string, amount: number, terms: GrantTerms = {}, key = newKey()): Promise<Outcome> {
    return this.#outcome(
      this.sql`select ledger.grant_credits('modera', ${holder}, ${amount}, ${key}, ${
        terms.category ?? "paid"
      },
        ${terms.priority ?? 0}, ${terms.effective_at ?? null}, ${
        terms.expires_at ?? null
      }) as outcome`,
    );
  }

  debit(holder: string, amount: number, key = newKey(), feature = "test"): Promise<Outcome> {
    return this.#outcome(
      this.sql`select ledger.debit('modera', ${holder}, ${amount}, ${key}, ${feature}) as outcome`,
    );
  }

  hold(holder: string, amount: number, key = newKey(), ttl = "1 hour"): Promise<Outcome> {
    return this.#outcome(
      this
        .sql`select ledger.hold('modera', ${holder}, ${amount}, ${key}, 'test', ${ttl}) as outcome`,
    );
  }

  capture(hold: string, amount: number | null = null, key = newKey()): Promise<Outcome> {
    return this.#outcome(this.sql`select ledger.capture(${hold}, ${key}, ${amount}) as outcome`);
  }

  release(hold: string, key = newKey()): Promise<Outcome> {
    return this.#outcome(this.sql`select ledger.release(${hold}, ${key}, 'test') as outcome`);
  }

  refund(holder: string, entry: string, amount: number, key = newKey()): Promise<Outcome> {
    return this.#outcome(
      this
        .sql`select ledger.refund('modera', ${holder}, ${entry}, ${amount}, ${key}, 'test') as outcome`,
    );
  }

  revoke(grant: string, amount: number, key = newKey()): Promise<Outcome> {
    return this.#outcome(
      this.sql`select ledger.revoke_grant(${grant}, ${amount}, ${key}, 'test') as outcome`,
    );
  }

  reinstate(grant: string, amount: number, key = newKey()): Promise<Outcome> {
    return this.#outcome(
      this.sql`select ledger.reinstate_grant(${grant}, ${amount}, ${key}, 'test') as outcome`,
    );
  }

  transfer(from: string, to: string, amount: number, key = newKey()): Promise<Outcome> {
    return this.#outcome(
      this
        .sql`select ledger.transfer('modera', ${from}, ${to}, ${amount}, ${key}, 'test') as outcome`,
    );
  }

  async balance(holder: string, at: Date | null = null): Promise<Balance> {
    const [row] = await this.sql`select ledger.balance('modera', ${holder}, ${at}) as balance`;
    return row!.balance;
  }

  /** What remains of each live grant, in burn order. */
  async remaining(holder: string): Promise<number[]> {
    const [row] = await this.sql`select ledger.live_grants('modera', ${holder}) as grants`;
    return row!.grants.map((grant: { remaining: number }) => grant.remaining);
  }

  /** The moment that is `interval` from the database's now. */
  async fromNow(interval: string): Promise<Date> {
    const [row] = await this.sql`select private.now() + ${interval}::text::interval as at`;
    return row!.at;
  }

  async advanceClock(interval: string): Promise<void> {
    await this.database.advanceClock(interval);
  }

  /** The differences that the ledger finds in itself. */
  async verify(): Promise<{ account_id: string; problem: string; detail: unknown }[]> {
    return [
      ...await this.sql<
        { account_id: string; problem: string; detail: unknown }[]
      >`select * from ledger.verify()`,
    ];
  }

  async #outcome(query: PromiseLike<readonly { outcome?: unknown }[]>): Promise<Outcome> {
    const [row] = await query;
    return row!.outcome as Outcome;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.database.close();
  }
}

/** A key nobody used. */
export function newKey(): string {
  return crypto.randomUUID();
}
