import assert from "node:assert/strict";
import postgres from "postgres";
import { startPlatform } from "../../packages/platform/mod.ts";
import { superuserUrl } from "../harness/environment.ts";
import { inSetting } from "../harness/setting.ts";
import { checkBooks, drain } from "./aftermath.ts";
import { Customer } from "./customer.ts";
import { faults, type Scene, stripe } from "./faults.ts";
import { FullDisk } from "./full_disk.ts";
import { UnreliableRoom } from "./unreliable_room.ts";

const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
/** How often each fault is injected; `npm run test:faults` says more. */
const rounds = inSetting(1, 15);
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Adds counts up by their names. */
function tally(counts: Record<string, number>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const [name, count] of counts.flatMap((one) => Object.entries(one))) {
    total[name] = (total[name] ?? 0) + count;
  }
  return total;
}

/** Keeps a customer busy until told to stop. */
async function shop(customer: Customer, open: () => boolean): Promise<void> {
  const deeds = [() => customer.buy(), () => customer.spend(), () => customer.tryOn()];
  while (open()) {
    await deeds[Math.floor(Math.random() * deeds.length)]?.();
    await customer.settle();
    await sleep(150 + Math.random() * 250);
  }
}

Deno.test({
  name:
    "whatever fails: every paid invoice is granted once, every success captured once, every failure released",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using room = new UnreliableRoom();
    // A folder of its own, because a database that may be thrown away forgets in a crash what it said was done.
    const folder = await Deno.makeTempDir({ prefix: "tessera-faults-" });
    await Deno.chmod(folder, 0o755);
    const platform = await startPlatform({
      root,
      folder,
      port: 0,
      withoutImaging: true,
      environment: room.environment,
    });
    const sql = postgres(superuserUrl(platform, "postgres"), { max: 2, onnotice: () => {} });
    try {
      await using disk = new FullDisk(platform.api_url);
      await platform.restartFunctions({ SUPABASE_URL: disk.url });
      const scene: Scene = { platform, room, disk, sql };
      const customers = await Promise.all(
        Array.from({ length: 6 }, () => Customer.arrive(platform)),
      );
      await Promise.all(customers.map((customer) => customer.buy()));
      let open = true;
      const shopping = Promise.all(customers.map((customer) => shop(customer, () => open)));
      const injected: Record<string, number> = {};
      for (let round = 0; round < rounds; round++) {
        for (const fault of faults.toSorted(() => Math.random() - 0.5)) {
          await fault.begin(scene);
          await sleep(fault.lastsMs);
          await fault.end?.(scene);
          injected[fault.name] = (injected[fault.name] ?? 0) + 1;
          await sleep(300);
        }
      }
      open = false;
      await shopping;
      await drain(scene, customers);
      await checkBooks(scene, customers);
      const sum = (of: (customer: Customer) => number) =>
        customers.reduce((total, customer) => total + of(customer), 0);
      const report = {
        injected,
        paid: sum(({ paid }) => paid.length),
        debited: sum(({ debited }) => debited),
        try_ons: sum(({ tryOns }) => tryOns.length),
        unclear_answers: tally(customers.map(({ unclear }) => unclear)),
        refusals: tally(customers.map(({ refused }) => refused)),
        refused_by_the_disk: disk.refused,
        told: room.told,
        late_results: (await sql`select from jobs.predictions where late`).length,
        webhooks_lost: (await stripe(scene, "webhooks", {}))["events_lost"],
      };
      await Deno.mkdir(`${root}/out`, { recursive: true });
      await Deno.writeTextFile(`${root}/out/faults.json`, `${JSON.stringify(report, null, 2)}\n`);
      assert.equal(Object.keys(injected).length, faults.length);
      assert.ok(report.paid >= customers.length && report.try_ons > 0 && report.debited > 0);
    } finally {
      await sql.end({ timeout: 1 });
      await platform.stop();
      await Deno.remove(folder, { recursive: true });
    }
  },
});
