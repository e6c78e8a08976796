import assert from "node:assert/strict";
import postgres from "postgres";
import { type Platform, startPlatform } from "../../packages/platform/mod.ts";
import { superuserUrl } from "../harness/environment.ts";
import { eventually } from "../harness/eventually.ts";
import { inSetting } from "../harness/setting.ts";
import { askedAfter, fateOf, live, type Manner, statementsOf, type Work } from "./life.ts";

const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** A client that dies after `count` answers, with one more statement under way or not. */
interface Death {
  work: Work;
  manner: Manner;
  count: number;
  next: boolean;
  cause: Cause;
}

/** Where Postgres is killed in the short setting: in the middle of these statements, and when these were answered. */
const inTheMiddle = [2, 3, 6, 8];
const told = [4, 9];

type Cause = "its connection is dropped" | "its backend is terminated" | "Postgres is killed";

/** A platform whose Postgres keeps what it says it has, and a superuser's connections to it. */
class Scene implements AsyncDisposable {
  private constructor(
    readonly platform: Platform,
    readonly folder: string,
    readonly sql: postgres.Sql,
  ) {}

  static async open(): Promise<Scene> {
    const folder = await Deno.makeTempDir({ prefix: "tessera-crash-" });
    await Deno.chmod(folder, 0o755);
    const platform = await startPlatform({
      root,
      folder,
      port: 0,
      withoutImaging: true,
      withoutWorkers: true,
    });
    const sql = postgres(superuserUrl(platform, "postgres"), { max: 8, onnotice: () => {} });
    return new Scene(platform, folder, sql);
  }

  client(): postgres.Sql {
    return postgres(this.platform.db_url, { max: 1, onnotice: () => {} });
  }

  /** Work that nobody asked for yet, of a holder with ten credits. */
  async work(): Promise<Work> {
    const holder = crypto.randomUUID();
    await this.sql`select ledger.register_holder('modera', ${holder})`;
    await this.sql`select ledger.grant_credits('modera', ${holder}, 10, 'start')`;
    return { holder, kind: `crash.work_${holder.slice(0, 8)}` };
  }

  /** Lives up to the death, and is dead when this returns. */
  async die({ work, manner, count, next, cause }: Death): Promise<void> {
    const client = this.client();
    const [{ pid }] = await client<[{ pid: number }]>`select pg_backend_pid() as pid`;
    await live(client, statementsOf(work, manner), { count, next });
    if (cause === "its backend is terminated") await this.sql`select pg_terminate_backend(${pid})`;
    if (cause === "Postgres is killed") {
      new Deno.Command("kill", { args: ["-9", String(pid)] }).outputSync();
    }
    await client.end({ timeout: 0 });
    const gone = () =>
      this.sql`select from pg_stat_activity where pid = ${pid}`
        .then((rows) => rows.length === 0, () => false);
    await eventually(gone, Boolean);
  }

  /** Whoever asked asks again with the same keys, and a worker whose lease cannot be in the way does what is left. */
  async recover({ work }: Death): Promise<void> {
    const client = this.client();
    const statements = statementsOf(work, "each by itself");
    await live(client, statements, { count: statements.length, next: false });
    await client.end();
  }

  /** Until every lease of now has run out. */
  async pass(): Promise<void> {
    await this.platform.advanceClock({ minutes: 2 });
  }

  async check({ work, ...death }: Death): Promise<void> {
    assert.deepEqual(await fateOf(this.sql, work), {
      holds: ["captured"],
      job: "succeeded",
      entries: ["grant 10", "capture -3"],
      balance: { posted: 7, pending: 0, available: 7 },
    }, JSON.stringify(death));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sql.end({ timeout: 1 });
    await this.platform.stop();
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Every boundary between two statements, and the middle of every statement. */
async function deaths(scene: Scene, cause: Cause, manners: Manner[]): Promise<Death[]> {
  const all: Death[] = [];
  for (const manner of manners) {
    const { length } = statementsOf({ holder: "", kind: "" }, manner);
    for (let count = 0; count <= length; count++) {
      for (const next of count < length ? [false, true] : [false]) {
        all.push({ work: await scene.work(), manner, count, next, cause });
      }
    }
  }
  return all;
}

/** Work that its client was told is asked for is there before anybody asks again. */
async function checkNothingLost(scene: Scene, { work, manner, count }: Death): Promise<void> {
  if (count < askedAfter[manner]) return;
  const { holds, job } = await fateOf(scene.sql, work);
  assert.equal(holds.length, 1, `${manner}, after ${count} statements`);
  assert.notEqual(job, null, `${manner}, after ${count} statements`);
}

Deno.test({
  name:
    "wherever a client dies between hold and capture: nothing is lost, nothing is charged twice, the job completes",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    await using scene = await Scene.open();
    for (const cause of ["its connection is dropped", "its backend is terminated"] as const) {
      await t.step(`when ${cause}`, async () => {
        const all = await deaths(scene, cause, ["in transactions", "each by itself"]);
        for (const death of all) await scene.die(death);
        for (const death of all) await checkNothingLost(scene, death);
        await scene.pass();
        for (const death of all) await scene.recover(death);
        for (const death of all) await scene.check(death);
      });
    }
    await t.step("when Postgres is killed", async () => {
      const cause = "Postgres is killed";
      const manners: Manner[] = inSetting(["in transactions"], [
        "in transactions",
        "each by itself",
      ]);
      for (let round = 0; round < inSetting(1, 5); round++) {
        const all = (await deaths(scene, cause, manners))
          .filter(({ next, count }) =>
            inSetting(next ? inTheMiddle.includes(count) : told.includes(count), true)
          );
        for (const death of all) {
          await scene.die(death);
          await checkNothingLost(scene, death);
        }
        await scene.pass();
        for (const death of all) await scene.recover(death);
        for (const death of all) await scene.check(death);
      }
    });
    assert.deepEqual([...await scene.sql`select * from ledger.verify()`], []);
  },
});
