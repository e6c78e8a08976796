import { connect, type Sql } from "../postgres/connect.ts";
import type { PostgresServer } from "../postgres/server.ts";
import { messageOf } from "../failure.ts";

/** A row of cron.job, as far as running it needs. */
export interface Job {
  jobid: number;
  schedule: string;
  command: string;
  database: string;
  username: string;
}

/** Runs a job as its own user in a connection of its own, and keeps cron.job_run_details. */
export async function runJob(server: PostgresServer, superuser: Sql, job: Job): Promise<void> {
  const [run] = await superuser<{ runid: string }[]>`
    insert into cron.job_run_details (jobid, database, username, command, status)
    values (${job.jobid}, ${job.database}, ${job.username}, ${job.command}, 'starting')
    returning runid`;
  const runid = run?.runid ?? "0";
  let status = "failed";
  let message: string;
  const session = connect(server, job.username, job.database, {
    connection: { application_name: "pg_cron" },
  });
  try {
    const [backend] = await session<{ pid: number }[]>`select pg_backend_pid() as pid`;
    await superuser`
      update cron.job_run_details set status = 'running', job_pid = ${
      backend?.pid ?? null
    }, start_time = clock_timestamp()
      where runid = ${runid}`;
    message = summaryOf(await session.unsafe(job.command));
    status = "succeeded";
  } catch (reason) {
    message = `ERROR:  ${messageOf(reason)}`;
  } finally {
    await session.end({ timeout: 1 });
  }
  await superuser`
    update cron.job_run_details
    set status = ${status}, return_message = ${message}, end_time = clock_timestamp(),
      start_time = coalesce(start_time, clock_timestamp())
    where runid = ${runid}`;
}

/** What pg_cron keeps of a result: the number of rows it read, or the command's tag. */
function summaryOf(result: unknown): string {
  const last = Array.isArray(result) && Array.isArray(result.at(-1)) ? result.at(-1) : result;
  const { command, count } = last as { command?: string; count?: number };
  if (command === "SELECT") return `${count} ${count === 1 ? "row" : "rows"}`;
  return [command, command === "INSERT" ? 0 : undefined, count].filter((part) =>
    part !== undefined && part !== null
  ).join(" ");
}
