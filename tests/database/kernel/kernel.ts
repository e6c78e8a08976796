import type { Sql, TransactionSql } from "postgres";
import { type Database, freshDatabase } from "../../harness/database.ts";

/** The roles that requests run as. */
export type Role = "anon" | "authenticated" | "service_role";

/** A kernel in a database of its own, with a product `acme` whose hook only registers holders. */
export class Kernel implements AsyncDisposable {
  private constructor(readonly database: Database) {}

  static async open(): Promise<Kernel> {
    const database = await freshDatabase();
    await database.sql`
      create function private.acme_admit(user_id uuid) returns void
      language sql security definer set search_path = ''
      as $$ select ledger.register_holder('acme', user_id) $$`;
    return new Kernel(database);
  }

  get sql(): Sql {
    return this.database.sql;
  }

  /** A user of Auth with an address at example.com. */
  async user(): Promise<string> {
    const id = crypto.randomUUID();
    await this.sql`insert into auth.users (id, email) values (${id}, ${`${id}@example.com`})`;
    return id;
  }

  /** Runs `work` as an API role, with the claims of `user`, in one transaction. */
  async as<T>(
    role: Role,
    user: string | null,
    work: (tx: TransactionSql) => Promise<T>,
  ): Promise<T> {
    const claims = JSON.stringify({ role, ...(user && { sub: user }) });
    const result = await this.sql.begin(async (tx) => {
      await tx`select set_config('request.jwt.claims', ${claims}, true), set_config('role', ${role}, true)`;
      return { value: await work(tx) };
    });
    return result.value as T;
  }

  /** Calls `api.<name>` with named arguments. */
  call<T>(role: Role, user: string | null, name: string, args: object): Promise<T> {
    return this.as(role, user, async (tx) => {
      const entries = Object.entries(args);
      const named = entries.map(([key], i) => `"${key}" => $${i + 1}`).join(", ");
      const [row] = await tx.unsafe(
        `select api.${name}(${named}) as answer`,
        entries.map(([, value]) => value),
      );
      return row!.answer as T;
    });
  }

  /** Calls `api.<name>` as the service. */
  service<T>(name: string, args: object = {}): Promise<T> {
    return this.call("service_role", null, name, args);
  }

  /** Spendable credits of a user of acme. */
  async available(user: string): Promise<number> {
    const [row] = await this.sql`select ledger.balance('acme', ${user}) as balance`;
    return row!.balance.available;
  }

  /** Topics of the outbox in order. */
  async topics(): Promise<string[]> {
    const rows = await this.sql<{ topic: string }[]>`select topic from events.outbox order by id`;
    return rows.map((row) => row.topic);
  }

  /** The differences that the ledger finds in itself. */
  async verify(): Promise<unknown[]> {
    return [...await this.sql`select * from ledger.verify()`];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.database.close();
  }
}
