import postgres from "postgres";
import { accounts, anyAccount, createHolders } from "./floor.ts";
import { everyFunction, type Host, startHost } from "./hosts.ts";
import { compare, usual, type Work } from "./measure.ts";
import { figureOf, type Measurement } from "./measurement.ts";
import type { Stage } from "./stage.ts";

/** Connections to the platform's own database, which functions use. */
export async function ownDatabase(stage: Stage): Promise<postgres.Sql> {
  const sql = postgres((await stage.platform()).db_url, { max: 4, onnotice: () => {} });
  stage.defer(() => sql.end({ timeout: 1 }));
  return sql;
}

async function holdersOf(stage: Stage): Promise<string[]> {
  return await createHolders(await stage.shared(ownDatabase), accounts);
}

/** A host with every function, on the direct adapter. */
export async function directHost(stage: Stage): Promise<Host> {
  return await startHost(stage, await everyFunction());
}

async function bareHost(stage: Stage): Promise<Host> {
  const entrypoint = new URL("./bare_endpoint.ts", import.meta.url).href;
  return await startHost(stage, [{ slug: "credit-debit", entrypoint }]);
}

async function dataApiHost(stage: Stage): Promise<Host> {
  return await startHost(stage, await everyFunction(), { DATABASE_ADAPTER: "data-api" });
}

/** One debit over HTTP. */
async function debitOver(stage: Stage, host: Host): Promise<Work> {
  const { secret_key } = await stage.platform();
  const holders = await stage.shared(holdersOf);
  return async () => {
    const answer = await fetch(`${host.origin}/credit-debit`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        apikey: secret_key,
        "idempotency-key": crypto.randomUUID(),
      },
      body: JSON.stringify({ product: "modera", holder: holders[anyAccount()], amount: 1 }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${answer.status} ${text}`);
  };
}

/** The functions over HTTP, without the gateway, which stands for what the host of the functions does. */
export const overHttp: Measurement[] = [
  {
    name: "credit-debit over HTTP, direct adapter",
    limit: { must: 0.5, aim: 0.75 },
    async run(stage) {
      const host = await stage.shared(directHost);
      const baseline = await debitOver(stage, await bareHost(stage));
      const subject = await debitOver(stage, host);
      return await compare({ baseline, subject, unit: "of a bare endpoint" });
    },
  },
  {
    name: "credit-debit over HTTP, against the Data API adapter",
    limit: { must: 4, aim: 8 },
    async run(stage) {
      const baseline = await debitOver(stage, await dataApiHost(stage));
      const subject = await debitOver(stage, await stage.shared(directHost));
      return await compare({ baseline, subject, unit: "times the Data API" }, {
        ...usual,
        rounds: 9,
      });
    },
  },
  {
    name: "memory of the function host under load",
    limit: { must: 250, atMost: true },
    async run(stage) {
      const host = await stage.shared(directHost);
      const work = await debitOver(stage, host);
      const sizes: number[] = [];
      const until = performance.now() + 5000;
      const load = Promise.all(Array.from({ length: usual.connections }, async () => {
        while (performance.now() < until) await work(0);
      }));
      while (performance.now() < until) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        sizes.push(await residentMegabytes(host.pid));
      }
      await load;
      return figureOf(sizes, "MB");
    },
  },
];

/** How much memory a process occupies, in MB (Linux). */
async function residentMegabytes(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(status.match(/VmRSS:\s+(\d+) kB/)?.[1]) / 1024;
}
