/**
 * Measures the ledger against a bare floor in the same database.
 *
 *   npm run bench             all cases
 *   npm run bench -- hot      those whose name contains "hot"
 *
 * Prints a table, and writes out/bench.json.
 */
import postgres from "postgres";
import { progressOnStderr, startPlatform } from "../../packages/platform/mod.ts";
import { createFloor, createHolders } from "./floor.ts";
import { type Case, type Figure, measure } from "./measure.ts";

const ACCOUNTS = 1000;
const SETTINGS = { rounds: 5, seconds: 2, connections: 20 };

const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
const wanted = Deno.args[0] ?? "";
await using stack = new AsyncDisposableStack();
const platform = await startPlatform({
  root,
  port: 0,
  withoutImaging: true,
  withoutWorkers: true,
  progress: progressOnStderr(),
});
stack.defer(() => platform.stop());
const sql = postgres(platform.db_url, { max: SETTINGS.connections, onnotice: () => {} });
stack.defer(() => sql.end());

await createFloor(sql, ACCOUNTS);
const holders = await createHolders(sql, ACCOUNTS);
const any = () => Math.floor(Math.random() * ACCOUNTS);
const floor = (account: number) =>
  sql`select bench.debit(${account + 1}, 1, ${crypto.randomUUID()})`;
const debit = (account: number) =>
  sql`select ledger.debit('modera', ${holders[account]!}, 1, ${crypto.randomUUID()}, 'bench')`;
const pair = async (account: number) => {
  const [row] = await sql`
    select ledger.hold('modera', ${holders[
    account
  ]!}, 1, ${crypto.randomUUID()}, 'bench', '1 hour') as held`;
  await sql`select ledger.capture(${row!.held.hold_id}, ${crypto.randomUUID()})`;
};

const cases: Case[] = [
  { name: "debit over 1,000 accounts", baseline: () => floor(any()), subject: () => debit(any()) },
  { name: "debit on one hot account", baseline: () => floor(0), subject: () => debit(0) },
  {
    name: "hold and capture over 1,000 accounts",
    baseline: async () => {
      const account = any();
      await floor(account);
      await floor(account);
    },
    subject: () => pair(any()),
  },
];

const figures: Figure[] = [];
for (const one of cases.filter(({ name }) => name.includes(wanted))) {
  figures.push(await measure(one, SETTINGS));
  const { name, ratio, spread, perSecond } = figures.at(-1)!;
  const range = spread.map((value) => value.toFixed(2)).join(" to ");
  print(
    `${name.padEnd(40)} ${
      ratio.toFixed(2)
    } of the floor (${range}; ${perSecond.subject}/s, floor ${perSecond.baseline}/s)`,
  );
}
const differences = await sql`select * from ledger.verify()`;
print(`ledger.verify(): ${differences.length} differences`);
await Deno.mkdir(`${root}/out`, { recursive: true });
await Deno.writeTextFile(
  `${root}/out/bench.json`,
  JSON.stringify({ settings: SETTINGS, figures }, null, 2) + "\n",
);

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}
