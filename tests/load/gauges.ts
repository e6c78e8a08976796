import type { Sql } from "postgres";

/** What the platform holds on to at one moment. */
export interface Reading {
  /** Bytes of memory of the process in which functions run. */
  functions: number;
  /** Connections to the database. */
  connections: number;
}

interface Process {
  parent: number;
  bytes: number;
  command: string;
}

/** Reads the platform's processes, which are this process's children, and Postgres' view of connections. */
export async function read(sql: Sql): Promise<Reading> {
  const [processes, [row]] = await Promise.all([
    processTable(),
    sql<{ count: number }[]>`
      select count(*)::integer from pg_stat_activity where backend_type = 'client backend'`,
  ]);
  let functions = 0;
  for (const [id, { bytes, command }] of processes) {
    if (command.includes("functions/host.ts") && descends(id, processes)) functions += bytes;
  }
  return { functions, connections: row?.count ?? 0 };
}

async function processTable(): Promise<Map<number, Process>> {
  const { stdout } = await new Deno.Command("ps", {
    args: ["-e", "-o", "pid=,ppid=,rss=,args="],
  }).output();
  const lines = new TextDecoder().decode(stdout).split("\n");
  return new Map(lines.flatMap((line): [number, Process][] => {
    const [, id, parent, kilobytes, command = ""] =
      line.match(/^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/) ?? [];
    if (!id) return [];
    return [[Number(id), { parent: Number(parent), bytes: Number(kilobytes) * 1024, command }]];
  }));
}

function descends(id: number, processes: Map<number, Process>): boolean {
  for (let at = processes.get(id)?.parent; at; at = processes.get(at)?.parent) {
    if (at === Deno.pid) return true;
  }
  return false;
}
