import type { JSONValue, ParameterOrJSON, TransactionSql } from "postgres";
import { Kernel, type Role } from "../kernel/kernel.ts";

/** What modera.start_try_on answers. */
export type Started = StartedWork & { try_on_id: string };

/** What modera.start_style_analysis answers. */
export type StartedAnalysis = StartedWork & { style_analysis_id: string };

type StartedWork = {
  session_id: string;
  status: string;
  credits_held: number;
  prediction_id: string;
  replayed: boolean;
  refusal?: { code: string; required: number; available: number };
};

/** What modera.try_on answers. */
export type TryOn = Started & {
  credits_used: number;
  result_path: string | null;
  fit_analysis: unknown;
  quality_score: number | null;
  failure: { code: string; message: string } | null;
  engine: string | null;
};

/** What modera.style_analysis answers. */
export type Analysis = StartedAnalysis & {
  credits_used: number;
  analysis: typeof smallAnalysis | null;
  failure: { code: string; message: string } | null;
};

/** An analysis with every part, each of which says little. */
export const smallAnalysis = {
  palette: { skin: [] },
  season: { name: "winter" },
  proportions: { shape: null },
  profile: { summary: "Winter." },
  recommendations: { colours: { wear: [] } },
  confidence: { season: 0.5 },
};

/** What modera.complete_prediction and modera.fail_prediction answer. */
export type Settled = { status: string; credits_used: number; late: boolean; replayed: boolean };

/** A person with an account, their id in Auth and in modera.users. */
export type Person = { id: string; userId: string };

/** MODERA in a database of its own, by the names of the domain. */
export class Modera implements AsyncDisposable {
  private constructor(readonly kernel: Kernel) {}

  static async open(): Promise<Modera> {
    return new Modera(await Kernel.open());
  }

  get sql(): Kernel["sql"] {
    return this.kernel.sql;
  }

  as<T>(
    role: Role,
    user: { id: string } | null,
    work: (tx: TransactionSql) => Promise<T>,
  ): Promise<T> {
    return this.kernel.as(role, user?.id ?? null, work);
  }

  /** Somebody who has been admitted, agrees to the use of their photos, and holds `credits`. */
  async person(credits = 0): Promise<Person> {
    const id = await this.kernel.user();
    await this.sql`select modera.record_consent(${id}, true, 'app')`;
    if (credits > 0) {
      await this.sql`select ledger.grant_credits('modera', ${id}, ${credits}, 'test')`;
    }
    const [row] = await this.sql`select id::text from modera.profiles where auth_user_id = ${id}`;
    return { id, userId: row!.id };
  }

  /** A picture in somebody's folder; returns its path. */
  async picture(
    owner: { id: string },
    file: { name?: string; bucket?: string; size?: number; mimetype?: string; eTag?: string } = {},
  ): Promise<string> {
    const { bucket = "modera-inputs", size = 1000, mimetype = "image/png", eTag = '"1"' } = file;
    const path = `${owner.id}/${file.name ?? `${crypto.randomUUID()}.png`}`;
    await this.sql`insert into storage.objects (bucket_id, name, metadata)
      values (${bucket}, ${path}, ${this.sql.json({ size, mimetype, eTag })})`;
    return path;
  }

  /** Starts a try-on of new pictures, or of the given ones. */
  async start(
    person: { id: string },
    request: { person?: string; garment?: string; key?: string; session?: string } = {},
  ): Promise<Started> {
    const paths = [
      request.person ?? await this.picture(person),
      request.garment ?? await this.picture(person),
    ] as const;
    const key = request.key ?? crypto.randomUUID();
    return this.as("authenticated", person, async (tx) => {
      const [row] = await tx`select modera.start_try_on(
        ${paths[0]}, ${paths[1]}, ${key}, ${request.session ?? null}) as answer`;
      return row!.answer;
    });
  }

  tryOn(person: { id: string }, id: string): Promise<TryOn> {
    return this.as("authenticated", person, async (tx) => {
      const [row] = await tx`select modera.try_on(${id}) as answer`;
      return row!.answer;
    });
  }

  /** Calls `modera.<name>` as the service, with values in order. */
  service<T>(name: string, ...values: ParameterOrJSON<never>[]): Promise<T> {
    return this.as("service_role", null, async (tx) => {
      const places = values.map((_, i) => `$${i + 1}`).join(", ");
      const [row] = await tx.unsafe(`select modera.${name}(${places}) as answer`, values);
      return row!.answer as T;
    });
  }

  /** Starts a style analysis of a new photo, or of the given one. */
  async analyse(
    person: { id: string },
    request: { photo?: string; key?: string; session?: string } = {},
  ): Promise<StartedAnalysis> {
    const photo = request.photo ?? await this.picture(person);
    const { key = crypto.randomUUID(), session = null } = request;
    return this.as("authenticated", person, async (tx) => {
      const [row] =
        await tx`select modera.start_style_analysis(${photo}, ${key}, ${session}) as answer`;
      return row!.answer;
    });
  }

  analysis(person: { id: string }, id: string): Promise<Analysis> {
    return this.as("authenticated", person, async (tx) => {
      const [row] = await tx`select modera.style_analysis(${id}) as answer`;
      return row!.answer;
    });
  }

  /** Completes a style analysis. */
  analysed(
    { prediction_id }: StartedAnalysis,
    analysis: Record<string, JSONValue> = smallAnalysis,
  ): Promise<Settled> {
    const output = this.sql.json({ engine: "local-preview", model: "m-1", analysis });
    return this.service("complete_prediction", prediction_id, output);
  }

  submitted(started: StartedWork, id: string = crypto.randomUUID()): Promise<{ state: string }> {
    return this.service("mark_prediction_submitted", started.prediction_id, "replicate", id);
  }

  /** Stores a result and completes the try-on. */
  async complete(
    person: { id: string },
    started: Started,
    output: Record<string, JSONValue> = {},
  ): Promise<Settled> {
    const name = `${started.try_on_id}.png`;
    const path = `${person.id}/${name}`;
    const [known] = await this.sql`select from storage.objects where name = ${path}`;
    if (!known) await this.picture(person, { bucket: "modera-results", name });
    const whole = this.sql.json({ engine: "local-preview", ...output });
    return this.service("complete_prediction", started.prediction_id, whole, path);
  }

  fail(started: StartedWork, code = "no_person", message = "Nobody is in it."): Promise<Settled> {
    return this.service("fail_prediction", started.prediction_id, code, message);
  }

  /** What providers are to be told to cancel, by their own ids. */
  async cancelJobs(): Promise<string[]> {
    const rows = await this.sql`select payload ->> 'provider_prediction_id' as id from jobs.queue
      where kind = 'prediction.cancel' order by created_at, id`;
    return rows.map((row) => row.id);
  }

  async balance(
    person: { id: string },
  ): Promise<{ posted: number; pending: number; available: number }> {
    const [row] = await this.sql`select ledger.balance('modera', ${person.id}) as balance`;
    return row!.balance;
  }

  /** How many of somebody's ledger entries there are of each kind. */
  async entries(person: { id: string }): Promise<Record<string, number>> {
    const rows = await this.sql`select e.kind, count(*)::int as n from ledger.entries e
      join ledger.accounts a on a.id = e.account_id where a.holder = ${person.id} group by e.kind`;
    return Object.fromEntries(rows.map((row) => [row.kind, row.n]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kernel[Symbol.asyncDispose]();
  }
}
