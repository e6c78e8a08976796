import assert from "node:assert/strict";
import { erasureJobs } from "../../../packages/account/erasure_job.ts";
import { serviceCaller, type Session } from "../../../packages/database/database.ts";
import { directDatabase } from "../../../packages/database/direct.ts";
import { attempt } from "../../../packages/jobs/fakes.ts";
import type { Storage } from "../../../packages/storage/storage.ts";
import { Modera, type Person } from "../modera/modera.ts";
import { personWithTraces, tracesIn } from "./person.ts";

/** Counts what is done, and crashes before or after the step of a number. */
class Crash {
  #step = 0;

  constructor(readonly at: number, readonly when: "before" | "after") {}

  async around<T>(work: () => PromiseLike<T>): Promise<T> {
    const now = this.#step++ === this.at;
    if (now && this.when === "before") throw new Error("crash");
    const result = await work();
    if (now && this.when === "after") throw new Error("crash");
    return result;
  }

  get steps(): number {
    return this.#step;
  }
}

/** The worker's means, with Storage and Auth played by SQL, that crash as they are told. */
function meansOf(modera: Modera, session: Session, crash: Crash) {
  const { sql } = modera;
  const service = {
    ...session,
    rpc: (...call: Parameters<Session["rpc"]>) => crash.around(() => session.rpc(...call)),
  } as Session;
  const bucket = (id: string) => ({
    remove: (paths: string[]) =>
      crash.around(async () => ({
        data:
          await sql`delete from storage.objects where bucket_id = ${id} and name = any (${paths}) returning name`,
        error: null,
      })),
  });
  const storage = () => ({ from: bucket }) as unknown as Storage;
  const deleteUser = (id: string) =>
    crash.around(async () => void await sql`delete from auth.users where id = ${id}`);
  return { service, handler: erasureJobs({ storage, deleteUser })["account.erasure"]! };
}

async function due(modera: Modera, person: Person): Promise<string> {
  const { erasure_id } = await modera.kernel
    .call<{ erasure_id: string }>("authenticated", person.id, "request_erasure", {});
  await modera.sql`update private.account_erasures
    set requested_at = requested_at - interval '31 days', due_at = due_at - interval '31 days' where id = ${erasure_id}`;
  return erasure_id;
}

Deno.test("X-10: an erasure that crashes at any step is finished by the next attempt", async (t) => {
  await using modera = await Modera.open();
  const database = directDatabase(modera.kernel.database.urlFor("tessera_functions"));
  const session = database.as(serviceCaller);
  const erase = async (erasure_id: string, crash: Crash) => {
    const { service, handler } = meansOf(modera, session, crash);
    return await attempt(handler, { payload: { erasure_id } }, { service });
  };
  const whole = new Crash(-1, "before");
  await erase(await due(modera, await personWithTraces(modera)), whole);
  assert.ok(whole.steps >= 6);

  for (let step = 0; step < whole.steps; step++) {
    for (const when of ["before", "after"] as const) {
      await t.step(`${when} step ${step}`, async () => {
        const erasure_id = await due(modera, await personWithTraces(modera));
        await assert.rejects(erase(erasure_id, new Crash(step, when)), /crash/);
        assert.deepEqual(await erase(erasure_id, new Crash(-1, when)), { done: { state: "done" } });
        assert.deepEqual(await tracesIn(modera), []);
        assert.deepEqual(await modera.kernel.verify(), []);
      });
    }
  }
  await database.close();
});
