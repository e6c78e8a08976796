import type { ParameterOrJSON, TransactionSql } from "postgres";
import { Kernel, type Role } from "../kernel/kernel.ts";

/** DTF Editor in a database of its own, by the names of the domain. */
export class Dtf implements AsyncDisposable {
  private constructor(readonly kernel: Kernel) {}

  static async open(): Promise<Dtf> {
    return new Dtf(await Kernel.open());
  }

  get sql(): Kernel["sql"] {
    return this.kernel.sql;
  }

  /** A user of Auth with a confirmed address, who has not come to DTF Editor yet. */
  async stranger(email?: string): Promise<string> {
    const id = crypto.randomUUID();
    await this.sql`insert into auth.users (id, email, email_confirmed_at)
      values (${id}, ${email ?? `${id}@example.com`}, private.now())`;
    return id;
  }

  /** Somebody who has been admitted, was welcomed with two credits, and holds `more`. */
  async person(more = 0): Promise<string> {
    const id = await this.stranger();
    await this.sql`select private.dtf_admit(${id})`;
    if (more > 0) await this.sql`select ledger.grant_credits('dtf', ${id}, ${more}, 'test')`;
    return id;
  }

  as<T>(role: Role, user: string | null, work: (tx: TransactionSql) => Promise<T>): Promise<T> {
    return this.kernel.as(role, user, work);
  }

  /** Calls `dtf.<name>` as a signed-in user, with values in order. */
  call<T>(user: string, name: string, ...values: ParameterOrJSON<never>[]): Promise<T> {
    return this.#call("authenticated", user, name, values);
  }

  /** Calls `dtf.<name>` as the service, with values in order. */
  service<T>(name: string, ...values: ParameterOrJSON<never>[]): Promise<T> {
    return this.#call("service_role", null, name, values);
  }

  #call<T>(role: Role, user: string | null, name: string, values: ParameterOrJSON<never>[]) {
    return this.as(role, user, async (tx) => {
      const places = values.map((_, i) => `$${i + 1}`).join(", ");
      const [row] = await tx.unsafe(`select dtf.${name}(${places}) as answer`, values);
      return row!.answer as T;
    });
  }

  /** A picture that is ready, as an upload leaves it. */
  async picture(owner: string, name = "art.png"): Promise<string> {
    const path = `${owner}/${crypto.randomUUID()}/original.png`;
    const [row] = await this.sql`
      insert into dtf.images (user_id, original_filename, original_url, final_url, processing_status)
      values (${owner}, ${name}, ${path}, ${path}, 'completed') returning id`;
    await this.sql`insert into storage.objects (bucket_id, name, metadata)
      values ('dtf-images', ${path}, '{"size": 10, "mimetype": "image/png"}')`;
    return row!.id;
  }

  async available(user: string): Promise<number> {
    const [row] = await this.sql`select ledger.balance('dtf', ${user}) as balance`;
    return row!.balance.available;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kernel[Symbol.asyncDispose]();
  }
}

/** The codes with which Postgres refuses what a role has no right to. */
export const refused = (error: { code: string }): boolean =>
  ["42501", "55000", "0A000"].includes(error.code);
