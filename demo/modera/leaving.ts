import assert from "node:assert/strict";
import { unzipSync } from "fflate";
import { until } from "../until.ts";
import { done } from "../guest.ts";
import type { Cast } from "./scenario.ts";

/** Robin takes everything along, leaves, and is forgotten; the books stay. */
export async function leaving({ step, robin, chat, out, platform, sql }: Cast): Promise<void> {
  await step("Everything about Robin, as an archive", async () => {
    const { export_id } = done(await robin.tessera.account.startExport());
    const ready = done(await robin.tessera.account.waitForExport(export_id, { everyMs: 200 }));
    assert.ok(ready.url, JSON.stringify(ready));
    const archive = new Uint8Array(await (await fetch(ready.url)).arrayBuffer());
    await Deno.writeFile(`${out}/modera-export.zip`, archive);
    const names = Object.keys(unzipSync(archive));
    const pictures = names.filter((name) => /\.(png|jpe?g|webp)$/.test(name)).length;
    return [undefined, `${names.length} files, ${pictures} of them pictures`];
  });
  await step("Robin asks to be forgotten", async () => {
    const asked = done(await robin.tessera.account.erase({ confirm: "erase my account" }));
    return [undefined, `${asked.state}, on ${asked.due_at.slice(0, 10)}`];
  });
  await step("31 days later nothing is left", async () => {
    await platform.advanceClock({ days: 31 });
    await sql`select private.run_job('account-erasures')`;
    await until(
      "the erasure",
      () => sql`select from auth.users where id = ${robin.id}`,
      (found) => found.length === 0,
    );
    const [left] = await sql`
      select (select count(*)::integer from storage.objects where name like ${`${robin.id}/%`}) as files,
        (select count(*)::integer from modera.profiles where auth_user_id = ${robin.id}) as profiles`;
    assert.deepEqual({ ...left }, { files: 0, profiles: 0 });
    return [
      undefined,
      "no user, no file, no profile; the entries of the ledger stay, and are nobody's",
    ];
  });
  await step("Who stays keeps the results; photos go after 30 days", async () => {
    const folder = `${await chat.userId()}/%`;
    const files = await until(
      "the retention",
      () =>
        sql`select bucket_id, count(*)::integer as files from storage.objects where name like ${folder}
          group by bucket_id`,
      (buckets) => buckets.every(({ bucket_id }) => bucket_id !== "modera-inputs"),
    );
    return [undefined, files.map(({ bucket_id, files }) => `${bucket_id}: ${files}`).join(", ")];
  });
}
