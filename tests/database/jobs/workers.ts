import { Kernel } from "../kernel/kernel.ts";

/** A leased job, as api.claim_jobs answers it. */
export type Lease = {
  job_id: string;
  kind: string;
  payload: Record<string, unknown>;
  attempt: number;
  progress: unknown;
};

/** What the calls of a worker answer. */
export type JobAnswer = { state: string; attempts?: number; retry_at?: string };

/** Jobs of the kind `acme.paint`, and workers who do them. */
export class Workers implements AsyncDisposable {
  private constructor(readonly kernel: Kernel) {}

  static async open(): Promise<Workers> {
    return new Workers(await Kernel.open());
  }

  get sql(): Kernel["sql"] {
    return this.kernel.sql;
  }

  async enqueue(
    options: { key?: string; runAt?: Date; maxAttempts?: number } = {},
  ): Promise<string> {
    const [row] = await this.sql`select jobs.enqueue('acme.paint', '{"colour": "blue"}',
      ${options.key ?? null}, ${options.runAt ?? null}, ${options.maxAttempts ?? 8}) as id`;
    return row!.id;
  }

  claim(worker: string, max = 10, kinds = ["acme.paint"]): Promise<Lease[]> {
    return this.kernel.service("claim_jobs", { kinds, worker, max, lease_seconds: 60 });
  }

  fail(job_id: string, worker: string, retryable = true): Promise<JobAnswer> {
    return this.kernel.service("fail_job", { job_id, worker, error: "it rained", retryable });
  }

  call(name: string, job_id: string, worker: string, more: object = {}): Promise<JobAnswer> {
    return this.kernel.service(name, { job_id, worker, ...more });
  }

  async row(id: string): Promise<Record<string, unknown>> {
    const [row] = await this.sql`select * from jobs.queue where id = ${id}`;
    return { ...row! };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kernel[Symbol.asyncDispose]();
  }
}
