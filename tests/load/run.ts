/**
 * A closed loop of virtual users against the functions, the Data API and the worker.
 *
 *   npm run bench -- load                                         200 users for five minutes, after two to warm up
 *   npm run bench -- load --users 20 --seconds 30 --warm-up 5     less
 *
 * Prints a table, writes out/load.json, and exits 1 when something was missed.
 */
import postgres from "postgres";
import { progressOnStderr, startPlatform } from "../../packages/platform/mod.ts";
import { Customer } from "../faults/customer.ts";
import { UnreliableRoom } from "../faults/unreliable_room.ts";
import { eventually } from "../harness/eventually.ts";
import { read } from "./gauges.ts";
import { judge, type Latency, type Sample } from "./verdict.ts";
import { VirtualUser } from "./virtual_user.ts";

const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
/** The longest pause of a virtual user between two deeds. */
const pauseMs = 2000;
const option = (name: string, otherwise: number) => {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(Deno.args[at + 1]);
};
const users = option("users", 200);
const seconds = option("seconds", 300);
/** Until the heap has the size that this much traffic gives it. */
const warmUp = option("warm-up", 120);
const progress = progressOnStderr();

await using stack = new AsyncDisposableStack();
const room = stack.use(new UnreliableRoom());
const platform = await startPlatform({
  root,
  port: 0,
  withoutImaging: true,
  environment: room.environment,
  progress,
});
stack.defer(() => platform.stop());
const sql = postgres(platform.db_url, { max: 2, onnotice: () => {} });
stack.defer(() => sql.end());

const customers: Customer[] = [];
while (customers.length < users) {
  const arriving = Array.from({ length: Math.min(8, users - customers.length) });
  customers.push(...await Promise.all(arriving.map(() => Customer.arrive(platform))));
}
for (const { id } of customers) {
  await sql`select ledger.grant_credits('modera', ${id}, 1000000, 'load')`;
}
progress.note(`${users} users are there; the load lasts ${warmUp} s and ${seconds} s.`);

const began = performance.now() + warmUp * 1000;
const until = began + seconds * 1000;
const open = () => performance.now() < until;
const crowd = customers.map((customer) => new VirtualUser(platform, customer, began));
const samples: Sample[] = [];
const watching = (async () => {
  while (open()) {
    samples.push({ ...await read(sql), at: performance.now() - began });
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
})();
await Promise.all([watching, ...crowd.map((user) => user.act(open, pauseMs))]);

const calls = crowd.flatMap(({ calls }) => calls.filter(({ at }) => at >= 0));
const verdict = judge({ calls, samples: samples.filter(({ at }) => at >= 0), seconds, users });
await eventually(
  () =>
    sql`select from jobs.queue where state in ('queued', 'running') and kind like '%prediction%'`,
  ({ length }) => length === 0,
  60_000,
).catch(() => verdict.missed.push("work is left over a minute later"));
const differences = await sql`select * from ledger.verify()`;
if (differences.length > 0) verdict.missed.push(`${differences.length} differences in the ledger`);
const [work] = await sql`
  select count(*) filter (where status = 'completed')::integer as completed, count(*)::integer as begun
  from modera.fashion_sessions`;
const [paid] =
  await sql`select count(*)::integer as invoices from billing.invoices where state = 'paid'`;

await Deno.mkdir(`${root}/out`, { recursive: true });
const memory = samples.filter((_, at) => at % 15 === 0).map(({ functions }) => functions >> 20);
const report = { ...verdict, memory, try_ons: work, paid: paid?.["invoices"] };
await Deno.writeTextFile(`${root}/out/load.json`, `${JSON.stringify(report, null, 2)}\n`);
const line = (name: string, { calls, errors, p50, p95, p99, max }: Latency) =>
  [
    name.padEnd(20),
    ...[calls, errors, p50, p95, p99, max].map((value) => String(value).padStart(9)),
  ].join("");
print(`${"milliseconds".padEnd(20)}    calls   errors      p50      p95      p99      max`);
for (const [kind, latency] of Object.entries(verdict.byKind)) print(line(kind, latency));
print(line("all", verdict.all));
print(`${verdict.perSecond.toFixed(0)} calls a second of ${users} users for ${seconds} s`);
for (
  const [name, { functions, connections }] of [["second", verdict.second], [
    "last",
    verdict.last,
  ]] as const
) {
  print(`${name} fifth: functions ${functions} MB, ${connections} connections`);
}
print(
  `${work?.["completed"]} of ${work?.["begun"]} try-ons completed, ${
    paid?.["invoices"]
  } invoices paid`,
);
for (const failure of verdict.failures.slice(0, 20)) print(failure);
print(verdict.missed.length === 0 ? "borne" : `missed: ${verdict.missed.join("; ")}`);
await stack.disposeAsync();
Deno.exit(verdict.missed.length === 0 ? 0 : 1);

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}
